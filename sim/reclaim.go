package sim

import "redoubt/model"

// grant bounds what a region may grow to by a quota; the tightest counts.
func (d *damage) grant(f *outage) {
	if !d.grants.Has(f.Region) || f.Share < d.granted[f.Region] {
		d.granted[f.Region] = f.Share
	}
	d.grants = d.grants.With(f.Region)
}

// allowance is the largest capacity that a region may grow to: its ceiling, or a quota that nobody
// knew of.
func (w *world) allowance(r model.RegionID) float64 {
	ceiling := w.limits[r].ceiling
	if w.net.grants.Has(r) {
		ceiling = min(ceiling, w.net.granted[r]/w.scenario.Regions[r].Utilisation)
	}
	return ceiling
}

// normal is what a region has while nothing asks for more: its normal size, less what was
// reclaimed of it.
func (w *world) normal(r model.RegionID) float64 {
	return w.limits[r].normal * (1 - w.net.reclaimed[r])
}

// reclaim takes away what a fault reclaims, or gives back up to what there was before. What a
// region has got in place of it meanwhile it keeps; one that follows its load asks for that after
// its reaction.
func (w *world) reclaim(o *outage, begins bool, before *damage) {
	if o.Kind != model.SpotReclaim {
		return
	}
	r := o.Region
	was, is := before.reclaimed[r], w.net.reclaimed[r]
	switch {
	case begins:
		if was == 0 {
			w.unreclaimed[r], w.size.kept[r] = w.has(r), w.size.goal[r]
		}
		w.capacity[r], w.size.slope[r] = w.has(r)*(1-o.Share), 0
		w.size.goal[r] = min(w.size.goal[r], w.capacity[r])
		w.size.blind[r] = w.now + int64(w.scenario.Scaling.Reaction)
	case was > is && w.size.moves: // Its hours, and its load, it follows by itself.
		w.aimFor(r, max(w.size.goal[r], w.size.kept[r]*(1-is)))
	case was > is:
		w.resize(r, max(w.has(r), w.unreclaimed[r]*(1-is)))
	}
}
