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
