package scenarios

import (
	"fmt"
	"time"

	"redoubt/model"
)

// rollout is a bad release as a file has it. The defaults of its times and triggers are those of
// deployment-strategy: a region every 30 minutes, on with less than 0.1 % of errors and a p95 below
// 200 ms, back with more than 1 % for the 2 minutes of its alert or a p95 above 500 ms for 5,
// within the 5 minutes of its first step.
type rollout struct {
	Regions      []text   `toml:"regions" optional:"true"`
	At           duration `toml:"at" default:"0s"`
	Every        duration `toml:"every" default:"30m"`
	Share        share    `toml:"share"`
	Latency      duration `toml:"latency" default:"0s"`
	After        duration `toml:"after" default:"0s"`
	GoBelow      share    `toml:"go_below" default:"0.1%"`
	BackAbove    share    `toml:"back_above" default:"1%"`
	BackAfter    duration `toml:"back_after" default:"2m"`
	GoP95        duration `toml:"go_p95" default:"200ms"`
	BackP95      duration `toml:"back_p95" default:"500ms"`
	BackP95After duration `toml:"back_p95_after" default:"5m"`
	Rollback     duration `toml:"rollback" default:"5m"`
	Declares     flag     `toml:"declares" default:"false"`
}

func (b *builder) rollouts() {
	for i, r := range b.file.Rollout {
		path := fmt.Sprintf("rollout[%d]", i)
		at := b.root.locate(path)
		made := model.Rollout{
			At: time.Duration(r.At), Every: time.Duration(r.Every), Share: float64(r.Share),
			After: time.Duration(r.After), Latency: time.Duration(r.Latency),
			GoBelow: float64(r.GoBelow), BackAbove: float64(r.BackAbove),
			BackAfter: time.Duration(r.BackAfter), Rollback: time.Duration(r.Rollback),
			Declares: bool(r.Declares), Place: model.Place{Line: at.line, Column: at.column},
		}
		if b.file.Traffic.Service > 0 {
			made.GoP95, made.BackP95 = time.Duration(r.GoP95), time.Duration(r.BackP95)
			made.BackP95After = time.Duration(r.BackP95After)
		}
		b.unreadOfRollout(i)
		for k, name := range r.Regions {
			made.Regions = append(made.Regions, b.region(name, fmt.Sprintf("%s.regions[%d]", path, k)))
		}
		for id := range b.s.Regions {
			if r.Regions == nil && !b.s.Regions[id].Witness {
				made.Regions = append(made.Regions, model.RegionID(min(id, int(model.NoRegion))))
			}
		}
		b.s.Rollouts = append(b.s.Rollouts, made)
	}
}

// unreadOfRollout refuses triggers by latency where nobody can judge one.
func (b *builder) unreadOfRollout(i int) {
	if b.file.Traffic.Service > 0 || b.d.isBroken("traffic.service_time") {
		return
	}
	for _, key := range []string{"go_p95", "back_p95", "back_p95_after"} {
		path := fmt.Sprintf("rollout[%d].%s", i, key)
		if b.root.find("rollout").value.items[i].find(key) != nil && !b.d.isBroken(path) {
			b.problem(path, "add traffic.service_time",
				"%s is never read: how long a request keeps a server busy is not said", path)
		}
	}
}
