package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"redoubt/model"
)

// unread refuses each setting that nothing reads because of what another one says, where the file
// states it.
func (b *builder) unread() {
	p, r := b.file.Policy, b.file.Routing
	unasked := !slices.ContainsFunc(b.s.Strategies, func(strategy model.Strategy) bool {
		return strategy.Mode == model.Manual && strategy.Kind != model.SingleRegion
	})
	unbraked := b.s.Settings.BrakeAfter == 0 && b.s.Settings.BrakeRegions == 0
	for _, key := range []struct {
		path, because string
		unread        bool
		why           string
	}{
		{"routing.client_cache", "routing.clients",
			chosen(r.Clients, clientModels) == model.Measured,
			"measured clients have a tail of their own; only idealised ones keep answers this long"},
		{"scaling.shrink", "scaling.reaction", b.file.Scaling.Reaction == 0,
			"no region follows its load by itself"},
		{"policy.flap_half_life", "policy.flap_limit", p.FlapLimit == 0,
			"with a flap_limit of 0 no return counts"},
		{"policy.readiness_stale_after", "policy.readiness", len(p.Readiness) == 0,
			"the policy asks for nothing to be ready"},
		{"policy.validation", "policy.steps",
			p.Steps != nil && !slices.Contains(p.Steps, "validate"), "no step validates"},
		{"policy.brake_window", "policy.brake_after", p.BrakeAfter == 0,
			"with a brake_after of 0 no number of transitions trips the brake"},
		{"policy.approvals", "strategies", unasked, "no strategy is manual, so that nobody is asked"},
		{"business.lost_session", "traffic.sessions", b.file.Traffic.Sessions == 0,
			"traffic.sessions says of no session that it is kept in one region"},
		{"people.approve", "strategies", unasked && unbraked && !b.corrupts(),
			"no strategy is manual, nothing trips the brake and no data goes bad, so that nobody is asked"},
	} {
		if key.unread && b.stated(key.path) && !b.d.isBroken(key.because) {
			b.problem(key.path, "", "%s is never read: %s", key.path, key.why)
		}
	}
	if b.stated("traffic.starts") && !b.s.Varies() && !b.d.isBroken("population") &&
		len(b.file.People.Duty)+len(b.file.Scaling.Hours) == 0 {
		b.problem("traffic.starts", "", "traffic.starts is never read: no population has a curve, "+
			"nobody hours of duty, and no region hours of its size")
	}
	b.unreadRouting()
	followed := map[int]bool{}
	for i := range b.s.Populations {
		followed[b.s.Populations[i].Curve] = true
		path := fmt.Sprintf("population[%d].utc_offset", i)
		if p := &b.s.Populations[i]; p.UTCOffset != 0 && p.Curve == 0 && !b.d.isBroken(path) {
			b.problem(path, "", "%s is never read: %s has no curve", path, p.Name)
		}
	}
	for i := range b.s.Curves {
		if path := fmt.Sprintf("curve[%d]", i); !followed[i+1] && !b.d.isBroken("population") {
			b.problem(path, "", "the curve %s is never read: no population follows it", b.s.Curves[i].Name)
		}
	}
	for i := range b.file.Store {
		b.unreadOfStore(i, &b.file.Store[i])
	}
	b.unreadEffects()
}

// corrupts reports whether data can go bad, which people notice.
func (b *builder) corrupts() bool {
	return slices.ContainsFunc(b.s.Hazards, func(h model.Hazard) bool {
		return h.Kind == model.Corruption
	}) || slices.ContainsFunc(b.s.Timeline, func(f model.Fault) bool {
		return f.Kind == model.Corruption
	})
}

// stated reports whether the file itself has a key of a table, such as routing.ttl.
func (b *builder) stated(path string) bool {
	table, key, _ := strings.Cut(path, ".")
	found := b.root.find(table)
	return found != nil && found.value.find(key) != nil
}
