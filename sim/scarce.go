package sim

import "redoubt/model"

// ration bounds what a region gets of what it asks for; the least share counts.
func (d *damage) ration(f *outage) {
	if !d.scarce.Has(f.Region) || f.Share < d.had[f.Region] {
		d.had[f.Region] = f.Share
	}
	d.scarce = d.scarce.With(f.Region)
}

// ration notes what a region has when capacity becomes scarce: all beyond it is asked for. What is
// reclaimed of that meanwhile has to be asked for too.
func (w *world) ration(o *outage, begins bool, before *damage) {
	r := o.Region
	switch {
	case !begins || o.Kind != model.CapacityScarce && o.Kind != model.SpotReclaim:
	case o.Kind == model.CapacityScarce && !before.scarce.Has(r):
		w.unasked[r] = w.has(r)
	default:
		w.unasked[r] = min(w.unasked[r], w.has(r))
	}
}

// gets is the size to which a region comes that asks for one.
func (w *world) gets(r model.RegionID, size float64) float64 {
	return w.rationed(r, min(size, w.allowance(r)))
}

// rationed is what is left of a size where capacity is scarce. It does not hang on how often a
// region asks.
func (w *world) rationed(r model.RegionID, size float64) float64 {
	if has := w.unasked[r]; w.net.scarce.Has(r) && size > has {
		return has + w.net.had[r]*(size-has)
	}
	return size
}

// asked is the size that a region asks for when it comes to another.
func (w *world) asked(r model.RegionID, gets float64) float64 {
	if has := w.unasked[r]; gets > has {
		return has + (gets-has)/w.net.had[r]
	}
	return gets
}
