package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"redoubt/tui/canvas"
)

// page collects what a program writes, for whoever waits for a text in it.
type page struct {
	sync.Mutex
	written bytes.Buffer
}

func (p *page) Write(data []byte) (int, error) {
	p.Lock()
	defer p.Unlock()
	return p.written.Write(data)
}

// has waits until a text was written.
func (p *page) has(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		p.Lock()
		found := bytes.Contains(p.written.Bytes(), []byte(text))
		p.Unlock()
		if found {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%q was not written", text)
}

// started runs a program as Run does, without a terminal.
func started(t *testing.T, ctx context.Context) (keys io.Writer, out *page, ended <-chan error) {
	t.Helper()
	app, err := New(Options{Scenario: "ecommerce-three-region", Edits: quick, Theme: &canvas.Bare})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.engine.stop)
	in, keys := io.Pipe()
	out = &page{}
	done := make(chan error, 1)
	p := (&program{app: app, chosen: true}).bound(tea.WithContext(ctx), tea.WithInput(in),
		tea.WithOutput(out), tea.WithWindowSize(120, 36), tea.WithoutSignals())
	go func() {
		_, err := p.Run()
		done <- err
	}()
	return keys, out, done
}

// TestTheProgramIsLedByKeys goes from the comparison to a changed value, saves nothing, and quits.
func TestTheProgramIsLedByKeys(t *testing.T) {
	keys, out, ended := started(t, t.Context())
	out.has(t, "★") // Of what is recommended, which is known at the end.
	for _, step := range []struct{ keys, shows string }{
		{"2", "what if"}, {"L", "237"}, {"?", "All keys"}, {"?", ""}, {"\r", "revenue = "},
		{"\x1b", ""}, {"6", "scenarios of the library"},
		{"q", "not saved: s saves, q again leaves"},
	} {
		if _, err := io.WriteString(keys, step.keys); err != nil {
			t.Fatal(err)
		}
		out.has(t, step.shows)             // Of a screen that changes only the difference is written.
		time.Sleep(100 * time.Millisecond) // An escape that is followed at once would be another key.
	}
	for _, shows := range []string{"not saved", ""} { // q again leaves.
		if _, err := io.WriteString(keys, "q"); err != nil {
			t.Fatal(err)
		}
		out.has(t, shows)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("got %v, want that it ends", err)
		}
	case <-time.After(time.Minute):
		t.Error("q does not quit")
	}
}

// TestTheProgramIsLedByTheMouse has the mouse be taken, clicks on the name of a view, turns the
// wheel on the revenue, and gives the mouse back.
func TestTheProgramIsLedByTheMouse(t *testing.T) {
	keys, out, _ := started(t, t.Context())
	out.has(t, "★")
	for _, step := range []struct{ keys, shows string }{
		{":mouse\r", "\x1b[?1002h"}, {"\x1b[<0;66;1M", "what if"}, {"\x1b[<64;25;4M", "90.9"},
		{":mouse\r", "\x1b[?1002l"},
	} {
		if _, err := io.WriteString(keys, step.keys); err != nil {
			t.Fatal(err)
		}
		out.has(t, step.shows)
	}
}

// TestTheProgramEndsWithItsContext interrupts it from outside.
func TestTheProgramEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, out, ended := started(t, ctx)
	out.has(t, "warm-standby")
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) && !errors.Is(err, tea.ErrProgramKilled) {
			t.Errorf("got %v, want that it was interrupted", err)
		}
	case <-time.After(time.Minute):
		t.Error("it does not end")
	}
}

// asked finds its own program's ticker while that runs.
type asked struct {
	program *tea.Program
	found   chan bool
}

func (a *asked) Init() tea.Cmd  { return func() tea.Msg { return rest{} } }
func (a *asked) View() tea.View { return tea.View{} }

func (a *asked) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(rest); !ok {
		return a, nil
	}
	a.found <- tickerOf(a.program) != nil
	return a, tea.Quit
}

// TestFramesEndWhileNothingHappens finds Bubble Tea's ticker, which a later version may have
// elsewhere, and holds when there are frames.
func TestFramesEndWhileNothingHappens(t *testing.T) {
	a := &asked{found: make(chan bool, 1)}
	a.program = tea.NewProgram(a, tea.WithInput(nil), tea.WithOutput(io.Discard),
		tea.WithContext(t.Context()), tea.WithoutSignals())
	if _, err := a.program.Run(); err != nil {
		t.Fatal(err)
	}
	if !<-a.found {
		t.Error("this version of Bubble Tea has no ticker where it is looked for: see pace")
	}
	p := pace{ticker: time.NewTicker(frame)}
	defer p.ticker.Stop()
	for i, step := range []struct {
		news, asks, rests bool
	}{
		{news: true, asks: true}, // A rest is asked for,
		{news: true},             // once;
		{asks: true},             // what happened meanwhile has it wait on,
		{rests: true},            // and then there are no frames
		{news: true, asks: true}, // until something happens.
		{rests: true},
	} {
		do := p.rest
		if step.news {
			do = p.wake
		}
		if asks := do() != nil; asks != step.asks || p.resting != step.rests {
			t.Errorf("step %d asks for a rest: %t, and is at rest: %t", i, asks, p.resting)
		}
	}
	if unknown := (pace{}); unknown.wake() != nil {
		t.Error("without a ticker there is none to stop")
	}
}
