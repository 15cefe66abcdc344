package failover_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// tape records a log while it is played, and holds every step against Check and the ledger.
type tape struct {
	*log
	library  failover.Library
	recorder failover.Recorder
	data     []byte
	entries  uint64
}

func newTape(t testing.TB, p failover.Policy) *tape {
	k := &tape{log: newLog(t, p)}
	k.state = failover.State{}
	k.switchTo(p)
	return k
}

// switchTo records a policy and the event that brings the log under it.
func (k *tape) switchTo(p failover.Policy) {
	k.t.Helper()
	if _, err := k.library.Add(p); err != nil {
		k.t.Fatal(err)
	}
	k.data = k.recorder.AppendPolicy(k.data, &p)
	k.say(failover.PolicyEvent(k.state.Now, &p))
	k.policy = p
	if err := p.Governs(&k.state); err != nil {
		k.t.Fatal(err)
	}
}

// say records an event and applies it.
func (k *tape) say(e failover.Event) {
	k.t.Helper()
	k.entries++
	k.data = k.recorder.AppendNote(k.data, &failover.Note{
		Index: k.entries, Term: 1, Wall: int64(e.At), Why: e.Kind.String(),
	})
	k.data = k.recorder.AppendEvent(k.data, &e)
	before := k.state
	p, err := k.library.Apply(&k.state, &e, &k.did)
	if err != nil {
		k.t.Fatal(err)
	}
	k.data = k.recorder.AppendHash(k.data, k.state.Hash())
	if before.Under.Rules == 0 {
		before = p.Start()
	}
	if err := p.Check(before, e, k.state, k.did); err != nil {
		k.t.Fatal(err)
	}
	if err := k.ledger.follow(p, &before, &e, &k.state); err != nil {
		k.t.Fatal(err)
	}
}

// watch lets time go by in steps: everybody but those who are down reports what is so, holders
// renew, and the lag of every replica is measured.
func (k *tape) watch(until time.Duration, every time.Duration, down ...model.RegionID) {
	k.t.Helper()
	bad := regions(down...)
	for now := k.state.Now.Add(every); now <= failover.Instant(until); now = now.Add(every) {
		k.say(failover.Event{Kind: failover.Tick, At: now})
		for o := range model.RegionID(model.MaxRegions) {
			for subject := range model.RegionID(model.MaxRegions) {
				if k.policy.Voters.Has(o) && !bad.Has(o) && k.policy.Workload.Has(subject) && o != subject {
					k.say(report(&k.state, o, subject, bad.Has(subject)))
				}
			}
		}
		for i := range model.StoreID(k.policy.Stores) {
			if lease := k.state.Leases[i]; !bad.Has(lease.Holder) {
				k.say(failover.Event{
					Kind: failover.LeaseRenewed, At: now, Region: lease.Holder, Store: i, Epoch: lease.Epoch,
					Ticket: uint64(now / 1e9),
				})
			}
			for r := range model.RegionID(model.MaxRegions) {
				if k.policy.Workload.Has(r) && !bad.Has(r) {
					k.say(failover.Event{
						Kind: failover.LagMeasured, At: now, Region: r, Store: i, Lag: time.Second / 4,
						Epoch: k.state.Leases[i].Epoch,
					})
				}
			}
		}
	}
}

// finish has every step of the plan claimed and done, fences recorded, archives with some writes.
func (k *tape) finish() {
	k.t.Helper()
	for range 4 * failover.MaxSteps {
		actions := slices.Collect(k.policy.Outstanding(k.state))
		if len(actions) == 0 {
			return
		}
		a := actions[0]
		e := failover.Event{
			Kind: failover.StepClaimed, At: k.state.Now, Region: a.Region, Epoch: a.Epoch, Step: a.Index,
			Round: a.Round,
			Store: a.Store, Ticket: 3,
		}
		if !e.Region.Valid() {
			e.Region = 2
		}
		if a.Step == failover.Fence {
			e.Kind, e.Epoch = failover.Fenced, k.state.Leases[a.Store].Epoch
		}
		k.say(e)
		if e.Kind == failover.StepClaimed {
			e.Kind = failover.StepDone
			k.say(e)
		}
	}
	k.t.Fatalf("the plan does not end: %+v", k.state.Plan)
}

// order records an operator's word.
func (k *tape) order(verb failover.Verb, region model.RegionID, who uint64) {
	k.t.Helper()
	e := anew(&k.state, ordered(verb, region))
	e.At, e.Who = k.state.Now, who
	if verb == failover.Approve {
		e.Subject = k.state.Asked.Target
	}
	if why := k.policy.Refuses(k.state, e); why != "" {
		k.t.Fatalf("%s: %s", verb, why)
	}
	k.say(e)
}

// want fails the recording when it is not about what it says.
func (k *tape) want(primary model.RegionID, kind failover.PlanKind) {
	k.t.Helper()
	if k.state.Primary != primary || k.state.Plan.Kind != kind {
		k.t.Fatalf("at %s: got primary %d and plan %s, want %d and %s", time.Duration(k.state.Now),
			k.state.Primary, k.state.Plan.Kind, primary, kind)
	}
}

// recordings are the logs in testdata/logs, and how each was made.
var recordings = []struct {
	name string
	make func(t testing.TB) *tape
}{
	{"failover-and-failback", func(t testing.TB) *tape {
		p := oneStore()
		p.Optional, p.FlapLimit, p.FlapHalfLife = failover.OptionalSteps, 3, time.Hour
		k := newTape(t, p)
		k.watch(30*unit, 5*unit)
		k.watch(105*unit, 5*unit, 0)
		k.want(0, failover.Failover)
		k.finish()
		k.want(1, failover.NoPlan)
		k.watch(150*unit, 5*unit)
		k.want(1, failover.Reprotect)
		k.finish()
		k.order(failover.Reconcile, 0, 0)
		k.watch(200*unit, 5*unit)
		k.order(failover.GoBack, 0, 0)
		k.finish()
		k.want(0, failover.NoPlan)
		k.watch(220*unit, 5*unit)
		return k
	}},
	{"drill-and-change-of-policy", func(t testing.TB) *tape {
		p := oneStore()
		p.Workload, p.Candidates, p.ServesReads = regions(0, 1, 2), regions(0, 1, 2), true
		k := newTape(t, p)
		k.watch(20*unit, 5*unit)
		k.order(failover.OrderDrill, 1, 7)
		k.order(failover.ApproveDrill, 1, 8)
		k.finish()
		k.want(1, failover.NoPlan)
		k.watch(40*unit, 5*unit)
		p.Mode, p.HoldDown, p.Lease, p.Drift = model.Manual, 20*unit, 30*unit, unit/2
		p.Cooldown = unit
		k.switchTo(p)
		k.watch(90*unit, 5*unit, 1)
		k.order(failover.Approve, 1, 0)
		k.finish()
		k.want(0, failover.NoPlan)
		k.watch(110*unit, 5*unit)
		return k
	}},
	{"two-stores-and-a-lost-agent", func(t testing.TB) *tape {
		p := oneStore()
		p.Stores, p.Guarded = 2, 1
		k := newTape(t, p)
		k.watch(10*unit, 5*unit)
		k.watch(80*unit, 5*unit, 0)
		k.want(0, failover.Failover)
		k.say(failover.Event{Kind: failover.Fenced, At: k.state.Now, Region: 0, Store: 1, Epoch: 1})
		promote := slices.IndexFunc(k.state.Plan.Steps[:], func(s failover.Step) bool {
			return s.Kind == failover.Promote
		})
		k.say(failover.Event{
			Kind: failover.StepClaimed, At: k.state.Now, Region: 1, Epoch: k.state.Plan.Epoch,
			Step: uint8(promote), Ticket: 80,
		})
		k.say(failover.Event{Kind: failover.AgentLost, At: k.state.Now, Region: 1})
		if got := k.state.Plan.Steps[promote].Status; got != failover.Unknown {
			t.Fatalf("the step of the lost agent is %s", got)
		}
		k.watch(90*unit, 5*unit, 0)
		k.say(failover.Event{Kind: failover.AgentSeen, At: k.state.Now, Region: 1})
		k.finish()
		k.want(1, failover.NoPlan)
		k.watch(100*unit, 5*unit, 0)
		return k
	}},
}

// portraitOf is what a recording led to, for its text file.
func portraitOf(s *failover.State, events int) string {
	return fmt.Sprintf("rules %d\nevents %d\nprimary %d\nepoch %d\nhash %s\n", s.Under.Rules, events,
		s.Primary, s.Epoch, s.Hash())
}

// TestLogsReplayAsTheyWereRecorded replays testdata/logs/*.log and compares where each leads with
// the text beside it.
//
// The logs of released rules are never made again: they are what some log out there is like, and it
// must lead to the same state in every later release. -update makes only those that are missing. A
// change of behaviour that fails here needs a higher RulesVersion, with the old rules kept in the
// table of rules, and new recordings under the new name. Only as long as no release has had this
// version may its files be removed and made again, with
//
//	rm failover/testdata/logs/rules-1-*; go test ./failover -run Log -update
//
// Those of earlier formats are never made again at all.
func TestLogsReplayAsTheyWereRecorded(t *testing.T) {
	const folder = "testdata/logs"
	for _, recording := range recordings {
		name := fmt.Sprintf("rules-%d-%s.log", failover.RulesVersion, recording.name)
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); *update && errors.Is(err, os.ErrNotExist) {
			record(t, path, recording.make(t))
		}
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.log"))
	if err != nil || len(paths) < len(recordings)+len(frozen) {
		t.Fatalf("%d logs, %v; want %d at least", len(paths), err, len(recordings)+len(frozen))
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".log"), func(t *testing.T) {
			data, want := read(t, path), string(read(t, words(path)))
			events := 0
			s, err := failover.ReplayEach(data, func(r *failover.Replayed) {
				events++
				if err := r.Policy.CheckStep(r.Before, r.Event, r.After, r.Did); err != nil {
					t.Errorf("event %d, byte %d: %v", events, r.Offset, err)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := portraitOf(&s, events); got != want {
				t.Errorf("it leads to\n%swant\n%s", got, want)
			}
			restored, err := failover.DecodeState(failover.AppendState(nil, &s))
			if err != nil || restored != s || restored.Hash() != s.Hash() {
				t.Errorf("the state does not survive a snapshot: %v", err)
			}
		})
	}
}

// words is the file beside a log that says where it leads.
func words(path string) string { return strings.TrimSuffix(path, ".log") + ".txt" }

func record(t *testing.T, path string, k *tape) {
	t.Helper()
	events := 0
	s, err := failover.ReplayEach(k.data, func(*failover.Replayed) { events++ })
	if err != nil || s != k.state {
		t.Fatalf("%s replays otherwise than it was played: %v", path, err)
	}
	for name, content := range map[string][]byte{
		path: k.data, words(path): []byte(portraitOf(&s, events)),
	} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Played again, what was recorded gives the same bytes, and a log that was cut anywhere can be gone
// on with from the last record that is whole.
func TestLogGoesOnAfterACut(t *testing.T) {
	whole := recordings[2].make(t).data
	if !bytes.Equal(whole, recordings[2].make(t).data) {
		t.Fatal("the same log has other bytes the second time")
	}
	e := failover.Event{Kind: failover.Tick, At: at(1000)}
	for cut := 0; cut < len(whole); cut += 1 + cut/8 {
		recorder, err := failover.ResumeLog(whole[:cut])
		kept := cut
		var damage *failover.LogError
		if errors.As(err, &damage) {
			kept = damage.Offset
		}
		longer := recorder.AppendEvent(bytes.Clone(whole[:kept]), &e)
		var last failover.Record
		for record, err := range failover.ReadLog(longer) {
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			last = record
		}
		if last.Event != e || last.Kind != failover.EventRecord {
			t.Fatalf("cut at %d: the last record is %+v", cut, last)
		}
	}
}

// Any byte that is damaged is found in the record that it is in, or is the beginning of one that is
// cut short; nothing before it is lost.
func TestLogTellsWhereItIsDamaged(t *testing.T) {
	data := recordings[0].make(t).data[:1500]
	starts := []int{0}
	for record, err := range failover.ReadLog(data) {
		if err == nil {
			starts = append(starts, record.Offset)
		}
	}
	for i := range data {
		spoilt := bytes.Clone(data)
		spoilt[i] ^= 0x40
		var err error
		for _, err = range failover.ReadLog(spoilt) {
		}
		var damage *failover.LogError
		if !errors.As(err, &damage) {
			t.Fatalf("byte %d is damaged: got %v", i, err)
		}
		want := starts[0]
		for _, start := range starts {
			if start <= i {
				want = start
			}
		}
		last := starts[len(starts)-1]
		if damage.Offset != want && !(want == last && damage.Offset > last) {
			t.Fatalf("byte %d is damaged: %v, want byte %d", i, err, want)
		}
	}
}

func TestLogSaysWhatIsWrong(t *testing.T) {
	p, q := oneStore(), oneStore()
	q.HoldDown = unit
	begins, tick := failover.PolicyEvent(0, &p), failover.Event{Kind: failover.Tick, At: at(1)}
	write := func(policies []*failover.Policy, events ...failover.Event) []byte {
		var (
			recorder failover.Recorder
			data     []byte
		)
		for _, p := range policies {
			data = recorder.AppendPolicy(data, p)
		}
		for _, e := range events {
			data = recorder.AppendEvent(data, &e)
		}
		return data
	}
	known := []*failover.Policy{&p}
	good := write(known, begins, tick)
	event := failover.EventSize + 11
	spoilt, later := bytes.Clone(good), bytes.Clone(good)
	spoilt[len(spoilt)-20] ^= 1
	later[12] = 4
	broken := p
	broken.Stores = 77
	ahead := begins
	ahead.Share = 9
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"good", good, ""},
		{"empty", nil, "byte 0: the log does not say under which policy"},
		{"something else", []byte("#!/bin/sh\nexit 1\n"), "byte 0: this is not a redoubt log"},
		{
			"another format", later,
			"byte 0: the log is in format 4, and this release reads formats 1 to 3",
		},
		{"half a header", good[:7], "byte 0: the header is cut short: 7 of its 16 bytes"},
		{"a header", good[:16], "byte 16: the log ends after its header"},
		{"cut short", good[:len(good)-1], "cut short: 82 of its 83 bytes are there"},
		{"damaged", spoilt, "the record is damaged, or does not follow"},
		{
			"one missing", slices.Concat(good[:len(good)-2*event], good[len(good)-event:]),
			"does not follow",
		},
		{"one twice", slices.Concat(good, good[len(good)-event:]), "does not follow"},
		{"no policy", write(nil, begins), "byte 16: the log goes on under policy"},
		{"no beginning", write(known, tick), "the log does not say under which policy"},
		{"a policy that is not there", write(known, begins, failover.PolicyEvent(0, &q)), "not at hand"},
		{"later rules", write(known, begins, ahead), "the log goes on under rules 9"},
		{
			"a policy without sense", write([]*failover.Policy{&broken}, begins),
			"stores must be 4 at most",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := failover.Replay(c.data)
			if c.want == "" && err != nil || c.want != "" && err == nil ||
				err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if s, err := failover.Replay(spoilt); err == nil || s.Primary != 0 || s.Now != 0 {
		t.Errorf("got the state at %d and %v, want the one before the damage", s.Now, err)
	}
}

// FuzzLog reads any bytes as a log, as they are, and then as the policy and the events of a log
// that is sound, of which Apply has to make something. Nothing may panic, and what is read again is
// the same.
func FuzzLog(f *testing.F) {
	f.Add([]byte("redoubt log\n\x01\x00\x00\x00\x02\x37\x00"))
	for _, recording := range recordings {
		f.Add(recording.make(f).data[:1500])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = failover.Replay(data) // Whether it can be read is not the question.
		p := oneStore()
		encoded := failover.AppendPolicy(nil, &p)
		for i := range min(len(encoded), len(data)) {
			spoilt := bytes.Clone(encoded)
			spoilt[i] ^= data[i]
			if q, err := failover.DecodePolicy(spoilt); err == nil {
				if again := failover.AppendPolicy(nil, &q); !bytes.Equal(again, spoilt) {
					t.Fatalf("%x is read as %x", spoilt, again)
				}
				encoded, p = spoilt, q
			}
		}
		var recorder failover.Recorder
		log := recorder.AppendPolicy(nil, &p)
		e := failover.PolicyEvent(0, &p)
		log = recorder.AppendEvent(log, &e)
		events := 1
		for ; len(data) >= failover.EventSize && events < maxFuzzEvents; events++ {
			e, _ = failover.DecodeEvent(data)
			log = recorder.AppendEvent(log, &e)
			data = data[failover.EventSize:]
		}
		seen := 0
		s, err := failover.ReplayEach(log, func(*failover.Replayed) { seen++ })
		if named := (*failover.GovernanceError)(nil); errors.As(err, &named) {
			return // An event named a policy that is not there.
		}
		if err != nil || seen != events {
			t.Fatalf("%d of %d events: %v", seen, events, err)
		}
		restored, err := failover.DecodeState(failover.AppendState(nil, &s))
		if err != nil || restored != s {
			t.Fatalf("the state does not survive a snapshot: %v", err)
		}
	})
}
