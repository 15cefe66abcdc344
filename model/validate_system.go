package model

import (
	"fmt"
	"math"
	"time"
)

// identity demands a name that can be a file's and a word on a command line.
func (v *validator) identity() {
	for _, r := range v.s.Name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			v.add("name", "for instance web-shop-2", "name has %q: only a-z, 0-9 and - are possible", r)
			break
		}
	}
	if v.s.Name == "" {
		v.add("name", "", "name is empty")
	}
	if v.s.Title == "" {
		v.add("title", "", "title is empty")
	}
}

func (v *validator) traffic() {
	t := v.s.Traffic
	if !(t.RequestsPerSecond > 0 && t.RequestsPerSecond <= 1e9) {
		v.add("traffic.requests", "", "traffic.requests must be above 0/s and at most 1000000000/s, "+
			"is %g/s", t.RequestsPerSecond)
	}
	v.share("traffic.write_share", t.WriteShare, true)
	v.share("traffic.down_below", t.DownBelow, false)
	v.number("traffic.retried", t.Retried, 0, MaxRetried)
	v.number("traffic.sessions", t.Sessions, 0, 1e12)
	v.repetition()
	v.duration("traffic.starts", t.Starts, 0, WeekLength-1)
	v.duration("traffic.service_time", t.ServiceTime, 0, time.Minute)
	if busy := t.RequestsPerSecond * t.ServiceTime.Seconds(); busy > MaxBusy {
		v.add("traffic.service_time", "", "traffic.service_time x traffic.requests must keep at most %d "+
			"servers busy, keeps %.0f", MaxBusy, busy)
	}
}

func (v *validator) regions() {
	names := make([]string, len(v.s.Regions))
	for i := range v.s.Regions {
		names[i] = v.s.Regions[i].Name
		v.region(fmt.Sprintf("region[%d]", i), &v.s.Regions[i])
	}
	v.most("region", len(names), MaxRegions)
	v.names("region", names)
	if v.s.Primary() == NoRegion {
		v.add("region", "", "no region runs a workload")
	}
	for j := 1; j < min(len(names), MaxRegions); j++ {
		for i := range j {
			v.latency(i, j)
		}
	}
}

func (v *validator) region(path string, r *Region) {
	if r.Name == "global" {
		v.add(path+".name", "", `"global" is what bill lines of no region say, not a region's name`)
	}
	if r.FailureDomain == "" {
		v.add(path+".failure_domain", "", "%s.failure_domain is empty", path)
	}
	if !r.Witness {
		v.share(path+".utilisation", r.Utilisation, false)
		if !(r.BurstCeiling >= 1 && r.BurstCeiling <= 1000) {
			v.add(path+".burst_ceiling", "", "%s.burst_ceiling is from 1x to 1000x, is %gx", path,
				r.BurstCeiling)
		}
		if r.Quota != 0 {
			v.share(path+".quota", r.Quota, false)
		}
		v.baseline(path, r)
		return
	}
	if r.Utilisation != 0 {
		v.add(path+".utilisation", "", "%s is a witness: it has no workload and no utilisation", path)
	}
	if r.BurstCeiling != 0 {
		v.add(path+".burst_ceiling", "", "%s is a witness: it has no workload to burst", path)
	}
	if r.Quota != 0 {
		v.add(path+".quota", "", "%s is a witness: it has no workload to grow", path)
	}
	if r.Baseline != 0 {
		v.add(path+".baseline", "", "%s is a witness: it has no workload to burst", path)
	}
	for i := range v.s.Regions {
		if other := &v.s.Regions[i]; !other.Witness && other.FailureDomain == r.FailureDomain {
			v.add(path+".failure_domain", "a witness must survive what it judges",
				"the witness %s shares the failure domain %q with %s", r.Name, r.FailureDomain, other.Name)
			v.relate(fmt.Sprintf("region[%d].failure_domain", i))
		}
	}
}

// baseline demands one that the load of a mean hour does not pass: who spends more than is earned
// has nothing left, without any fault.
func (v *validator) baseline(path string, r *Region) {
	if r.Baseline == 0 {
		return
	}
	v.share(path+".baseline", r.Baseline, false)
	if r.Baseline < r.Utilisation {
		v.add(path+".baseline", "its machines spend more than they earn, and nothing is left to burst",
			"%s.baseline is below its utilisation of %g%%", path, 100*r.Utilisation)
		v.relate(path + ".utilisation")
	}
	if v.s.Scaling.Moves() {
		v.add(path+".baseline", "machines that come and go have saved nothing, which is not simulated",
			"%s.baseline and [scaling] exclude each other", path)
	}
}

// latency demands a round trip for a pair; ten seconds is more than any path on Earth or to orbit
// takes.
func (v *validator) latency(i, j int) {
	a, b := v.s.Latency[i][j], v.s.Latency[j][i]
	same := v.s.Regions[i].Name == v.s.Regions[j].Name // Which the rule about names reports.
	if !same && (a <= 0 || b <= 0 || a > 10*time.Second || b > 10*time.Second) {
		v.add(fmt.Sprintf("region[%d].name", j), "", "the round trip between %s and %s must be above 0s "+
			"and at most 10s, is %s and %s", v.s.Regions[i].Name, v.s.Regions[j].Name, short(a), short(b))
		v.relate("link", fmt.Sprintf("region[%d].name", i))
	}
}

func (v *validator) populations() {
	names, sum := make([]string, len(v.s.Populations)), 0.0
	for i, p := range v.s.Populations {
		path := fmt.Sprintf("population[%d]", i)
		names[i] = p.Name
		sum += p.Share
		v.share(path+".share", p.Share, true)
		v.workload(path+".nearest", p.Nearest)
		if p.Curve < 0 || p.Curve > len(v.s.Curves) {
			v.add(path+".curve", "", "%s.curve is none that is known", path)
		}
		v.duration(path+".utc_offset", p.UTCOffset, -12*time.Hour, 14*time.Hour)
	}
	v.names("population", names)
	v.most("population", len(names), MaxPopulations)
	if !(math.Abs(sum-1) <= shareTolerance) {
		v.add("population", "", "the shares of the populations sum to %s, not to 100%%", percent(sum))
	}
}

func (v *validator) stores() {
	if len(v.s.Stores) == 0 {
		v.add("store", "", "there is no store: without data there is nothing to fail over")
	}
	names := make([]string, len(v.s.Stores))
	for i := range v.s.Stores {
		names[i] = v.s.Stores[i].Name
		path := fmt.Sprintf("store[%d]", i)
		v.store(path, &v.s.Stores[i])
		v.catchUp(path, StoreID(i))
		v.writeBytes(path, StoreID(i))
		v.quorum(path, StoreID(i))
		v.lagTrace(path, v.s.Stores[i].LagTrace)
	}
	v.names("store", names)
	v.most("store", len(names), MaxStores)
}

func (v *validator) store(path string, st *Store) {
	if st.Kind.String() == "unknown" {
		v.add(path+".kind", "", "%s.kind is none that is known", path)
	}
	for r := range min(len(v.s.Regions), MaxRegions) {
		lag, where := st.Lag[r], path+".lag_in."+v.s.Regions[r].Name
		if v.s.Regions[r].Witness {
			if lag != (Distribution{}) {
				v.add(where, "", "%s is a witness: it holds no data", v.s.Regions[r].Name)
			}
			continue
		}
		v.distribution(where, lag, true)
		v.list = relateLast(v.list, where, path+".lag")
	}
	v.allowed(path, st)
	v.positive(path+".lag_sample_every", st.LagSampleEvery, 24*time.Hour)
	v.distribution(path+".promotion", st.Promotion, true)
	v.distribution(path+".switchover", st.Switchover, true)
	v.positive(path+".backup_every", st.BackupEvery, Year)
	v.distribution(path+".restore", st.Restore, true)
	if st.Conflicts.String() == "unknown" {
		v.add(path+".conflicts", "", "%s.conflicts is none that is known", path)
	}
	v.memory(path, st)
	if k := st.ContendedKeys; k != 0 && !(k >= 1 && k <= 1e12) {
		v.add(path+".contended_keys", "", "%s.contended_keys is 0 or at least 1, is %g", path, k)
	}
}

// catchUp demands of a store whose copies can fall behind that they catch up some day.
func (v *validator) catchUp(path string, store StoreID) {
	falls := v.s.Stalls(store) || v.s.Slows(store) || v.s.Stores[store].Queues
	if rate := v.s.Stores[store].CatchUp; falls && !(rate > 1 && rate <= 1000) {
		v.add(path+".catch_up", "or a copy that has fallen behind never catches up",
			"%s.catch_up must be above 1x and at most 1000x, is %gx", path, rate)
	}
}

// writeBytes demands of a store whose copies lost packets slow down that a write has a size.
func (v *validator) writeBytes(path string, store StoreID) {
	if n := v.s.Stores[store].WriteBytes; v.s.Slows(store) && !(n > 0 && n <= 1e9) {
		v.add(path+".write_bytes", "", "%s.write_bytes must be above 0 and at most 1e9, is %g", path, n)
	}
}

// allowed demands that a store's data may be where the scenario keeps it: in its primary.
func (v *validator) allowed(path string, st *Store) {
	for r := range RegionID(MaxRegions) {
		if !st.Allowed.Has(r) {
			continue
		}
		if int(r) >= len(v.s.Regions) {
			v.add(path+".allowed", "", "%s.allowed names no region", path)
		} else if v.s.Regions[r].Witness {
			v.add(path+".allowed", "", "%s is a witness: it holds no data", v.s.Regions[r].Name)
		}
	}
	home := v.s.Primary()
	if st.Allowed != 0 && home.Valid() && !st.Allowed.Has(home) {
		v.add(path+".allowed", "", "%s may not hold %s, though it is the primary",
			v.s.Regions[home].Name, st.Name)
		v.relate("region")
	}
}

// relateLast adds a related path to the last violation if it is at path.
func relateLast(list []Violation, path, related string) []Violation {
	if n := len(list); n > 0 && list[n-1].Path == path {
		list[n-1].Related = append(list[n-1].Related, related)
	}
	return list
}

func (v *validator) checks() {
	if len(v.s.Checks) == 0 {
		v.add("check", "", "there is no check: nothing would notice an outage")
	}
	names := make([]string, len(v.s.Checks))
	for i, c := range v.s.Checks {
		path := fmt.Sprintf("check[%d]", i)
		names[i] = c.Name
		v.positive(path+".interval", c.Interval, 24*time.Hour)
		v.positive(path+".timeout", c.Timeout, 24*time.Hour)
		if c.Timeout >= c.Interval && c.Interval > 0 {
			v.add(path+".timeout", "", "the timeout of %s must be below the interval of %s",
				short(c.Timeout), short(c.Interval))
			v.relate(path + ".interval")
		}
		v.count(path+".failures", c.Failures, 1, 100)
		v.count(path+".successes", c.Successes, 1, 100)
		v.probe(path+".probe", &v.s.Checks[i].Probe)
	}
	v.names("check", names)
	v.most("check", len(names), MaxChecks)
}

func (v *validator) routing() {
	r := v.s.Routing
	v.positive("routing.ttl", r.TTL, 7*24*time.Hour)
	if r.Clients.String() == "unknown" {
		v.add("routing.clients", "", "routing.clients is none that is known")
	}
	v.duration("routing.client_cache", r.ClientCache, 0, 24*time.Hour)
	v.distribution("routing.flip", r.Flip, true)
	v.choice()
}

func (v *validator) people() {
	v.distribution("people.approve", v.s.People.Approve, true)
	v.duration("people.stable_for", v.s.People.StableFor, 0, Year)
	v.distribution("people.resync", v.s.People.Resync, true)
	v.duty()
}

func (v *validator) run() {
	v.count("run.horizon", v.s.Run.Years, 1, 100)
	v.count("run.trials", v.s.Run.Trials, 1, 1_000_000)
}
