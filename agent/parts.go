package agent

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"redoubt/model"
	"redoubt/peer"
)

// Part is something that an agent does by its scenario beside deciding, as its hooks are, and the
// digest of all that the scenario says of it. No policy's digest knows of it.
type Part struct {
	// Name is one word, by which agents find what they compare: what one of the two does not name is
	// compared with nothing, as releases may know of other parts.
	Name   string
	Digest [PartDigestBytes]byte
}

// PartDigestBytes is the size of a Part's digest.
const PartDigestBytes = 16

// Apart is an agent that does some parts by another scenario than the leader's agent does.
type Apart struct {
	Region model.RegionID
	// Parts are the names of those parts, in the order in which this agent has them.
	Parts []string
}

// partsMost bounds how many parts of an agent are heard, and partNameMost how long a name is.
const (
	partsMost    = 32
	partNameMost = 32
)

const (
	// partsEvery is how often an agent says its parts to whoever leads. Who has just replaced the file
	// of one agent looks at another one for what is left to do, which hears of it by then.
	partsEvery = 15 * time.Second
	// partsFor is for how long it counts what an agent has said.
	partsFor = 4 * partsEvery
)

// partsHeard is what is known of the other agents' parts.
type partsHeard struct {
	mu sync.Mutex
	of [model.MaxRegions]saidParts
	// told are the names of the parts in which an agent differs, as that was logged last.
	told [model.MaxRegions]string
}

// saidParts are the parts of an agent, and when they were heard of.
type saidParts struct {
	parts []Part
	at    time.Time
	// itself says that the agent has said so, and not a leader of it: what goes from one leader to
	// the next would never be too old.
	itself bool
}

// current are the parts that an agent has said of late, if it has.
func (s *saidParts) current() []Part {
	if s.at.IsZero() || time.Since(s.at) > partsFor {
		return nil
	}
	return s.parts
}

// validParts says what is wrong with the parts of a configuration.
func validParts(parts []Part) error {
	if len(parts) > partsMost {
		return fmt.Errorf("there are %d parts, and at most %d may be", len(parts), partsMost)
	}
	for i := range parts {
		name := parts[i].Name
		if fields := strings.Fields(name); len(fields) != 1 || fields[0] != name ||
			len(name) > partNameMost {
			return fmt.Errorf("part %q must be one word of at most %d bytes", name, partNameMost)
		}
		if slices.ContainsFunc(parts[:i], func(p Part) bool { return p.Name == name }) {
			return fmt.Errorf("part %q comes twice", name)
		}
	}
	return nil
}

// compareParts has whoever leads know by what this agent acts, and learns by what the leader and
// the others do: as soon as there is a leader, and once in partsEvery. They go on whatever comes
// of it, since an executor may well be replaced at one agent after the other.
func (n *Node) compareParts(ctx context.Context) {
	if len(n.config.Parts) == 0 {
		return
	}
	for k := n.kicked(); ; {
		wait := partsEvery
		if !n.askLeadersParts(ctx) {
			wait = n.config.Times.Heartbeat
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-k:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// askLeadersParts asks the leader for its parts, and reports whether there is an answer or this
// agent leads itself. One of a release that does not know the question refuses it, and there is
// nothing to compare with.
func (n *Node) askLeadersParts(ctx context.Context) bool {
	leader := n.Leader()
	if !leader.Valid() || leader == n.config.Region {
		return leader.Valid()
	}
	ctx, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
	defer cancel()
	answer, err := n.ask(ctx, leader, askParts, appendParts(nil, n.config.Region, n.config.Parts))
	var no peer.Refusal
	if errors.As(err, &no) {
		return true
	}
	if err != nil || len(answer) == 0 || answer[0] != said {
		return false
	}
	all := readParts(answer[1:])
	for r := range all {
		if r := model.RegionID(r); r != n.config.Region {
			n.hearParts(r, all[r], r == leader)
		}
	}
	n.tellApart(n.config.Region, different(n.config.Parts, all[leader]))
	return true
}

// answerParts takes in the parts of a region's agent, if this one leads, and tells its own, and
// those of all others that have said theirs.
func (n *Node) answerParts(from model.RegionID, body []byte) []byte {
	if n.leading() == nil {
		return []byte{leadless}
	}
	theirs := readParts(body)[from]
	n.hearParts(from, theirs, true)
	n.tellApart(from, different(n.config.Parts, theirs))
	answer := appendParts([]byte{said}, n.config.Region, n.config.Parts)
	n.parts.mu.Lock()
	defer n.parts.mu.Unlock()
	for r := range n.parts.of {
		if heard := &n.parts.of[r]; heard.itself && model.RegionID(r) != from {
			answer = appendParts(answer, model.RegionID(r), heard.current())
		}
	}
	return answer
}

// hearParts keeps what an agent says of its parts, or the leader says of them. A new leader has yet
// to hear them, and what was known counts meanwhile.
func (n *Node) hearParts(r model.RegionID, parts []Part, itself bool) {
	n.parts.mu.Lock()
	defer n.parts.mu.Unlock()
	if itself || len(parts) > 0 {
		n.parts.of[r] = saidParts{parts: parts, at: time.Now(), itself: itself}
	}
}

// tellApart logs that an agent differs from the leader, or does so no more.
func (n *Node) tellApart(r model.RegionID, parts []string) {
	text := strings.Join(parts, ", ")
	n.parts.mu.Lock()
	before := n.parts.told[r]
	n.parts.told[r] = text
	n.parts.mu.Unlock()
	switch {
	case text != "":
		n.often(slog.LevelWarn, "an agent's scenario file is not the leader's", "region", n.name(r),
			"leader", n.name(n.Leader()), "parts", text)
	case before != "":
		n.config.Log.Info("an agent's scenario file agrees with the leader's again",
			"region", n.name(r), "leader", n.name(n.Leader()))
	}
}

// Apart lists the agents that do something by another scenario than the leader's agent does, as far
// as this agent knows, by the numbers of their regions. It lists none while the leader's parts are
// not known.
func (n *Node) Apart() (all []Apart) {
	leader := n.Leader()
	if !leader.Valid() {
		return nil
	}
	n.parts.mu.Lock()
	defer n.parts.mu.Unlock()
	of := func(r model.RegionID) []Part {
		if r == n.config.Region {
			return n.config.Parts
		}
		return n.parts.of[r].current()
	}
	for r := range model.RegionID(len(n.config.Names)) {
		if parts := different(of(r), of(leader)); len(parts) > 0 {
			all = append(all, Apart{Region: r, Parts: parts})
		}
	}
	return all
}

// ApartNow is Apart, once the leader has been asked.
func (n *Node) ApartNow(ctx context.Context) []Apart {
	if len(n.config.Parts) > 0 {
		n.askLeadersParts(ctx) // Without an answer it is as of the last one.
	}
	return n.Apart()
}

// different names the parts that both agents know of, and that are not alike.
func different(one, other []Part) (names []string) {
	for i := range one {
		at := slices.IndexFunc(other, func(p Part) bool { return p.Name == one[i].Name })
		if at >= 0 && other[at].Digest != one[i].Digest {
			names = append(names, one[i].Name)
		}
	}
	return names
}

// appendParts appends the parts of a region's agent: a line for each, with the region's number, the
// name and the digest. A later release may have more in a line.
func appendParts(text []byte, r model.RegionID, parts []Part) []byte {
	for i := range parts {
		text = fmt.Appendf(text, "%d %s %x\n", r, parts[i].Name, parts[i].Digest)
	}
	return text
}

// readParts reads what appendParts has written, and passes over lines in no form that it knows.
func readParts(text []byte) (all [model.MaxRegions][]Part) {
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		r, err := strconv.ParseUint(fields[0], 10, 8)
		digest, problem := hex.DecodeString(fields[2])
		if errors.Join(err, problem) != nil || r >= model.MaxRegions || len(fields[1]) > partNameMost ||
			len(digest) != PartDigestBytes || len(all[r]) == partsMost {
			continue
		}
		all[r] = append(all[r], Part{fields[1], [PartDigestBytes]byte(digest)})
	}
	return all
}
