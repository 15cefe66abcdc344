package scenarios

import (
	"fmt"
	"time"

	"redoubt/model"
)

// breakage is what a hazard and a fault have in common: what fails.
type breakage struct {
	Kind    text   `toml:"kind" choice:"fault kind"`
	Region  *text  `toml:"region" optional:"true"`
	Regions []text `toml:"regions" optional:"true"`
	Between []text `toml:"between" optional:"true"`
	From    *text  `toml:"from" optional:"true"`
	To      *text  `toml:"to" optional:"true"`
	Store   *text  `toml:"store" optional:"true"`
	Share   *share `toml:"share" optional:"true"`
	Item    *text  `toml:"item" optional:"true"`
}

// fault builds what fails.
func (b *builder) fault(k *breakage, path string) model.Fault {
	kind := chosen(k.Kind, model.FaultKinds())
	made := model.Fault{Kind: kind, Region: model.NoRegion, Peer: model.NoRegion}
	if kind == 0 {
		b.named(k, path)
		return made
	}
	if k.Regions == nil || !kind.HasRegions() {
		b.takes(path, "region", k.Region != nil, kind, kind.HasRegion())
		b.takes(path, "regions", k.Regions != nil, kind, false)
	}
	b.takes(path, "item", k.Item != nil, kind, kind.HasItem())
	b.takes(path, "store", k.Store != nil, kind, kind.HasStore())
	b.takes(path, "share", k.Share != nil, kind, kind.HasShare())
	if k.Region != nil {
		made.Region = b.region(*k.Region, path+".region")
	}
	if k.Store != nil {
		made.Store = b.store(*k.Store, path+".store")
	}
	if k.Share != nil {
		made.Share = float64(*k.Share)
	}
	if k.Item != nil {
		made.Item = string(*k.Item)
	}
	if kind.HasRegions() && k.Regions != nil {
		b.together(&made, k, path+".regions")
	}
	b.link(&made, k, path)
	return made
}

// named looks up every name that a breakage of an unknown kind has: which keys that takes is not
// known, but that a name is nobody's is.
func (b *builder) named(k *breakage, path string) {
	for _, one := range []struct {
		key  string
		name *text
	}{{"region", k.Region}, {"from", k.From}, {"to", k.To}} {
		if one.name != nil {
			b.region(*one.name, path+"."+one.key)
		}
	}
	for _, list := range []struct {
		key   string
		names []text
	}{{"regions", k.Regions}, {"between", k.Between}} {
		for i, name := range list.names {
			b.region(name, fmt.Sprintf("%s.%s[%d]", path, list.key, i))
		}
	}
	if k.Store != nil {
		b.store(*k.Store, path+".store")
	}
}

// together reads the regions that fail at once.
func (b *builder) together(made *model.Fault, k *breakage, path string) {
	if k.Region != nil {
		b.problem(path, "regions are all that fail together", "%s and \"region\" exclude each other",
			path)
	}
	if len(k.Regions) < 2 {
		b.problem(path, "for one alone, region", "%s must name two regions or more, names %d", path,
			len(k.Regions))
	}
	for i, name := range k.Regions {
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
func (b *builder) link(made *model.Fault, k *breakage, path string) {
	both, oneWay := k.Between != nil, k.From != nil || k.To != nil
	if !made.Kind.HasLink() {
		b.takes(path, "between", both, made.Kind, false)
		b.takes(path, "from", k.From != nil, made.Kind, false)
		b.takes(path, "to", k.To != nil, made.Kind, false)
		return
	}
	switch {
	case both && oneWay:
		b.problem(path+".between", "between is both ways, from and to are one",
			"%s has \"between\" and also \"from\" or \"to\"", path)
	case both:
		made.Region, made.Peer, _ = b.pair(k.Between, path+".between")
	case k.From != nil && k.To != nil:
		made.OneWay = true
		made.Region, made.Peer = b.region(*k.From, path+".from"), b.region(*k.To, path+".to")
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
		f := b.fault(&h.breakage, path)
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
		made := b.fault(&f.breakage, path)
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
