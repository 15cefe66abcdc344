package scenarios

import (
	"fmt"
	"time"

	"redoubt/model"
)

// executor is who does steps as a file has it.
type executor struct {
	Name    text      `toml:"name"`
	Kind    text      `toml:"kind" choice:"executor kind"`
	Steps   []text    `toml:"steps" choice:"step"`
	Store   *text     `toml:"store" optional:"true"`
	Timeout *duration `toml:"timeout" optional:"true"`
}

// hook is who is told of steps as a file has it.
type hook struct {
	Name    text     `toml:"name"`
	Kind    text     `toml:"kind" choice:"hook kind"`
	When    text     `toml:"when" choice:"moment"`
	Steps   []text   `toml:"steps" choice:"step"`
	Timeout duration `toml:"timeout" default:"10s"`
}

func (b *builder) executors() {
	for i, e := range b.file.Executor {
		made := model.Executor{
			Name: string(e.Name), Kind: chosen(e.Kind, model.ExecutorKinds()), Steps: words(e.Steps),
		}
		if e.Store != nil {
			made.OneStore = true
			made.Store = b.store(*e.Store, fmt.Sprintf("executor[%d].store", i))
		}
		if e.Timeout != nil {
			path := fmt.Sprintf("executor[%d].timeout", i)
			if made.Timeout = time.Duration(*e.Timeout); made.Timeout == 0 && !b.d.isBroken(path) {
				b.problem(path, "leave it out to have the policy's", "%s leaves no time", path)
			}
		}
		b.s.Executors = append(b.s.Executors, made)
	}
	for _, h := range b.file.Hook {
		b.s.Hooks = append(b.s.Hooks, model.Hook{
			Name: string(h.Name), Kind: chosen(h.Kind, model.HookKinds()), Steps: words(h.Steps),
			Before: h.When == moments[0], Timeout: time.Duration(h.Timeout),
		})
	}
}

// moments are when a hook is told.
var moments = []text{"before", "after"}

// words are texts as others take them.
func words(texts []text) (all []string) {
	for _, t := range texts {
		all = append(all, string(t))
	}
	return all
}
