package agent

import (
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/wan"
)

// lonely is a node that runs nothing, to be asked.
func lonely(t testing.TB) *Node {
	t.Helper()
	store, snapshots := raft.NewInmemStore(), raft.NewInmemSnapshotStore()
	_, port := raft.NewInmemTransport("r0")
	n, err := New(Config{
		Region: 0, Names: []string{"r0", "r1", "r2"}, Stores: []string{"orders", "ledger"},
		Policies: []failover.Policy{smallPolicy()},
		Times: Times{
			Heartbeat: time.Second, ReportEvery: time.Second, RenewEvery: time.Second,
			LagEvery: time.Second, CensusEvery: time.Second, ApplyMax: time.Second,
		},
		Logs: store, Stable: store, Snapshots: snapshots, Transport: port,
		Peers: wan.New(&model.Latency{}).Peer(0, nil), Executor: &hands{},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.raft.Shutdown().Error(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// question is one of an agent with a policy.
func question(p failover.Policy, kind byte, body []byte) []byte {
	digest := p.Digest()
	head := binary.LittleEndian.AppendUint16([]byte{questionVersion, kind}, failover.RulesVersion)
	return append(append(head, digest[:]...), body...)
}

// proposing is a question that proposes an event.
func proposing(t testing.TB, e failover.Event, policy []byte) []byte {
	t.Helper()
	body, err := AppendEntry(nil, &Entry{Region: 1, Event: e, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	return question(smallPolicy(), askPropose, body)
}

// An agent speaks for its own region and for nobody else's, and what a leader finds is for the
// leader. What is sound is not refused, but waits for a leader.
func TestAgentSpeaksForItsOwnRegion(t *testing.T) {
	n := lonely(t)
	p, other := smallPolicy(), smallPolicy()
	other.HoldDown *= 2
	for kind := range failover.PolicyChanged + 3 {
		for _, region := range []model.RegionID{0, 1, 2, 200} {
			e := failover.Event{Kind: kind, Region: region, Sequence: 5}
			answer, err := n.Answer(1, proposing(t, e, nil))
			if err != nil {
				t.Fatal(err)
			}
			own := region == 1
			switch kind {
			case failover.Tick, failover.AgentLost, failover.AgentSeen, failover.PolicyChanged:
				own = false
			case failover.Ordered:
				own = true
			}
			own = own && kind <= failover.PolicyChanged
			if got := answer[0]; own && got != leadless || !own && got != refused {
				t.Errorf("%v of region %d: got %d %q", kind, region, got, answer[1:])
			}
		}
	}
	for _, c := range []struct {
		name, want string
		question   []byte
	}{
		{"an order without a number", "has a number of its own",
			proposing(t, failover.Event{Kind: failover.Ordered}, nil)},
		{"a policy that nobody has", "this agent's scenario has another policy",
			proposing(t, failover.PolicyEvent(0, &other), failover.AppendPolicy(nil, &other))},
		{"a policy that is not the one named", "not the one that it names",
			proposing(t, failover.PolicyEvent(0, &other), failover.AppendPolicy(nil, &p))},
		{"no policy", "brings the policy with it", proposing(t, failover.PolicyEvent(0, &p), nil)},
		{"no entry", "this is no entry", question(p, askPropose, []byte{1, 2})},
	} {
		answer, err := n.Answer(1, c.question)
		if err != nil || answer[0] != refused || !strings.Contains(string(answer[1:]), c.want) {
			t.Errorf("%s: got %q, %v, want %q", c.name, answer, err, c.want)
		}
		var why *RefusedError
		if _, err := readAnswer(answer); !errors.As(err, &why) {
			t.Errorf("%s: who asked reads %v", c.name, err)
		}
	}
	sound := proposing(t, failover.PolicyEvent(0, &p), failover.AppendPolicy(nil, &p))
	if answer, err := n.Answer(1, sound); err != nil || answer[0] != leadless {
		t.Errorf("a change to the agent's own policy: got %q, %v", answer, err)
	}
}

// What is no question, or comes from who is no region or has another policy, is an error.
func TestStrangersAreNotAnswered(t *testing.T) {
	n := lonely(t)
	p := smallPolicy()
	hello := question(p, askHello, nil)
	if answer, err := n.Answer(1, hello); err != nil || answer[0] != helloBlank {
		t.Errorf("got %q, %v", answer, err)
	}
	for _, names := range []string{"r0\nr1", "r0\nr1\nr2\nr3"} {
		if _, err := n.Answer(1, question(p, askHello, []byte(names))); err != nil {
			t.Errorf("regions %q: %v", names, err)
		}
	}
	other := p
	other.Lease *= 2
	later := append([]byte{2}, hello[1:]...)
	ahead := slices.Clone(hello)
	ahead[2]++
	for _, c := range []struct {
		name, want string
		from       model.RegionID
		question   []byte
	}{
		{"nothing", "in no form", 1, nil},
		{"half a question", "in no form", 1, hello[:20]},
		{"a later form", "in no form", 1, later},
		{"an unknown question", "question 10 is none", 1, question(p, 10, nil)},
		{"one of a release that compares no parts", "question 9 is none", 1, question(p, askParts, nil)},
		{"later rules", "which knows them up to 1", 1, ahead},
		{"a region that is none", "no region", 7, hello},
		{"another policy", "load the same scenario file", 1, question(other, askHello, nil)},
		{"regions that have changed places", "region 2 is r2 in the scenario of the agent of r1",
			1, question(p, askHello, []byte("r0\nr2\nr1"))},
		{"stores that have changed places", "store 1 is ledger in the scenario of the agent of r1",
			1, question(p, askHello, []byte("r0\nr1\nr2\nr3\n\nledger\norders"))},
	} {
		if _, err := n.Answer(c.from, c.question); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// FuzzAnswer asks an agent anything. Nothing may panic, and one that does not lead tells what it
// knows of itself, and nothing that a leader says.
func FuzzAnswer(f *testing.F) {
	p := smallPolicy()
	f.Add(uint8(1), question(p, askHello, nil))
	f.Add(uint8(1), proposing(f, failover.Event{Kind: failover.Reported, Region: 1}, nil))
	f.Add(uint8(2), proposing(f, failover.PolicyEvent(0, &p), failover.AppendPolicy(nil, &p)))
	for kind := byte(askHello); kind <= askParts; kind++ {
		f.Add(uint8(2), question(p, kind, nil))
	}
	n := lonely(f)
	f.Fuzz(func(t *testing.T, from uint8, data []byte) {
		answer, err := n.Answer(model.RegionID(from), data)
		ofItself := len(data) > 1 && (data[1] == askPolicies || data[1] == askApplied)
		leads := len(answer) > 1 && answer[0] == said && !ofItself
		if err == nil && (len(answer) == 0 || leads) {
			t.Fatalf("got %x", answer)
		}
		_, _ = readAnswer(data) // Nothing may panic.
	})
}

// A configuration that lacks something is refused as a whole, with all that is wrong.
func TestConfigurationIsJudged(t *testing.T) {
	_, err := New(Config{Region: 3, Names: []string{"a"}, Policies: []failover.Policy{{}}})
	for _, want := range []string{
		"region 3 is none of the 1", "policy 0", "heartbeat must be more than 0s", "apply max",
		"raft's stores", "the peers, the executor",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
