package scenarios

import (
	"fmt"
	"time"

	"redoubt/model"
)

// cache is what answers most reads in place of the stores. No document says how long one takes to
// fill, or what the stores bear without it: the defaults are assumptions.
type cache struct {
	HitRatio share    `toml:"hit_ratio" default:"0%"`
	WarmUp   duration `toml:"warm_up" default:"10m"`
	Behind   ratio    `toml:"behind" default:"2x"`
	Copied   flag     `toml:"copied" default:"false"`
}

// cacheless refuses the loss of a cache where there is none: nothing would come of it.
func (b *builder) cacheless() {
	refuse := func(k *breakage, path string) {
		lost := chosen(k.Kind, model.FaultKinds()) == model.CacheLoss
		if path += ".kind"; lost && !b.d.isBroken("cache.hit_ratio") {
			b.problem(path, `for instance hit_ratio = "90%" in [cache]`,
				"a %s breaks nothing: without a hit_ratio there is no cache", model.CacheLoss)
		}
	}
	for i := range b.file.Hazard {
		refuse(&b.file.Hazard[i].breakage, fmt.Sprintf("hazard[%d]", i))
	}
	for i := range b.file.Fault {
		refuse(&b.file.Fault[i].breakage, fmt.Sprintf("fault[%d]", i))
	}
}

// cache builds it. What only a cache reads is left out without one.
func (b *builder) cache() {
	f := b.file.Cache
	if f.HitRatio == 0 {
		for _, key := range []string{"cache.warm_up", "cache.behind", "cache.copied"} {
			if b.stated(key) && !b.d.isBroken("cache.hit_ratio") {
				b.problem(key, "", "%s is never read: without a hit_ratio there is no cache", key)
			}
		}
		b.cacheless()
		return
	}
	b.s.Cache = model.ReadCache{
		HitRatio: float64(f.HitRatio), WarmUp: time.Duration(f.WarmUp), Behind: float64(f.Behind),
		Copied: bool(f.Copied),
	}
}
