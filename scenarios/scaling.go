package scenarios

import (
	"time"

	"redoubt/model"
)

// scaling is how the capacity of regions changes.
type scaling struct {
	Reaction duration `toml:"reaction" default:"0s"`
	Growth   duration `toml:"growth" default:"0s"`
	Shrink   duration `toml:"shrink" default:"1h"`
}

// scaling builds it. What only a region that follows its load reads is left out without one.
func (b *builder) scaling() {
	f := b.file.Scaling
	b.s.Scaling = model.Scaling{
		Reaction: time.Duration(f.Reaction), Growth: time.Duration(f.Growth),
	}
	if f.Reaction > 0 {
		b.s.Scaling.Shrink = time.Duration(f.Shrink)
	}
}

// quota reads the most that a region may grow to. One of nothing is a mistake: it is the absence of
// one that bounds nothing.
func (b *builder) quota(said *share, path string) float64 {
	if said == nil {
		return 0
	}
	if *said == 0 && !b.d.isBroken(path) {
		b.problem(path, "leave it out for no quota", "%s must be above 0%%", path)
	}
	return float64(*said)
}
