package agent

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/model"
)

// partsOf makes parts of words such as "hooks=a": a name, and what its digest is made of.
func partsOf(words ...string) (all []Part) {
	for _, word := range words {
		name, what, _ := strings.Cut(word, "=")
		p := Part{Name: name}
		copy(p.Digest[:], what)
		all = append(all, p)
	}
	return all
}

// apart is what an agent says of how the agents differ, in a line.
func apart(n *Node) string {
	var all []string
	for _, a := range n.Apart() {
		all = append(all, fmt.Sprintf("r%d %s", a.Region, strings.Join(a.Parts, ",")))
	}
	return strings.Join(all, "; ")
}

// leadBy has a region's agent lead.
func (g *group) leadBy(m *member) {
	g.t.Helper()
	name := g.names[m.region]
	g.await(name+" leads", time.Minute, func() bool {
		if leader := g.leader(); leader != m {
			leader.node.raft.LeadershipTransferToServer(raft.ServerID(name), raft.ServerAddress(name))
			time.Sleep(2 * time.Second)
		}
		return m.node.Leads()
	})
}

// The executor of a group is replaced at one agent after the other, as people do it. Every agent
// says within a minute whose file is not the leader's, and in what; it goes on deciding all the
// while, and says nothing any more once they are alike, whoever leads.
func TestAgentsSayWhoseFileIsNotTheLeaders(t *testing.T) {
	parts := partsOf("probes=1", "executors=1", "hooks=1")
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) { c.Parts = slices.Clone(parts) }
	}, func(g *group) {
		everywhere := func(want string) {
			t.Helper()
			g.await(fmt.Sprintf("every agent says %q", want), time.Minute, func() bool {
				return !slices.ContainsFunc(g.members, func(m *member) bool {
					return apart(m.node) != want
				})
			})
		}
		renew := func(m *member, to ...string) {
			g.kill(m)
			parts = partsOf(to...)
			g.start(m)
			g.settle(0, time.Minute)
		}
		g.settle(0, time.Minute)
		time.Sleep(time.Minute)
		everywhere("")
		leader := g.leader()
		one, other := g.members[(leader.region+1)%3], g.members[(leader.region+2)%3]
		renew(one, "probes=1", "executors=2", "hooks=2")
		everywhere(fmt.Sprintf("r%d executors,hooks", one.region))
		if g.leader() != leader {
			t.Fatal("another one leads, though the leader has not ended")
		}
		renew(other, "probes=1", "executors=2", "hooks=1")
		first, second := min(one.region, other.region), max(one.region, other.region)
		of := map[model.RegionID]string{one.region: "executors,hooks", other.region: "executors"}
		everywhere(fmt.Sprintf("r%d %s; r%d %s", first, of[first], second, of[second]))
		renew(other, "probes=1", "executors=2", "hooks=2")
		renew(leader, "probes=1", "executors=2", "hooks=2")
		everywhere("")
		g.sound()
		g.agree()
	})
}

// heardSince reports whether all others have told an agent their parts themselves since a time.
func heardSince(n *Node, at time.Time) bool {
	n.parts.mu.Lock()
	defer n.parts.mu.Unlock()
	for r := range model.RegionID(len(n.config.Names)) {
		heard := &n.parts.of[r]
		if r != n.config.Region && (!heard.itself || heard.at.Before(at)) {
			return false
		}
	}
	return true
}

// An agent that comes to lead compares with itself, and hears the others at once.
func TestPartsAreComparedWithWhoeverLeads(t *testing.T) {
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			c.Parts = partsOf("hooks=1")
			if c.Region == 2 {
				c.Parts = partsOf("hooks=2")
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		for _, to := range []int{2, 1, 2} {
			m, want := g.members[to], "r2 hooks"
			if to == 2 {
				want = "r0 hooks; r1 hooks"
			}
			began := time.Now()
			if m.node.Leads() { // They may have told it before.
				began = time.Time{}
			}
			g.leadBy(m)
			g.await(fmt.Sprintf("r%d leads, and says %q", to, want), 5*time.Second, func() bool {
				return m.node.Leads() && apart(m.node) == want && heardSince(m.node, began)
			})
		}
		g.sound()
	})
}

// An agent of a release that does not know the question says nothing, and nothing is said of it.
func TestPartsOfAFormerReleaseAreComparedWithNothing(t *testing.T) {
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			c.Parts = partsOf("hooks="+fmt.Sprint(c.Region), fmt.Sprintf("part-of-%d=1", c.Region))
			if c.Region == 1 {
				c.Parts = nil
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		for _, m := range g.members {
			g.leadBy(m)
			time.Sleep(2 * time.Minute)
			for _, by := range g.members {
				got, want := apart(by.node), ""
				if m.region != 1 && by.region != 1 {
					want = fmt.Sprintf("r%d hooks", 2-m.region)
				}
				if got != want {
					t.Errorf("r%d leads, and r%d says %q, want %q", m.region, by.region, got, want)
				}
			}
		}
		g.sound()
	})
}

// What an agent has said too long ago counts for nothing, nor does what goes from one leader to the
// next.
func TestPartsAreForgottenOfWhoIsNotHeard(t *testing.T) {
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			c.Parts = partsOf("hooks=1")
			if c.Region == 2 {
				c.Parts = partsOf("hooks=2")
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		g.leadBy(g.members[0])
		g.await("r1 knows of r2", time.Minute, func() bool {
			return apart(g.members[1].node) == "r2 hooks"
		})
		g.kill(g.members[2])
		for began := time.Now(); time.Since(began) < 2*partsFor+time.Minute; {
			for _, m := range g.members[:2] {
				g.leadBy(m)
				time.Sleep(partsEvery)
			}
		}
		if got := apart(g.members[0].node) + apart(g.members[1].node); got != "" {
			t.Errorf("r2 ended %v ago, and the others say %q", 2*partsFor+time.Minute, got)
		}
		g.start(g.members[2])
		g.await("r2 is heard again", 10*time.Second, func() bool {
			return apart(g.leader().node) == "r2 hooks"
		})
	})
}

// What comes in no form that the agent knows is passed over, and a later release may say more.
func TestPartsAreReadAsTheyAreWritten(t *testing.T) {
	all := partsOf("probes=1", "zone=2")
	text := string(appendParts(nil, 3, all))
	if got := readParts([]byte(text)); !slices.Equal(got[3], all) {
		t.Errorf("read %v, want %v", got[3], all)
	}
	digest := strings.Repeat("0a", PartDigestBytes)
	for _, line := range []string{
		"", "\n", "1", "1 hooks", "1 hooks " + digest[2:], "1 hooks " + digest + "00",
		"8 hooks " + digest, "-1 hooks " + digest, "1 hooks " + strings.Repeat("z", 2*PartDigestBytes),
		"1 " + strings.Repeat("h", partNameMost+1) + " " + digest,
	} {
		for r, parts := range readParts([]byte(line)) {
			if len(parts) > 0 {
				t.Errorf("%q is %v of region %d", line, parts, r)
			}
		}
	}
	later := readParts([]byte("1 hooks " + digest + " and more\n"))
	if len(later[1]) != 1 || later[1][0].Name != "hooks" {
		t.Errorf("a later release's line is %v", later[1])
	}
	many := readParts([]byte(strings.Repeat("1 hooks "+digest+"\n", partsMost+1)))
	if len(many[1]) != partsMost {
		t.Errorf("%d parts are taken, want %d", len(many[1]), partsMost)
	}
}

// A configuration names each part once, in a word.
func TestPartsHaveNamesOfTheirOwn(t *testing.T) {
	for want, parts := range map[string][]Part{
		"":                 partsOf("probes", "hooks"),
		`part "a b" must`:  partsOf("a b"),
		`part "" must`:     partsOf(""),
		`part " a" must`:   partsOf(" a"),
		"comes twice":      partsOf("hooks", "probes", "hooks"),
		"at most 32 may":   make([]Part, partsMost+1),
		"of at most 32 by": partsOf(strings.Repeat("h", partNameMost+1)),
	} {
		err := validParts(parts)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", parts, err, want)
		}
	}
}
