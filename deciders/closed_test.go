package deciders

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// cuts are the lengths of the 43-second test and some between.
func cuts() []time.Duration {
	var lengths []time.Duration
	for _, seconds := range []float64{
		1, 5, 9, 10, 12, 15, 20, 22, 24, 26, 28, 30, 32, 43, 60, 61, 62, 65, 120, 300, 600, 4000,
	} {
		lengths = append(lengths, time.Duration(seconds*float64(time.Second)))
	}
	return lengths
}

// sumBelow is the probability that a sum of independent uniforms over [0, w] is at most x, by
// inclusion and exclusion over the corners of the box (Bradley and Gupta, Annals of the Institute
// of Statistical Mathematics 54, 2002).
func sumBelow(x float64, widths []float64) float64 {
	n, volume := len(widths), 1.0
	for i, w := range widths {
		volume *= w * float64(i+1)
	}
	if n == 0 {
		if x >= 0 {
			return 1
		}
		return 0
	}
	total := 0.0
	for corner := range 1 << n {
		rest, sign := x, 1.0
		for i, w := range widths {
			if corner>>i&1 == 1 {
				rest, sign = rest-w, -sign
			}
		}
		if rest > 0 {
			total += sign * math.Pow(rest, float64(n))
		}
	}
	return math.Min(math.Max(total/volume, 0), 1)
}

// law is a rule worked out by hand, in seconds: the latest of some sums of a constant and
// independent uniforms, and one more uniform after that.
type law struct {
	paths []sum
	then  float64
}

type sum struct {
	fixed  float64
	widths []float64
}

// below is the probability that it is over by x. The last uniform is averaged over its midpoints.
func (l law) below(x float64) float64 {
	const points = 1000
	total := 0.0
	for i := range points {
		all := 1.0
		for _, p := range l.paths {
			all *= sumBelow(x-l.then*(float64(i)+0.5)/points-p.fixed, p.widths)
		}
		total += all
	}
	return total / points
}

// bounds are its earliest and its latest time.
func (l law) bounds() (earliest, latest float64) {
	for _, p := range l.paths {
		longest := p.fixed
		for _, w := range p.widths {
			longest += w
		}
		earliest, latest = max(earliest, p.fixed), max(latest, longest)
	}
	return earliest, latest + l.then
}

// one is a law of one path.
func one(fixed float64, widths ...float64) law { return law{paths: []sum{{fixed, widths}}} }

// polled is the law of orchestrator and of VTOrc: a poll of the primary that hangs and is marked,
// and a poll of a replica that has noticed; then a turn of the loop.
func polled(timeout, poll, stamp, mark, loop float64) law {
	return law{then: loop, paths: []sum{
		{mark, []float64{poll + stamp}}, {timeout, []float64{poll + stamp}},
	}}
}

// expected are the rules by hand, of the constants that a decider lists with their sources.
var expected = map[string]func(c func(name string) float64) law{
	"orchestrator": func(c func(string) float64) law {
		return polled(c("slave_net_timeout"), c("InstancePollSeconds"), c(stampName), c(markName),
			c("RecoveryPollSeconds"))
	},
	"orchestrator-60s": func(c func(string) float64) law {
		return one(c("replica_net_timeout"), c("emergencyReadTopologyInstanceMap"),
			c("RecoveryPollSeconds"))
	},
	"vtorc": func(c func(string) float64) law {
		return polled(c("replica_net_timeout"), c("instance-poll-time"), c(stampName), c(markName),
			c("recovery-poll-duration"))
	},
	"patroni": func(c func(string) float64) law {
		return one(c("ttl")-c("loop_wait")+c("timeout of asking a member"), c("loop_wait"))
	},
	"pg_auto_failover": func(c func(string) float64) law {
		attempts := c("health_check_max_retries") + 1
		return one(attempts*c("health_check_timeout")+attempts*c("health_check_retry_delay"),
			c("health_check_period"), c("PG_AUTOCTL_KEEPER_SLEEP_TIME"))
	},
	"stolon": func(c func(string) float64) law {
		return one(c("failInterval"), c("sleepInterval"), c("sleepInterval")) // A triangle.
	},
	"repmgr": func(c func(string) float64) law {
		attempts := c("reconnect_attempts")
		return one(c("connect_timeout of the check")+attempts*c("connect_timeout of an attempt")+
			(attempts-1)*c("reconnect_interval"), c("monitor_interval_secs"))
	},
	"route-53":      requests,
	"route-53-fast": requests,
	"k8gb": func(c func(string) float64) law {
		return one(0, c("reconcileRequeueSeconds"))
	},
	"azure-sql": func(c func(string) float64) law {
		return one(c("GracePeriodWithDataLossHours"))
	},
}

// requests is the law of Route 53: the timeouts, the intervals between them, and its phase.
func requests(c func(string) float64) law {
	failures, interval := c("FailureThreshold"), c("RequestInterval")
	return one(failures*c("time to connect")+(failures-1)*interval, interval)
}

func TestDecidersAgreeWithTheirClosedForms(t *testing.T) {
	for _, d := range All() {
		by, known := expected[d.Name]
		if !known {
			t.Errorf("%s has no closed form", d.Name)
			continue
		}
		want := by(func(name string) float64 { return value(t, &d, name) })
		wantEarliest, wantLatest := want.bounds()
		earliest, latest := d.Decides()
		if earliest.Seconds() != wantEarliest || latest.Seconds() != wantLatest {
			t.Errorf("%s: decides after %s to %s, want %g s to %g s", d.Name, earliest, latest,
				wantEarliest, wantLatest)
		}
		sighted := d
		sighted.Blind = "" // What it would do if it saw the cut.
		for _, r := range sighted.Facing(cuts(), Stakes{WritesPerSecond: 1, Side: 1}) {
			share := want.below(r.Cut.Seconds())
			// A grid of 64 points for a phase is off by less than half a point for each of two phases.
			if math.Abs(r.Share-share) > 1.0/64 {
				t.Errorf("%s, cut of %s: promotes in %g of all phases, want %g", d.Name, r.Cut, r.Share,
					share)
			}
		}
	}
}

// A third of an interval is a third of the phases, to the last digit that is printed.
func TestAThirdIsAThird(t *testing.T) {
	d := k8gb()
	third := []time.Duration{10 * time.Second}
	if got := d.Facing(third, Stakes{})[0].Share; math.Abs(got-1.0/3) > 1e-12 {
		t.Errorf("got %v of all phases, want a third", got)
	}
}

// Two paths that take turns at being the longer one: the maximum of two uniforms.
func TestTheLongestPathDecides(t *testing.T) {
	d := Decider{Paths: [][]Wait{
		{{Spread: 10 * time.Second, Phase: 0}},
		{{Fixed: 2 * time.Second, Spread: 10 * time.Second, Phase: 1}},
	}}
	for _, r := range d.Facing(cuts(), Stakes{}) {
		below := func(x float64) float64 { return math.Min(math.Max(x/10, 0), 1) }
		want := below(r.Cut.Seconds()) * below(r.Cut.Seconds()-2)
		if math.Abs(r.Share-want) > 2.0/512 {
			t.Errorf("cut of %s: got %g, want %g", r.Cut, r.Share, want)
		}
	}
}

// Waits that share a phase are late together: their sum is uniform, not triangular.
func TestASharedPhaseIsOnePhase(t *testing.T) {
	wait := Wait{Spread: 10 * time.Second, Phase: 0}
	d := Decider{Paths: [][]Wait{{wait, wait}}}
	got := d.Facing([]time.Duration{5 * time.Second}, Stakes{})[0].Share
	if math.Abs(got-0.25) > 1e-4 {
		t.Errorf("got %g, want a quarter of the phases", got)
	}
}

func TestWhatIsAtRisk(t *testing.T) {
	stakes := Stakes{WritesPerSecond: 10, Side: 0.5, Lag: 2 * time.Second}
	byName := map[string]Decider{}
	for _, d := range All() {
		byName[d.Name] = d
	}
	minute := []time.Duration{time.Minute}
	for _, c := range []struct {
		name            string
		seconds, writes float64
	}{
		// Nothing stops the old primary: the lag, and the whole cut on its half of the traffic.
		{"orchestrator", 62, 10 * (2 + 60*0.5)},
		{"vtorc", 62, 10 * (2 + 60*0.5)},
		// It demotes itself 10 to 20 s after the cut, 15 s on average.
		{"patroni", 17, 10 * (2 + 15*0.5)},
		// Proxies close after 10 to 15 s.
		{"stolon", 14.5, 10 * (2 + 12.5*0.5)},
		// Nothing that is acknowledged is missing.
		{"pg_auto_failover", 0, 0},
	} {
		d := byName[c.name]
		r := d.Facing(minute, stakes)[0]
		if r.Share != 1 || math.Abs(r.AtRisk.Seconds()-c.seconds) > 0.01 ||
			math.Abs(r.Writes-c.writes) > 0.1 {
			t.Errorf("%s: got %+v, want %g s and %g writes at risk", c.name, r, c.seconds, c.writes)
		}
	}
	// In a short cut only the early phases promote, and Patroni's early key is an early fence: at 27 s
	// the phases below 1/2 do, whose fence is at 10 to 15 s.
	patroni := byName["patroni"]
	r := patroni.Facing([]time.Duration{27 * time.Second}, stakes)[0]
	if math.Abs(r.Share-0.5) > 1e-3 || math.Abs(r.AtRisk.Seconds()-14.5) > 0.01 {
		t.Errorf("got %+v, want half of the phases and 14.5 s at risk", r)
	}
}

func TestStakesComeFromTheScenario(t *testing.T) {
	s := &model.Scenario{
		Regions:     []model.Region{{Name: "a"}, {Name: "b"}},
		Populations: []model.Population{{Share: 0.3, Nearest: 0}, {Share: 0.7, Nearest: 1}},
		Traffic:     model.Traffic{RequestsPerSecond: 40, WriteShare: 0.25},
		Stores:      make([]model.Store, 2),
	}
	s.Latency[0][1] = 100 * time.Millisecond
	s.Stores[0].Lag[1] = model.Fixed(time.Second)
	s.Stores[1].Lag[1] = model.Fixed(3 * time.Second)
	s.Stores[1].Lag[0] = model.Fixed(time.Hour) // That of the home region does not matter.
	got := StakesOf(s, model.ReadLocal)
	want := Stakes{WritesPerSecond: 10, Side: 0.3, Lag: 3*time.Second + 50*time.Millisecond}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got = StakesOf(s, model.WarmStandby); got.Side != 1 {
		t.Errorf("a primary that serves alone has %g of the writes, want all", got.Side)
	}
	for _, kind := range []model.StrategyKind{model.SingleRegion, model.BackupRestore} {
		s.Strategies = append(s.Strategies, model.DefaultStrategy(kind))
		if got = StakesOf(s, kind); !got.NoReplica || got.Lag != 0 || got.WritesPerSecond != 10 {
			t.Errorf("%s: got %+v, want no replica and so no lag", kind, got)
		}
	}
}
