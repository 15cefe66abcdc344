package scenarios

import (
	"fmt"
	"time"

	"redoubt/model"
)

// breakage is what a hazard and a fault have in common: what fails.
type breakage struct {
	kind            text
	region          *text
	regions         []text
	between         []text
	from, to, store *text
	share           *share
	item            *text
}

// fault builds what fails.
func (b *builder) fault(k breakage, path string) model.Fault {
	kind := chosen(k.kind, model.FaultKinds())
	made := model.Fault{Kind: kind, Region: model.NoRegion, Peer: model.NoRegion}
	if kind == 0 {
		return made
	}
	if k.regions == nil || !kind.HasRegions() {
		b.takes(path, "region", k.region != nil, kind, kind.HasRegion())
		b.takes(path, "regions", k.regions != nil, kind, false)
	}
	b.takes(path, "item", k.item != nil, kind, kind.HasItem())
	b.takes(path, "store", k.store != nil, kind, kind.HasStore())
	b.takes(path, "share", k.share != nil, kind, kind.HasShare())
	if k.region != nil {
		made.Region = b.region(*k.region, path+".region")
	}
	if k.store != nil {
		made.Store = b.store(*k.store, path+".store")
	}
	if k.share != nil {
		made.Share = float64(*k.share)
	}
	if k.item != nil {
		made.Item = string(*k.item)
	}
	if kind.HasRegions() && k.regions != nil {
		b.together(&made, k, path+".regions")
	}
	b.link(&made, k, path)
	return made
}

// together reads the regions that fail at once.
func (b *builder) together(made *model.Fault, k breakage, path string) {
	if k.region != nil {
		b.problem(path, "regions are all that fail together", "%s and \"region\" exclude each other",
			path)
	}
	if len(k.regions) < 2 {
		b.problem(path, "for one alone, region", "%s must name two regions or more, names %d", path,
			len(k.regions))
	}
	for i, name := range k.regions {
		r := b.region(name, fmt.Sprintf("%s[%d]", path, i))
		switch {
		case !r.Valid():
		case made.Strikes().Has(r):
			b.problem(fmt.Sprintf("%s[%d]", path, i), "", "%s names %s twice", path, name)
		case !made.Region.Valid():
			made.Region = r
		default:
			made.Also = made.Also.With(r)
		}
	}
}

// link reads the ends of a link that fails: both of them, or a direction.
func (b *builder) link(made *model.Fault, k breakage, path string) {
	both, oneWay := k.between != nil, k.from != nil || k.to != nil
	if !made.Kind.HasLink() {
		b.takes(path, "between", both, made.Kind, false)
		b.takes(path, "from", k.from != nil, made.Kind, false)
		b.takes(path, "to", k.to != nil, made.Kind, false)
		return
	}
	switch {
	case both && oneWay:
		b.problem(path+".between", "between is both ways, from and to are one",
			"%s has \"between\" and also \"from\" or \"to\"", path)
	case both:
		made.Region, made.Peer, _ = b.pair(k.between, path+".between")
	case k.from != nil && k.to != nil:
		made.OneWay = true
		made.Region, made.Peer = b.region(*k.from, path+".from"), b.region(*k.to, path+".to")
	case oneWay:
		b.problem(path+".from", "", "%s needs both of the keys \"from\" and \"to\"", path)
	default:
		b.problem(path+".between", "or from and to, for one direction",
			"%s: a %s needs the key \"between\"", path, made.Kind)
	}
}

// takes reports a key that a kind of fault does not have, and the lack of one that it needs.
func (b *builder) takes(path, key string, given bool, kind model.FaultKind, has bool) {
	switch {
	case given && !has:
		b.problem(path+"."+key, "", "a %s has no key %q", kind, key)
	case !given && has:
		b.problem(path+"."+key, "", "%s: a %s needs the key %q", path, kind, key)
	}
}

// store finds a store by its name.
func (b *builder) store(name text, path string) model.StoreID {
	var names []string
	for i := range b.s.Stores {
		if b.s.Stores[i].Name == string(name) {
			return model.StoreID(i)
		}
		names = append(names, b.s.Stores[i].Name)
	}
	if !b.d.isBroken(path) {
		b.problem(path, didYouMean(string(name), names), "no store is named %s", clip(string(name)))
	}
	return 0
}

func (b *builder) hazards() {
	for i, h := range b.file.Hazard {
		path := fmt.Sprintf("hazard[%d]", i)
		f := b.fault(breakage{
			h.Kind, h.Region, h.Regions, h.Between, h.From, h.To, h.Store, h.Share, h.Item,
		}, path)
		made := model.Hazard{
			Kind: f.Kind, Region: f.Region, Also: f.Also, Peer: f.Peer, OneWay: f.OneWay,
			Store: f.Store, Share: f.Share, Item: f.Item,
			Duration: h.Duration.Distribution, Source: string(h.Source),
		}
		switch {
		case b.d.isBroken(path+".rate") || b.d.isBroken(path+".outage") || b.d.isBroken(path+".duration"):
		case (h.Rate == nil) == (h.Outage == nil):
			b.problem(path+".rate", `for instance rate = "0.80/year" or outage = "8h/year"`,
				"%s needs just one of the keys \"rate\" and \"outage\"", path)
		case h.Rate != nil:
			made.PerYear = float64(*h.Rate)
		case made.Duration.Mean() > 0: // A mean of zero is refused by the model.
			made.PerYear = float64(*h.Outage) * 3600 / made.Duration.Mean()
		}
		b.s.Hazards = append(b.s.Hazards, made)
	}
}

func (b *builder) timeline() {
	for i, f := range b.file.Fault {
		path := fmt.Sprintf("fault[%d]", i)
		made := b.fault(breakage{
			f.Kind, f.Region, f.Regions, f.Between, f.From, f.To, f.Store, f.Share, f.Item,
		}, path)
		at := b.root.locate(path)
		made.Place = model.Place{Line: at.line, Column: at.column}
		made.At, made.Duration = time.Duration(f.At), time.Duration(f.For)
		made.Latency = time.Duration(f.Latency)
		b.s.Timeline = append(b.s.Timeline, made)
	}
	if name := b.file.OutageTrace; name != nil {
		if b.file.Fault == nil {
			b.alias["fault"] = "outage_trace" // There is nothing else that could be too much.
		}
		recorded := b.outageTrace(string(*name), "outage_trace")
		b.s.Timeline = append(b.s.Timeline, recorded...)
	}
}

// objectives reads each target in the unit of its metric.
func (b *builder) objectives() {
	for i, o := range b.file.Objective {
		path := fmt.Sprintf("objective[%d].target", i)
		made := model.Objective{Metric: chosen(o.Metric, metrics), Required: bool(o.Required)}
		var problem *unitError
		switch made.Metric {
		case model.MetricRTO, model.MetricRPO:
			var length time.Duration
			length, problem = parseDuration(string(o.Target))
			made.Seconds = length.Seconds()
		case model.MetricAvailability:
			made.Share, problem = parseShare(string(o.Target))
		}
		if problem != nil && !b.d.isBroken(path) {
			b.problem(path, problem.hint, "%s: %s", path, problem.text)
		}
		b.s.Objectives = append(b.s.Objectives, made)
	}
}
