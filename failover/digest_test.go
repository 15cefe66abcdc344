package failover_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// leaves calls visit with every number and flag inside a value, and its name, but for the filler of
// a report, which nothing sets.
func leaves(v reflect.Value, name string, visit func(name string, leaf reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i).Name; field != "filler" {
				leaves(v.Field(i), name+"."+field, visit)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			leaves(v.Index(i), fmt.Sprintf("%s[%d]", name, i), visit)
		}
	default:
		visit(name, v)
	}
}

// flip changes the lowest bit of a number, or a flag; flipped again it is as before.
func flip(t *testing.T, name string, leaf reflect.Value) {
	switch {
	case leaf.Kind() == reflect.Bool:
		leaf.SetBool(!leaf.Bool())
	case leaf.CanInt():
		leaf.SetInt(leaf.Int() ^ 1)
	case leaf.CanUint():
		leaf.SetUint(leaf.Uint() ^ 1)
	default:
		t.Fatalf("%s: a %s has no digest", name, leaf.Kind())
	}
}

// whole is a policy that stays valid when the lowest bit of any field changes.
func whole() failover.Policy {
	p := oneStore()
	p.Voters, p.Workload, p.Candidates = regions(0, 1, 2, 3), regions(0, 2, 3), regions(2, 3)
	p.Home, p.Stores, p.BrakeAfter = 2, 0, 2
	p.Mode = model.Manual // 2, which becomes 3.
	p.Approvals = 2
	p.Checks, p.ChecksDown, p.BrakeWindow = 6, 2, time.Hour
	p.FlapHalfLife, p.ReadinessStaleAfter = time.Hour, time.Hour
	return p
}

// Every field of a policy, and each element of its arrays, is part of the digest and survives the
// encoding; so a field that is added to Policy and not to its encoding fails here.
func TestPolicyDigestCoversEveryField(t *testing.T) {
	p := whole()
	p.Stages, p.StageHold = [...]uint8{2, 4, 8, 16, 32, 64, 96}, time.Hour
	seen := map[failover.Digest]string{p.Digest(): "none"}
	fields := 0
	leaves(reflect.ValueOf(&p).Elem(), "Policy", func(name string, leaf reflect.Value) {
		fields++
		flip(t, name, leaf)
		defer flip(t, name, leaf)
		digest := p.Digest()
		if twin, ok := seen[digest]; ok {
			t.Errorf("%s and %s changed give one digest", name, twin)
		}
		seen[digest] = name
		got, err := failover.DecodePolicy(failover.AppendPolicy(nil, &p))
		if name == "Policy.Voters" {
			return // A voter less would leave a region of the workload without a vote.
		}
		if err != nil || got != p {
			t.Errorf("%s changed: got %+v, %v, want %+v", name, got, err, p)
		}
	})
	if fields < 50 {
		t.Errorf("only %d fields were seen", fields)
	}
}

// Every field of a state is part of its hash and survives the encoding.
func TestHashCoversEveryFieldOfAState(t *testing.T) {
	var s failover.State
	seen := map[failover.Digest]string{s.Hash(): "none"}
	leaves(reflect.ValueOf(&s).Elem(), "State", func(name string, leaf reflect.Value) {
		flip(t, name, leaf)
		defer flip(t, name, leaf)
		hash := s.Hash()
		if twin, ok := seen[hash]; ok {
			t.Errorf("%s and %s changed give one hash", name, twin)
		}
		seen[hash] = name
		got, err := failover.DecodeState(failover.AppendState(nil, &s))
		if err != nil || got != s {
			t.Errorf("%s changed does not survive: %v", name, err)
		}
	})
	if len(seen) < 1000 {
		t.Errorf("only %d fields were seen", len(seen))
	}
}

// The encodings are what they are on every machine: these digests were made once, and change only
// with the number of the encoding, or while none was released.
func TestHashIsTheSameEverywhere(t *testing.T) {
	p := whole()
	s := p.Start()
	s.Now, s.Leases[0].Ticket, s.Force.Lag = 1<<61+1, 1<<63+1, failover.AnyLoss
	const (
		policy = "9f0b6e1f585b516b18bdd0272477f324437a3c9cedfd215390a8494e45be2aba"
		state  = "d7e5bea1dd4e1e6583777d9ba50ff3323bf9c0dde6e85581aeac7a5b77f8f0b2"
	)
	if got := p.Digest().String(); got != policy {
		t.Errorf("the policy has the digest %s, want %s", got, policy)
	}
	if got := s.Hash().String(); got != state {
		t.Errorf("the state has the hash %s, want %s", got, state)
	}
}

func TestDigestAndHashRefuseWhatTheyCannotRead(t *testing.T) {
	p := whole()
	s := p.Start()
	policy, state := failover.AppendPolicy(nil, &p), failover.AppendState(nil, &s)
	spoil := func(b []byte, at int, value byte) []byte {
		b = append([]byte(nil), b...)
		b[at] = value
		return b
	}
	for _, c := range []struct {
		name          string
		policy, state []byte
		want          string
	}{
		{"empty", nil, nil, "ends too early"},
		{"a byte less", policy[:len(policy)-1], state[:len(state)-1], "ends too early"},
		{"a byte more", append(policy, 0), append(state, 0), "more of it than there should be"},
		{"another version", spoil(policy, 0, 9), spoil(state, 0, 9), "out of range"},
		{"no flag", spoil(policy, 12, 2), spoil(state, 71, 2), "out of range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := failover.DecodePolicy(c.policy); err == nil ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("policy: got %v, want %q", err, c.want)
			}
			if _, err := failover.DecodeState(c.state); err == nil ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("state: got %v, want %q", err, c.want)
			}
		})
	}
}

func TestPolicyDigestNeedsAValidPolicy(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*failover.Policy)
		want  string
	}{
		{"home", func(p *failover.Policy) { p.Home = 1 }, "home must run the workload, is region 1"},
		{"no home", func(p *failover.Policy) { p.Home = model.NoRegion }, "is region 255"},
		{"candidates", func(p *failover.Policy) { p.Candidates = 2 }, "candidates must run"},
		{"voters", func(p *failover.Policy) { p.Voters = 1 }, "must vote"},
		{"stores", func(p *failover.Policy) { p.Stores = 5 }, "stores must be 4 at most, are 5"},
		{"checks", func(p *failover.Policy) { p.Checks = 9 }, "checks must be 8 at most, are 9"},
		{"brake", func(p *failover.Policy) { p.BrakeAfter = 5 }, "brake_after must be 4 at most"},
		{"mode", func(p *failover.Policy) { p.Mode = 0 }, "mode must be one of 1 to 3, is 0"},
		{
			"writers", func(p *failover.Policy) { p.MultiWriter, p.Stores = true, 1 },
			"stores must be 0 where",
		},
		{"lease", func(p *failover.Policy) { p.Lease = -1 }, "lease must be 0s to"},
		{
			"no lease", func(p *failover.Policy) { p.Stores, p.Lease = 1, 0 },
			"lease must be more than 0s where a guard keeps a store",
		},
		{
			"no check needed", func(p *failover.Policy) { p.ChecksDown = 0 },
			"checks_down must be 1 to the 6 checks",
		},
		{
			"more checks than there are", func(p *failover.Policy) { p.ChecksDown = 7 },
			"checks_down must be 1 to the 6 checks",
		},
		{
			"more checks than are about the region", func(p *failover.Policy) { p.RoutingChecks = 62 },
			"checks_down must be 1 to the 1 checks",
		},
		{
			"stale at once", func(p *failover.Policy) { p.StaleAfter = 0 },
			"stale_after must be more than 0s",
		},
		{"no try", func(p *failover.Policy) { p.StepTries = 0 }, "step_tries must be 1 at least"},
		{"no time", func(p *failover.Policy) { p.StepTimeout = 0 }, "step_timeout must be more than"},
		{
			"no window", func(p *failover.Policy) { p.BrakeWindow = 0 },
			"brake_window must be more than 0s where 2 transitions",
		},
		{
			"no half-life", func(p *failover.Policy) { p.FlapLimit, p.FlapHalfLife = 3, 0 },
			"flap_half_life must be more than 0s where 3 returns",
		},
		{
			"readiness stale at once",
			func(p *failover.Policy) { p.Items, p.ReadinessStaleAfter = 1, 0 },
			"readiness_stale_after must be more than 0s",
		},
		{"hold-down", func(p *failover.Policy) { p.HoldDown = 1 << 57 }, "hold_down must be 0s to"},
	} {
		t.Run(c.name, func(t *testing.T) { checkInvalidPolicy(t, c.spoil, c.want) })
	}
}

func TestPolicyDigestNeedsStagesThatRise(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*failover.Policy)
		want  string
	}{
		{
			"stages that fall",
			func(p *failover.Policy) { p.Stages[0], p.Stages[1], p.StageHold = 50, 10, time.Hour },
			"stages must rise from 1 to 99 percent",
		},
		{
			"a stage after none",
			func(p *failover.Policy) { p.Stages[1], p.StageHold = 10, time.Hour },
			"no 0 stand between them",
		},
		{
			"a stage of all", func(p *failover.Policy) { p.Stages[0], p.StageHold = 100, time.Hour },
			"stages must rise from 1 to 99 percent",
		},
		{"no hold", func(p *failover.Policy) { p.Stages[0] = 10 }, "stage_hold must be more than 0s"},
		{"a hold of nothing", func(p *failover.Policy) { p.StageHold = 1 }, "and 0s elsewhere, is 1ns"},
	} {
		t.Run(c.name, func(t *testing.T) { checkInvalidPolicy(t, c.spoil, c.want) })
	}
}

// checkInvalidPolicy checks that a policy that was spoilt is neither decoded nor added to a
// library.
func checkInvalidPolicy(t *testing.T, spoil func(*failover.Policy), want string) {
	t.Helper()
	p := whole()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	spoil(&p)
	_, decoded := failover.DecodePolicy(failover.AppendPolicy(nil, &p))
	var library failover.Library
	_, added := library.Add(p)
	for _, err := range []error{decoded, added} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func BenchmarkPolicyDigest(b *testing.B) {
	p := whole()
	for b.Loop() {
		p.Digest()
	}
}

func BenchmarkStateHash(b *testing.B) {
	p := whole()
	s := p.Start()
	for b.Loop() {
		s.Hash()
	}
}
