package daemon

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"redoubt/agent"
	"redoubt/model"
	"redoubt/zone"
)

// partsOf are what an agent does by its scenario beside deciding: all that it reads there and that
// its policy does not have. Two files that say the same have the same parts, however they are
// written; where order has a meaning it counts: checks, readiness items and stores are numbers in
// the log, and executors and hooks take their turns. Nothing of the agent's own file is in them.
func partsOf(s *model.Scenario, kind model.StrategyKind) (all []agent.Part) {
	for _, p := range []struct {
		name  string
		write func(*digest, *model.Scenario)
	}{
		{"probes", probesPart}, {"executors", executorsPart}, {"hooks", hooksPart},
		{"notification", notificationPart}, {"zone", zonePart}, {"stores", storesPart},
		{"readiness", readinessPart}, {"capacity", capacityPart(kind)}, {"timings", timingsPart},
		{"estimates", estimatesPart},
	} {
		d := &digest{sha256.New()}
		p.write(d, s)
		all = append(all, agent.Part{
			Name: p.name, Digest: [agent.PartDigestBytes]byte(d.Sum(nil)[:agent.PartDigestBytes]),
		})
	}
	return all
}

// probesPart is how regions are looked at, and what the bits of a report mean.
func probesPart(d *digest, s *model.Scenario) {
	for i := range s.Checks {
		check := s.Checks[i]
		check.Aligned = false // Only the simulator draws phases.
		d.put(fmt.Sprintf("check[%d]", i), check)
	}
	var anchors []string
	for i := range s.Anchors {
		anchors = append(anchors, canonical(s.Anchors[i]))
	}
	slices.Sort(anchors) // They are asked all at once.
	d.put("anchors", anchors)
}

// tells reports whether an executor is one that tells people.
func tells(e *model.Executor) bool {
	return e.Kind == model.PeopleExecutor || e.Kind == model.PagerDutyExecutor
}

// executorsPart is who does steps, and notificationPart who tells people. Whoever does a part of
// one step has a turn, in the order of the file.
func executorsPart(d *digest, s *model.Scenario)    { executors(d, s, false) }
func notificationPart(d *digest, s *model.Scenario) { executors(d, s, true) }

func executors(d *digest, s *model.Scenario, tell bool) {
	for i := range s.Executors {
		if e := s.Executors[i]; tells(&e) == tell {
			e.Steps = sorted(e.Steps)
			d.put("executor", e)
		}
	}
}

// hooksPart is who is asked before steps or told after them, one after the other.
func hooksPart(d *digest, s *model.Scenario) {
	for i := range s.Hooks {
		h := s.Hooks[i]
		h.Steps = sorted(h.Steps)
		d.put("hook", h)
	}
}

// sorted are names of which it does not matter which comes first.
func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

// zonePart is what DNS answers while a set of regions serves, by the region that is asked in.
func zonePart(d *digest, s *model.Scenario) {
	d.put("ttl", s.Routing.TTL)
	for at := range model.RegionID(len(s.Regions)) {
		shares := zone.SharesAt(s, at)
		for serving := range s.Workload() + 1 {
			if serving&s.Workload() != serving {
				continue
			}
			for to, share := range shares(serving) {
				if share > 0 { // In millionths: what is less is how a processor rounds.
					d.put(fmt.Sprintf("%d %b %d", at, serving, to), math.Round(share*1e6))
				}
			}
		}
	}
}

// storesPart is what the log's numbers of stores stand for, and readinessPart those of the items
// that a region must have ready.
func storesPart(d *digest, s *model.Scenario) {
	for i := range s.Stores {
		d.put(fmt.Sprintf("store[%d]", i), []string{s.Stores[i].Name, s.Stores[i].Kind.String()})
	}
}

func readinessPart(d *digest, s *model.Scenario) { d.put("items", s.Settings.Readiness) }

// capacityPart is what the strategy keeps running in each region, which its agent says as long as
// no program of its own measures it.
func capacityPart(kind model.StrategyKind) func(*digest, *model.Scenario) {
	return func(d *digest, s *model.Scenario) {
		strategy, _ := s.Strategy(kind)
		for r := range s.Regions {
			d.put(fmt.Sprintf("region[%d]", r), math.Round(1e3*s.Capacity(strategy, model.RegionID(r))))
		}
	}
}

// timingsPart is how often agents speak, beside what the policy says of that.
func timingsPart(d *digest, s *model.Scenario) {
	d.put("heartbeat", s.Consensus.Heartbeat)
	d.put("report_every", s.Settings.ReportEvery)
	d.put("renew_every", s.Settings.RenewEvery)
	d.put("clock_drift", s.Settings.ClockDrift)
	for i := range s.Stores {
		d.put(fmt.Sprintf("store[%d].lag_sample_every", i), s.Stores[i].LagSampleEvery)
	}
}

// estimatesPart is what agents tell people by: how long a plan may take, and how many writes a
// second are at risk.
func estimatesPart(d *digest, s *model.Scenario) {
	d.put("flip", s.Routing.Flip)
	d.put("stop_time", s.Settings.StopTime)
	d.put("validation", s.Settings.Validation)
	d.put("resync", s.People.Resync)
	d.put("requests", s.Traffic.RequestsPerSecond)
	d.put("write_share", s.Traffic.WriteShare)
	for i := range s.Stores {
		store := &s.Stores[i]
		d.put(fmt.Sprintf("store[%d]", i),
			[]model.Distribution{store.Promotion, store.Switchover, store.Restore})
	}
}

// digest is that of a part.
type digest struct{ hash.Hash }

// put adds a value under a name.
func (d *digest) put(name string, value any) { fmt.Fprintf(d, "%s=%s\n", name, canonical(value)) }

// canonical is a value in a form that two values have only if they are alike. What is zero is left
// out of a struct: what a later release can say, and does not, leaves a digest as it was.
func canonical(value any) string {
	var text strings.Builder
	spell(&text, reflect.ValueOf(value))
	return text.String()
}

func spell(text *strings.Builder, v reflect.Value) {
	if named, is := v.Interface().(fmt.Stringer); is {
		fmt.Fprintf(text, "%q", named)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		text.WriteByte('{')
		for i := range v.NumField() {
			if field := v.Field(i); !field.IsZero() {
				text.WriteString(v.Type().Field(i).Name + ":")
				spell(text, field)
				text.WriteByte(' ')
			}
		}
		text.WriteByte('}')
	case reflect.Slice, reflect.Array:
		text.WriteByte('[')
		for i := range v.Len() {
			spell(text, v.Index(i))
			text.WriteByte(' ')
		}
		text.WriteByte(']')
	case reflect.String:
		text.WriteString(strconv.Quote(v.String()))
	case reflect.Float64: // As far as all kinds of processors come to the same.
		const digits = 9
		text.WriteString(strconv.FormatFloat(v.Float(), 'g', digits, 64))
	default: // Numbers and truths.
		fmt.Fprint(text, v.Interface())
	}
}
