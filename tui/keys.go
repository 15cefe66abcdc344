package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// An action is something that a key does.
type action string

// The actions of every view.
const (
	quit        action = "quit"
	leave       action = "leave"
	back        action = "back"
	help        action = "help"
	command     action = "command"
	find        action = "find"
	nextView    action = "next-view"
	lastView    action = "previous-view"
	up          action = "up"
	down        action = "down"
	left        action = "left"
	right       action = "right"
	coarseLeft  action = "coarse-left"
	coarseRight action = "coarse-right"
	pageUp      action = "page-up"
	pageDown    action = "page-down"
	detailUp    action = "details-up"
	detailDown  action = "details-down"
	earlier     action = "earlier"
	later       action = "later"
	choose      action = "choose"
	swap        action = "swap"
	recommended action = "recommended"
	undo        action = "undo"
	resetOne    action = "reset"
	resetAll    action = "reset-all"
	save        action = "save"
	copyCommand action = "copy"
	symbols     action = "symbols"
	theme       action = "theme"
	again       action = "again"
	approve     action = "approve"
	failOver    action = "failover"
	failBack    action = "failback"
	pause       action = "pause"
)

// standard is an action with its keys as they are unless others are bound.
type standard struct {
	action action
	keys   []string
	does   string
}

// defaults are the keys of each action, the first of which the footer shows, and what it does in a
// few words. None needs AltGr.
var defaults = []standard{
	{quit, []string{"q"}, "quit"},
	{leave, []string{"ctrl+c"}, "quit, whatever is not saved"},
	{back, []string{"esc"}, "cancel, or go back"},
	{help, []string{"?"}, "help"},
	{command, []string{":"}, "command line"},
	{find, []string{"/"}, "filter"},
	{nextView, []string{"tab"}, "next view"},
	{lastView, []string{"shift+tab"}, "previous view"},
	{up, []string{"k", "up"}, "up"},
	{down, []string{"j", "down"}, "down"},
	{left, []string{"h", "left"}, "less"},
	{right, []string{"l", "right"}, "more"},
	{coarseLeft, []string{"H", "shift+left"}, "much less"},
	{coarseRight, []string{"L", "shift+right"}, "much more"},
	{pageUp, []string{"pgup", "ctrl+b"}, "a page up"},
	{pageDown, []string{"pgdown", "ctrl+f"}, "a page down"},
	{detailUp, []string{"K", "shift+up"}, "up in what is told of the row"},
	{detailDown, []string{"J", "shift+down"}, "down in what is told of the row"},
	{earlier, []string{","}, "10 s back in a run"},
	{later, []string{"."}, "10 s on in a run"},
	{choose, []string{"enter"}, "choose, or type a value"},
	{swap, []string{"x"}, "swap the two sides"},
	{recommended, []string{"c"}, "compare with the recommended one"},
	{undo, []string{"u"}, "undo the last change"},
	{resetOne, []string{"r"}, "reset this value to what was opened"},
	{resetAll, []string{"R"}, "reset all values to what was opened"},
	{save, []string{"s"}, "save as a scenario file"},
	{copyCommand, []string{"y"}, "copy the command that prints this"},
	{symbols, []string{"b"}, "braille, blocks or ASCII"},
	{theme, []string{"t"}, "dark, light or no color"},
	{again, []string{"g"}, "run again"},
	{approve, []string{"a"}, "live: approve what waits for people"},
	{failOver, []string{"f"}, "live: force a failover"},
	{failBack, []string{"F"}, "live: bring back what was moved away"},
	{pause, []string{"p"}, "live: pause, or resume"},
}

// Keymap says what each key does.
type Keymap map[string]action

// NewKeymap returns the keys as they are unless a person binds others: each action that is bound
// has those keys alone. A key that another action has is refused, unless that is bound anew too.
// The error has a line for each thing that is wrong.
func NewKeymap(bindings ...Binding) (Keymap, error) {
	var wrong []string
	m, places, bound := Keymap{}, map[string]Binding{}, map[action]bool{}
	for _, b := range bindings {
		if problem := b.wrong(); problem != "" {
			wrong = append(wrong, problem)
			continue
		}
		if other, taken := places[b.Key]; taken {
			if other.Action != b.Action {
				wrong = append(wrong, fmt.Sprintf("%s: %q is bound twice, to %s and to %s", b.keyAt, b.Key,
					other.Action, b.Action))
			}
			continue
		}
		m[b.Key], places[b.Key], bound[action(b.Action)] = action(b.Action), b, true
	}
	for _, d := range defaults {
		if bound[d.action] {
			continue
		}
		for _, key := range d.keys {
			if by, taken := places[key]; taken {
				wrong = append(wrong, fmt.Sprintf("%s: %q is the key of %s: give %s another one too, as "+
					"%s=%s", by.keyAt, key, d.action, d.action, d.action, d.another(places)))
				continue
			}
			m[key] = d.action
		}
	}
	if len(wrong) > 0 {
		return nil, errors.New(strings.Join(wrong, "\n"))
	}
	return m, nil
}

// another is a key of an action that nobody else is given, or a word for one.
func (d *standard) another(taken map[string]Binding) string {
	for _, key := range d.keys {
		if _, is := taken[key]; !is {
			return key
		}
	}
	return "KEY"
}

func allActions() (all []action) {
	for _, binding := range defaults {
		all = append(all, binding.action)
	}
	return all
}

// of are the keys of an action, in the order of defaults and then of the alphabet.
func (m Keymap) of(a action) (keys []string) {
	for _, binding := range defaults {
		for _, key := range binding.keys {
			if binding.action == a && m[key] == a {
				keys = append(keys, key)
			}
		}
	}
	var others []string
	for key, does := range m {
		if does == a && !slices.Contains(keys, key) {
			others = append(others, key)
		}
	}
	slices.Sort(others)
	return append(keys, others...)
}

// does is what an action does, in a few words.
func (a action) does() string {
	for _, binding := range defaults {
		if binding.action == a {
			return binding.does
		}
	}
	return string(a)
}
