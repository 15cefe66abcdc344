package scenarios

import (
	"fmt"

	"redoubt/model"
)

// backlog is work that can wait as a file has it.
type backlog struct {
	Name    text      `toml:"name"`
	Store   text      `toml:"store"`
	Arrives perSecond `toml:"arrives"`
	Drains  ratio     `toml:"drains"`
}

func (b *builder) backlogs() {
	for i, l := range b.file.Backlog {
		b.s.Backlogs = append(b.s.Backlogs, model.Backlog{
			Name: string(l.Name), Store: b.store(l.Store, fmt.Sprintf("backlog[%d].store", i)),
			Arrives: float64(l.Arrives), Drains: float64(l.Drains),
		})
	}
}
