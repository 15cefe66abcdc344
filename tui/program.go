package tui

import (
	"context"
	"fmt"
	"io"
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
	// chosen says that the theme is a person's choice, whatever the terminal's ground.
	chosen  bool
	ticking bool
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

// Update takes what comes in.
func (p *program) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.width, p.height = msg.Width, msg.Height
		return p, tea.Batch(tea.ClearScreen, p.ticks()) // What was drawn for another size may stay.
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
		return p, tea.Batch(p.next, p.ticks())
	case tick:
		p.ticking = false
		p.app.Tick()
	}
	if p.app.Done {
		return p, tea.Quit
	}
	commands := []tea.Cmd{p.ticks()}
	if p.app.Copied != "" {
		commands = append(commands, tea.SetClipboard(p.app.Copied))
		p.app.Copied = ""
	}
	return p, tea.Batch(commands...)
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

// Run shows an App in a terminal until a person leaves it, or the context ends. A theme that was
// chosen stays, whatever the terminal says of its ground.
func Run(ctx context.Context, app *App, chosen bool, in io.Reader, out io.Writer) error {
	defer app.engine.stop()
	watching, end := context.WithCancel(ctx)
	defer end()
	go app.follow(watching)
	_, err := tea.NewProgram(&program{app: app, chosen: chosen}, tea.WithContext(ctx),
		tea.WithInput(in), tea.WithOutput(out)).Run()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("the terminal: %w", err)
	}
	return ctx.Err()
}
