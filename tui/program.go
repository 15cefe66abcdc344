package tui

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"redoubt/tui/canvas"
)

// progressEvery is how often progress is drawn while a simulation runs. Nothing ticks otherwise.
const progressEvery = 100 * time.Millisecond

// program puts an App into a terminal.
type program struct {
	app           *App
	width, height int
	// first says that the size was known before the program ran, and the terminal has yet to say it.
	first bool
	// chosen says that the theme is a person's choice, whatever the terminal's ground.
	chosen  bool
	ticking bool
	runs    *tea.Program
	pace    pace
}

type tick struct{}

// Init waits for findings, and asks whether the ground is dark.
func (p *program) Init() tea.Cmd {
	commands := []tea.Cmd{p.next, p.ticks()}
	if !p.chosen {
		commands = append(commands, tea.RequestBackgroundColor)
	}
	return tea.Batch(commands...)
}

func (p *program) next() tea.Msg { return p.app.Next() }

// ticks has progress drawn while there is any.
func (p *program) ticks() tea.Cmd {
	if p.ticking || !p.app.Busy() {
		return nil
	}
	p.ticking = true
	return tea.Tick(progressEvery, func(time.Time) tea.Msg { return tick{} })
}

// Update takes what comes in, and has frames for as long as something does.
func (p *program) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(rest); ok {
		return p, p.pace.rest()
	}
	if p.pace.ticker == nil && p.runs != nil {
		p.pace.ticker = tickerOf(p.runs)
	}
	return p, tea.Batch(p.pace.wake(), p.take(msg))
}

func (p *program) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		drawn := p.first && p.width == msg.Width && p.height == msg.Height
		p.width, p.height, p.first = msg.Width, msg.Height, false
		if drawn {
			return p.ticks()
		}
		return tea.Batch(tea.ClearScreen, p.ticks()) // What was drawn for another size may stay.
	case tea.BackgroundColorMsg:
		if !p.chosen && !msg.IsDark() {
			p.app.Theme(&canvas.Light)
		}
	case tea.KeyPressMsg:
		p.app.Key(msg.String())
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			p.app.Click(msg.X, msg.Y)
		}
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp || msg.Button == tea.MouseWheelDown {
			p.app.Wheel(msg.X, msg.Y, msg.Button == tea.MouseWheelDown)
		}
	case tea.PasteMsg:
		p.app.Paste(msg.Content)
	case Finding:
		p.app.Take(msg)
		return tea.Batch(p.next, p.ticks())
	case tick:
		p.ticking = false
		p.app.Tick()
	}
	if p.app.Done {
		return tea.Quit
	}
	commands := []tea.Cmd{p.ticks()}
	if p.app.Copied != "" {
		commands = append(commands, tea.SetClipboard(p.app.Copied))
		p.app.Copied = ""
	}
	return tea.Batch(commands...)
}

// View draws the screen.
func (p *program) View() tea.View {
	if p.width == 0 {
		return tea.View{AltScreen: true}
	}
	mode := tea.MouseModeNone
	if p.app.Mouse() {
		mode = tea.MouseModeCellMotion // The least there is: clicks, and moves while a button is held.
	}
	return tea.View{
		Content: p.app.View(p.width, p.height), AltScreen: true, MouseMode: mode,
		WindowTitle: "redoubt " + p.app.name(),
	}
}

// bound is what Bubble Tea runs.
func (p *program) bound(options ...tea.ProgramOption) *tea.Program {
	p.runs = tea.NewProgram(p, append(options, tea.WithFPS(framesPerSecond))...)
	return p.runs
}

// Terminal is where an App is shown.
type Terminal struct {
	In  io.Reader
	Out io.Writer
	// Width and Height are what is known of its size before it says so: the first frame need not wait
	// for that. 0 is unknown.
	Width, Height int
	// Chosen says that the theme is a person's choice, which stays whatever the terminal says of its
	// ground.
	Chosen bool
}

// withoutNoColor is an environment that says nothing of NO_COLOR: that is a matter of the theme,
// and Bubble Tea would take the colors of one that a person has chosen, which counts for more.
func withoutNoColor(environment []string) []string {
	return slices.DeleteFunc(environment, func(entry string) bool {
		return strings.HasPrefix(entry, "NO_COLOR=")
	})
}

// Run shows an App in a terminal until a person leaves it, or the context ends.
func Run(ctx context.Context, app *App, t Terminal) error {
	defer app.engine.stop()
	watching, end := context.WithCancel(ctx)
	defer end()
	go app.Follow(watching)
	p := &program{
		app: app, chosen: t.Chosen, width: t.Width, height: t.Height, first: t.Width > 0 && t.Height > 0,
	}
	_, err := p.bound(tea.WithContext(ctx), tea.WithInput(t.In), tea.WithOutput(t.Out),
		tea.WithEnvironment(withoutNoColor(os.Environ()))).Run()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("the terminal: %w", err)
	}
	return ctx.Err()
}
