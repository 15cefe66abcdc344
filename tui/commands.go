package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"redoubt/api"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/units"
)

// A word is something that the command line knows.
type word struct {
	name, arguments, does string
	run                   func(a *App, argument string) error
	// complete gives what an argument could become.
	complete func(a *App) []string
}

// words are all of them, in the order in which help shows them.
func (a *App) words() (all []word) {
	if a.study != nil {
		all = scenarioWords()
	}
	all = append(all, word{"mouse", "", "take the mouse, or leave it to the terminal", func(
		a *App, _ string,
	) error {
		a.useMouse()
		return nil
	}, nil}, word{"quit", "", "leave", func(a *App, _ string) error {
		a.do(quit)
		return nil
	}, nil})
	if a.live != nil {
		all = append(all, orderWords()...)
	}
	return all
}

// scenarioWords are those of what is simulated.
func scenarioWords() []word {
	kinds := func(*App) (names []string) {
		for _, kind := range model.StrategyKinds() {
			names = append(names, kind.String())
		}
		return append(names, "recommended")
	}
	return []word{
		{"compare", "A B", "compare two, or with the left one: recommended is one",
			(*App).compareWord, kinds},
		{"open", "SCENARIO", "open a scenario of the library, or a file", (*App).openWord,
			func(*App) []string { return scenarios.Names() }},
		{"play", "SCENARIO", "play a published outage or a game day in the timeline",
			(*App).playWord, func(*App) []string { return scenarios.Names() }},
		{"at", "TIME", "stand at a time of the run, as in: at 12m30s", (*App).atWord, nil},
		{"set", "PATH=VALUE", "change a value of the scenario", (*App).setWord, (*App).leverPaths},
		{"save", "FILE", "save the scenario as a file", func(a *App, to string) error {
			return a.saveWord(to, false)
		}, nil},
		{"save!", "FILE", "the same, over a file that is there", func(a *App, to string) error {
			return a.saveWord(to, true)
		}, nil},
	}
}

// orderWords are the orders that agents take.
func orderWords() (all []word) {
	for _, form := range api.Forms() {
		takes := ""
		var complete func(*App) []string
		if form.Region {
			takes = "REGION"
			complete = func(a *App) []string { return a.regionsFor(form) }
		}
		all = append(all, word{form.Verb, takes, form.Does, func(a *App, region string) error {
			return a.begin(form.Verb, region)
		}, complete})
	}
	return all
}

// regionsFor are the regions that agents have, those that an order can be about.
func (a *App) regionsFor(form api.Form) []string {
	if s := a.live.heard.Status; s != nil {
		return (&orderForm{Form: form, over: s}).regions()
	}
	return nil
}

// commandLine is the prompt that takes a command.
func (a *App) commandLine() *prompt {
	return &prompt{label: ":", done: a.carryOut, complete: a.completions, whole: true}
}

// carryOut runs a command as it was typed.
func (a *App) carryOut(text string) {
	text = strings.TrimLeft(text, ": ") // Who begins anew after a refusal types that, too.
	name, argument, _ := strings.Cut(strings.TrimSpace(text), " ")
	if name == "" {
		return
	}
	for _, w := range a.words() {
		if w.name == name || name == "q" && w.name == "quit" {
			if err := w.run(a, strings.TrimSpace(argument)); err != nil {
				a.complain(err)
			}
			return
		}
	}
	for i, v := range a.views {
		if strings.EqualFold(v.title(), name) {
			a.show(i)
			return
		}
	}
	a.complain(fmt.Errorf("there is no command %q: %s", name, a.alike(name)))
}

// alike says which commands a word may have meant: those that have it in them, as pull-brake has
// brake, or that it has in it as a word of its own; where there are none, all that there are.
func (a *App) alike(name string) string {
	var found, all []string
	for _, w := range a.words() {
		all = append(all, w.name)
		if strings.Contains(w.name, name) || slices.Contains(strings.Split(name, "-"), w.name) {
			found = append(found, w.name)
		}
	}
	for _, v := range a.views {
		if title := strings.ToLower(v.title()); !slices.Contains(all, title) {
			all = append(all, title)
		}
	}
	if len(found) == 0 {
		return fmt.Sprintf("%s names them (%s)", a.keys.of(help)[0], strings.Join(all, ", "))
	}
	return "there is " + strings.Join(found, ", ")
}

// completions are what a command could become.
func (a *App) completions(text string) (all []string) {
	name, argument, more := strings.Cut(text, " ")
	for _, w := range a.words() {
		switch {
		case !more:
			all = append(all, w.name)
		case w.name == name && w.complete != nil:
			done := argument[:strings.LastIndex(argument, " ")+1]
			for _, candidate := range w.complete(a) {
				all = append(all, name+" "+done+candidate)
			}
		}
	}
	if !more {
		for _, v := range a.views {
			all = append(all, strings.ToLower(v.title()))
		}
	}
	return all
}

func (a *App) leverPaths() (paths []string) {
	for _, l := range a.levers() {
		if l.Path != "" {
			paths = append(paths, l.Path+"=")
		}
	}
	return paths
}

func (a *App) compareWord(argument string) error {
	var pair []model.StrategyKind
	for _, name := range strings.Fields(strings.ReplaceAll(argument, ",", " ")) {
		kind, ok := model.ParseStrategy(name)
		if name == "recommended" {
			if kind, ok = a.recommended(), true; kind == 0 {
				return a.bring(kind) // It says why there is none.
			}
		}
		if !ok {
			return fmt.Errorf("there is no strategy %q", name)
		}
		if why := a.study.scenario.Excuse(kind); why != "" {
			return fmt.Errorf("%s cannot be built here: %s", kind, why)
		}
		pair = append(pair, kind)
	}
	if len(pair) == 1 { // It is compared with what is on the left.
		a.show(0)
		return a.bring(pair[0])
	}
	if len(pair) != 2 || pair[0] == pair[1] {
		return fmt.Errorf("name two strategies, as in: compare hot-warm active-active")
	}
	a.pair = [2]model.StrategyKind(pair)
	a.ask()
	a.show(0)
	return nil
}

func (a *App) openWord(name string) error {
	if name == "" {
		return fmt.Errorf("name a scenario of the library, or a file")
	}
	a.opened(name)
	return nil
}

func (a *App) setWord(argument string) error {
	path, value, ok := strings.Cut(argument, "=")
	if !ok {
		return fmt.Errorf("write it as routing.ttl=30s")
	}
	edit := scenarios.Edit{Path: strings.TrimSpace(path), Value: strings.TrimSpace(value)}
	err := a.study.change(edit)
	if written, _, is := scenarios.Amount(edit.Value); is && written != edit.Value && err != nil {
		edit.Value = written // Whether the key takes an amount its reader knows.
		if again := a.study.change(edit); again == nil || errors.Is(again, errUnchanged) {
			err = again
		}
	}
	a.changed(a.mended(err))
	return nil
}

func (a *App) saveWord(path string, over bool) error {
	if path == "" {
		return fmt.Errorf("name a file, as in: save mine.toml")
	}
	if err := a.study.save(path, over); err != nil {
		return err
	}
	a.unchanged = a.recommended()
	a.say("saved: redoubt compare %s", units.ShellWord(a.study.name))
	return nil
}

// saveLine is the prompt that takes the name of a file.
func (a *App) saveLine() *prompt {
	p := &prompt{label: "save as ", done: func(path string) {
		if err := a.saveWord(strings.TrimSpace(path), false); err != nil {
			a.complain(err)
		}
	}}
	p.propose(a.study.proposed())
	return p
}
