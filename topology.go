package redoubt

import (
	"slices"
	"strings"
	"time"

	"redoubt/model"
	"redoubt/sim"
)

// Topology is the regions of a scenario and the ways between them under a strategy: as they are
// when all is well, or at a moment of a run.
type Topology struct {
	Scenario *model.Scenario
	Strategy model.StrategyKind
	// Regions are in the scenario's order.
	Regions []RegionNow
	// Ways are those from each region to each other one, in the scenario's order.
	Ways []Way
	// Copies are those of each store that are behind the primary's by more than the way alone.
	Copies []CopyLag
}

// RegionNow is what a region does, and what is broken in it.
type RegionNow struct {
	Name string
	// Role is "primary", "serves", "standby" or "witness".
	Role string
	// Leads says that its agent leads; nobody's does unless a run is looked at.
	Leads bool
	// Users is the part of all users that is sent there, in [0, 1].
	Users float64
	// Impaired is what is broken, empty where nothing is.
	Impaired []string
}

// Way is the way from one region to another.
type Way struct {
	From, To string
	// RTT is the mean of a round trip while nothing is cut, and Source says where it is from.
	RTT    time.Duration
	Source string
	// Cut says that nothing passes now, to or fro.
	Cut bool
}

// CopyLag is how far a copy of a store is behind.
type CopyLag struct {
	Store, Region string
	// P50 is the median, and P99 what the lag stays below in 99 % of all cases; Source says where
	// both are from.
	P50, P99 time.Duration
	Source   string
}

// Sources say where all that is told of distances is from, each source once: of round trips, then
// of lags.
func (t *Topology) Sources() (all []string) {
	var order []string
	of := map[string][]string{}
	note := func(source, what, where string) {
		said := of[source]
		if said == nil {
			order = append(order, source)
		}
		if last := len(said) - 1; last >= 0 && strings.HasPrefix(said[last], what) {
			said[last] += ", " + where
			return
		}
		of[source] = append(said, what+where)
	}
	differs := func(w Way) bool { return w.Source != t.Ways[0].Source }
	if len(t.Ways) > 2 && !slices.ContainsFunc(t.Ways, differs) {
		note(t.Ways[0].Source, "every round trip", "")
	} else {
		for i, w := range t.Ways {
			back := func(other Way) bool { return other.From == w.To && other.To == w.From }
			if !slices.ContainsFunc(t.Ways[:i], back) {
				note(w.Source, "round trips ", w.From+" to "+w.To)
			}
		}
	}
	for _, c := range t.Copies {
		note(c.Source, "lag of "+c.Store+" in ", c.Region)
	}
	for _, source := range order {
		all = append(all, strings.Join(of[source], "; ")+": "+source)
	}
	return all
}

// sourced is a source, where one is known.
func sourced(source string) string {
	if source == "" {
		return "unverified"
	}
	return source
}

// TopologyOf is the topology of a strategy when all is well.
func TopologyOf(s *model.Scenario, kind model.StrategyKind) *Topology {
	return topology(s, kind, nil, nil)
}

// TopologyAt is the topology at a time since the start of a run. The Simulation has to have been
// asked for its Explanation, or no policy's part in it is shown, and not to be Untraced, or nothing
// is impaired.
func (r *Simulation) TopologyAt(at time.Duration) *Topology {
	var lasting []sim.Span
	for _, span := range r.Spans {
		if span.From <= at && at < span.To {
			lasting = append(lasting, span)
		}
	}
	return topology(r.Scenario, r.Strategy, r.explanationAt(at), lasting)
}

// explanationAt is the one of a moment, nil where there is none.
func (r *Simulation) explanationAt(at time.Duration) *Explanation {
	i := slices.IndexFunc(r.Explanations, func(e Explanation) bool { return e.At == at })
	if i < 0 {
		return nil
	}
	return &r.Explanations[i]
}

func topology(
	s *model.Scenario, kind model.StrategyKind, now *Explanation, lasting []sim.Span,
) *Topology {
	t := &Topology{Scenario: s, Strategy: kind}
	users := sentTo(s, kind, now)
	for i := range s.Regions {
		r := model.RegionID(i)
		region := RegionNow{
			Name: s.Regions[i].Name, Role: roleOf(s, kind, r, now), Users: users[i],
			Leads: now != nil && now.Leader == s.Regions[i].Name,
		}
		for _, part := range []string{"fault", "link"} {
			region.Impaired = append(region.Impaired, impairments(part, r, lasting)...)
		}
		t.Regions = append(t.Regions, region)
		for j := range s.Regions {
			if to := model.RegionID(j); to != r {
				t.Ways = append(t.Ways, Way{
					From: s.Regions[i].Name, To: s.Regions[j].Name, RTT: s.MeanRTT(r, to),
					Source: sourced(s.Sources.RoundTrips[r][to]),
					Cut:    isCut(s, r, to, lasting) || isCut(s, to, r, lasting),
				})
			}
		}
	}
	t.Copies = copiesBehind(s)
	return t
}

// sentTo is the part of all users that is sent to each region.
func sentTo(
	s *model.Scenario, kind model.StrategyKind, now *Explanation,
) (sent [model.MaxRegions]float64) {
	serving := s.Servers(kind)
	if now != nil {
		serving = 0
		for i := range s.Regions {
			if slices.Contains(now.Serving, s.Regions[i].Name) {
				serving = serving.With(model.RegionID(i))
			}
		}
	}
	for i := range s.Populations {
		p := &s.Populations[i]
		for r, part := range s.Sent(p, serving) {
			sent[r] += p.Share * part
		}
	}
	return sent
}

// roleOf is what a region does: whether it votes alone, writes, serves, or stands by.
func roleOf(s *model.Scenario, kind model.StrategyKind, r model.RegionID, now *Explanation) string {
	name := s.Regions[r].Name
	switch {
	case s.Regions[r].Witness:
		return "witness"
	case now == nil && r == s.Primary(), now != nil && now.Primary == name:
		return "primary"
	case now != nil && slices.Contains(now.Serving, name), now == nil && s.Servers(kind).Has(r):
		return "serves"
	}
	return "standby"
}

// impairments are what lasts in a part of a region.
func impairments(part string, r model.RegionID, lasting []sim.Span) (all []string) {
	for _, is := range lasting {
		switch {
		case is.Region != r || is.Part.String() != part:
		case part == "link":
			all = append(all, "the way to "+is.Lane+" is "+is.Name)
		default:
			all = append(all, strings.TrimSpace(is.Name+" "+is.Lane))
		}
	}
	return all
}

// isCut reports whether the way from one region to another is cut.
func isCut(s *model.Scenario, from, to model.RegionID, lasting []sim.Span) bool {
	return slices.ContainsFunc(lasting, func(is sim.Span) bool {
		return is.Part.String() == "link" && is.Region == from && is.Lane == s.Regions[to].Name
	})
}

// copiesBehind are the copies that are behind by more than the way alone.
func copiesBehind(s *model.Scenario) (all []CopyLag) {
	seconds := func(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }
	for i := range s.Stores {
		for r := range s.Regions {
			lag := s.Stores[i].Lag[r]
			if s.Regions[r].Witness || model.RegionID(r) == s.Primary() || lag.Quantile(0.5) <= 0 {
				continue
			}
			all = append(all, CopyLag{
				Store: s.Stores[i].Name, Region: s.Regions[r].Name,
				P50: seconds(lag.Quantile(0.5)), P99: seconds(lag.Quantile(0.99)),
				Source: sourced(s.Sources.Lags[i][r]),
			})
		}
	}
	return all
}
