package scenarios

import (
	"fmt"
	"time"

	"redoubt/model"
)

// fault builds what a hazard and a fault have in common: what fails.
func (b *builder) fault(kind text, region *text, between []text, path string) model.Fault {
	made := model.Fault{Kind: chosen(kind, faultKinds), Region: model.NoRegion, Peer: model.NoRegion}
	switch made.Kind {
	case model.RegionLoss:
		b.excludes(path, "between", between != nil, kind, "region", region != nil)
		if region != nil {
			made.Region = b.region(*region, path+".region")
		}
	case model.LinkCut:
		b.excludes(path, "region", region != nil, kind, "between", between != nil)
		if between != nil {
			made.Region, made.Peer, _ = b.pair(between, path+".between")
		}
	}
	return made
}

// excludes reports a key that the kind of fault does not have, and the lack of the one it needs.
func (b *builder) excludes(path, no string, given bool, kind text, yes string, found bool) {
	if given {
		b.problem(path+"."+no, "", "a %s has no key %s", kind, quote(no))
	}
	if !found {
		b.problem(path+"."+yes, "", "%s: a %s needs the key %s", path, kind, quote(yes))
	}
}

func (b *builder) hazards() {
	for i, h := range b.file.Hazard {
		path := fmt.Sprintf("hazard[%d]", i)
		f := b.fault(h.Kind, h.Region, h.Between, path)
		made := model.Hazard{
			Kind: f.Kind, Region: f.Region, Peer: f.Peer,
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
		made := b.fault(f.Kind, f.Region, f.Between, path)
		at := b.root.locate(path)
		made.Place = model.Place{Line: at.line, Column: at.column}
		made.At, made.Duration = time.Duration(f.At), time.Duration(f.For)
		b.s.Timeline = append(b.s.Timeline, made)
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
