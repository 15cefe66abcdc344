package scenarios

import (
	"strings"
	"time"

	"redoubt/model"
)

// scaling is how the capacity of regions changes.
type scaling struct {
	Reaction duration `toml:"reaction" default:"0s"`
	Growth   duration `toml:"growth" default:"0s"`
	Shrink   duration `toml:"shrink" default:"1h"`

	Hours keyed[sizeHours] `toml:"hours" optional:"true"`
}

// sizeHours is when a region is larger than normal, in its local time, and how much.
type sizeHours model.Hours

const (
	hoursPattern = shiftPattern + ` ` + numberPattern + `x$`
	hoursExample = "Mon-Fri 08:30-18:00 -05:00 2.5x"
)

func (v *sizeHours) read(d *decoder, n *node, path string) {
	*v = sizeHours(withUnit(d, n, path, "hours of the week and a size", hoursExample, parseHours))
}

func (*sizeHours) schema() object { return patternSchema(hoursPattern, hoursExample) }

// parseHours reads "Mon-Fri 08:30-18:00 -05:00 2.5x".
func parseHours(text string) (model.Hours, *unitError) {
	if !matches(hoursPattern, text) {
		return model.Hours{}, malformed(text, "hours of the week and a size", hoursExample)
	}
	at := strings.LastIndexByte(text, ' ')
	when, problem := parseDuty(text[:at])
	if problem != nil {
		return model.Hours{}, problem
	}
	size, problem := parseRatio(text[at+1:])
	return model.Hours{When: when, Size: size}, problem
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
	for _, in := range f.Hours {
		if id := b.region(text(in.key), "scaling.hours."+in.key); id.Valid() {
			b.s.Scaling.Hours[id] = model.Hours(in.value)
		}
	}
}

// bound reads a share that bounds a region, such as its quota. One of nothing is a mistake: it is
// the absence of one that bounds nothing.
func (b *builder) bound(said *share, path, what string) float64 {
	if said == nil {
		return 0
	}
	if *said == 0 && !b.d.isBroken(path) {
		b.problem(path, "leave it out for no "+what, "%s must be above 0%%", path)
	}
	return float64(*said)
}
