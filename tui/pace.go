package tui

import (
	"reflect"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// A changed screen is written within a frame: Bubble Tea knows no shorter one. Once nothing has
// happened for restAfter there is one in a second until something does, should a machine have stood
// still for so long that the last one of those before was missed.
const (
	framesPerSecond = 120
	frame           = time.Second / framesPerSecond
	restAfter       = 50 * time.Millisecond
	restingFrame    = time.Second
)

// pace all but ends the frames of a program while nothing happens. Bubble Tea writes what has
// changed at each tick of a ticker, and that ticks for as long as the program runs: with sixty a
// second, which keep a key waiting for up to 17 ms, a program that shows a still screen took 1.2 to
// 1.4 % of a core. No option changes that, so the ticker is looked for where Bubble Tea has it.
// Should a later version have none of that name, frames go on as they do without this.
type pace struct {
	ticker *time.Ticker
	// resting says that nothing happens, waits that a rest will come, and news that something has
	// happened since it was asked for.
	resting, waits, news bool
}

// rest asks whether nothing has happened for restAfter.
type rest struct{}

// tickerOf finds the ticker of a program that runs, or nil. Only what a program calls, as Update,
// may ask: Bubble Tea makes its ticker before that, in the same goroutine.
func tickerOf(p *tea.Program) *time.Ticker {
	field := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return *(**time.Ticker)(unsafe.Pointer(field.UnsafeAddr()))
}

// wake has frames, as something has happened.
func (p *pace) wake() tea.Cmd {
	if p.ticker == nil {
		return nil
	}
	p.news = true
	if p.resting {
		p.ticker.Reset(frame)
		p.resting = false
	}
	if p.waits {
		return nil
	}
	return p.wait()
}

// rest has fewer frames, or waits on.
func (p *pace) rest() tea.Cmd {
	p.waits = false
	if p.news {
		return p.wait()
	}
	p.ticker.Reset(restingFrame)
	p.resting = true
	return nil
}

func (p *pace) wait() tea.Cmd {
	p.waits, p.news = true, false
	return tea.Tick(restAfter, func(time.Time) tea.Msg { return rest{} })
}
