package agent

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
)

// mismatch says that the log is under a policy that the agent's own files lack, or that the agent
// does not belong to its group.
func (n *Node) mismatch() error {
	if err := n.removed(); err != nil {
		return err
	}
	under := n.replica.under()
	if under.Rules == 0 || n.config.accepts(under.Policy) {
		return nil
	}
	return fmt.Errorf("the files of the agent of %s have policy %s, and the log is under %s: have it "+
		"load the scenario file that the log is under, or that one too", n.name(n.config.Region),
		n.config.Policies[0].Digest().Short(), under.Policy.Short())
}

// actsUnder is the policy that the agent speaks under: the log's where it acts on that, and else
// its own.
func (n *Node) actsUnder() failover.Digest {
	under := n.replica.under()
	if under.Rules != 0 && n.config.accepts(under.Policy) {
		return under.Policy
	}
	return n.config.Policies[0].Digest()
}

// judge says why an agent that speaks under a policy is not answered. What goes into the log is
// judged by the policy that the log is under, whatever this agent's own files have; one who has yet
// to apply the log's last change, or asks somebody who does not lead, is behind and asks again.
func (n *Node) judge(
	from model.RegionID, kind byte, theirs failover.Digest,
) (behind bool, err error) {
	under := n.replica.under()
	logs := under.Rules != 0 && (kind == askPropose || kind == askBarrier || kind == askSeat)
	switch {
	case kind == askPolicies, kind == askState, kind == askSeated, kind == askParts,
		logs && theirs == under.Policy, !logs && n.config.accepts(theirs):
		return false, nil
	case logs && (n.leading() == nil || n.config.accepts(theirs)):
		return true, nil
	}
	mine := n.config.Policies[0].Digest()
	if logs {
		mine = under.Policy
	}
	n.often(slog.LevelWarn, "an agent with another policy is refused", "region", n.name(from),
		"policy", theirs.Short())
	return false, fmt.Errorf("the agent of %s is under policy %s and the agent of %s under %s: load "+
		"the same scenario file", n.name(from), theirs.Short(), n.name(n.config.Region), mine.Short())
}

// mayLead returns once this agent may lead: the log is under a policy that it acts under, and it
// applies the log. Until then it hands the lead to one that does, and keeps it where there is none.
func (n *Node) mayLead(ctx context.Context) bool {
	for ctx.Err() == nil {
		err := n.mismatch()
		if err == nil {
			err = n.replica.View().Halted // Its clock stands, and nobody would hear what it decides.
		}
		if err == nil {
			return true
		}
		n.often(slog.LevelError, "this agent may not lead, and hands the lead over", "error", err)
		n.handToOneUnder(ctx, n.replica.under())
		sleep(ctx, n.config.Times.Heartbeat)
	}
	return false
}

// handToOneUnder hands the lead to a voter's agent that acts under a policy and its rules.
func (n *Node) handToOneUnder(ctx context.Context, under failover.Governance) {
	v := n.replica.View()
	for r := range model.RegionID(len(n.config.Names)) {
		if r == n.config.Region || v.Policy == nil || !v.Policy.Voters.Has(r) ||
			n.lacksPolicy(ctx, r, under.Policy, under.Rules) != "" || n.raft.State() != raft.Leader {
			continue
		}
		n.raft.LeadershipTransferToServer(n.server(r), raft.ServerAddress(n.config.Names[r]))
		n.awaitHandOver(2 * n.config.Times.Heartbeat)
	}
}

// answerPolicies names the policies that the agent acts under.
func (n *Node) answerPolicies() []byte {
	answer := []byte{said}
	for i := range n.config.Policies {
		digest := n.config.Policies[i].Digest()
		answer = append(answer, digest[:]...)
	}
	return answer
}

// ownNames are the names of the regions and then of the stores by number, as a question has them.
func (n *Node) ownNames() []byte {
	regions, stores := strings.Join(n.config.Names, "\n"), strings.Join(n.config.Stores, "\n")
	return []byte(regions + storesFollow + stores)
}

// storesFollow stands between the two in a question.
const storesFollow = "\n\n"

// misnames says that the agent of a region has another name for a number than this agent: what
// each says of one would count for another. A policy's digest cannot tell, as it knows numbers
// alone. One may know more regions or stores than the other.
func (n *Node) misnames(from model.RegionID, names []byte) error {
	if len(names) == 0 {
		return nil // It is of a release that does not say.
	}
	regions, stores, _ := strings.Cut(string(names), storesFollow)
	for _, of := range []struct {
		kind, theirs string
		own          []string
	}{{"region", regions, n.config.Names}, {"store", stores, n.config.Stores}} {
		theirs := strings.Split(of.theirs, "\n")
		for i := range min(len(theirs), len(of.own)) {
			if theirs[i] != of.own[i] && of.theirs != "" {
				return fmt.Errorf("%s %d is %s in the scenario of the agent of %s, and %s in that of the "+
					"agent of %s: load the same scenario file", of.kind, i+1, theirs[i], n.name(from), of.own[i],
					n.name(n.config.Region))
			}
		}
	}
	return nil
}

// lacksRules says that this agent does not know a version of the rules.
func (n *Node) lacksRules(version uint16) error {
	if version <= n.replica.rules {
		return nil
	}
	return fmt.Errorf("a log under rules %d would stop the agent of %s, which knows them up to %d",
		version, n.name(n.config.Region), n.replica.rules)
}

// lacksPolicy says that the agent of a region does not act under a policy, or does not know a
// version of the rules, or is not heard, or nothing.
func (n *Node) lacksPolicy(
	ctx context.Context, r model.RegionID, policy failover.Digest, version uint16,
) string {
	asking, cancel := context.WithTimeout(ctx, 2*n.config.Times.Heartbeat)
	defer cancel()
	answer, err := n.ask(asking, r, askPolicies, binary.LittleEndian.AppendUint16(nil, version))
	if err != nil {
		return fmt.Sprintf("the agent of %s does not say which policies it has: %v", n.name(r), err)
	}
	for len(answer) > len(policy) && answer[0] == said {
		if failover.Digest(answer[1:1+len(policy)]) == policy {
			return ""
		}
		answer = append([]byte{said}, answer[1+len(policy):]...)
	}
	return fmt.Sprintf("the files of the agent of %s lack policy %s: have it load the new scenario "+
		"file, and the former one too", n.name(r), policy.Short())
}

// refusesChange says why the leader does not bring the log under the policy of a proposal, or
// nothing. Each agent that is heard of has to have it: one that lacked it would stop acting.
func (n *Node) refusesChange(ctx context.Context, e *Entry) string {
	v := n.replica.View()
	next, err := failover.DecodePolicy(e.Policy)
	if err != nil {
		return err.Error()
	}
	_, version := e.Event.Names()
	switch under := v.State.Under; {
	case v.Policy == nil:
		return "the log has not begun"
	case n.lacksRules(version) != nil:
		return n.lacksRules(version).Error() + ": run the later release there first"
	case version < under.Rules:
		return fmt.Sprintf("the log is under rules %d, and the change names rules %d: ask an agent of "+
			"the later release", under.Rules, version)
	case next.Digest() == under.Policy && version == under.Rules:
		return ""
	}
	if why := next.RefusesChange(&v.State); why != "" {
		return why
	}
	var lost model.RegionSet
	if n.config.Members != nil {
		lost = n.config.Members.Lost()
	}
	members, _ := n.Members()
	var asked sync.WaitGroup
	var whys [model.MaxRegions]string
	for r := range model.RegionID(len(n.config.Names)) {
		switch member := members.Has(r); {
		case r == n.config.Region:
		case member && v.Policy.Voters.Has(r) && !next.Voters.Has(r):
			whys[r] = fmt.Sprintf("the new scenario lacks %s: redoubt members remove it first", n.name(r))
		case !member && next.Voters.Has(r) && !v.Policy.Voters.Has(r):
			whys[r] = fmt.Sprintf("the agent of %s does not belong to the group: redoubt members add it "+
				"first", n.name(r))
		case member && next.Voters.Has(r) && !lost.Has(r):
			asked.Go(func() { whys[r] = n.lacksPolicy(ctx, r, next.Digest(), version) })
		}
	}
	asked.Wait()
	var all []string
	for _, why := range whys {
		if why != "" {
			all = append(all, why)
		}
	}
	return strings.Join(all, "; ")
}

// ChangePolicy brings the log under the policy of the agent's own scenario, and under the rules of
// its release, as a person orders, and returns the index of the change, or 0 where the log is under
// them already. It comes about only while all voters' agents that are heard of have that policy in
// their files and know the rules, and until it does all go on under the former ones. The error is,
// or wraps, ErrNoLeader, ErrUnknown or a RefusedError with the reason.
func (n *Node) ChangePolicy(ctx context.Context, who, why string) (uint64, error) {
	next := &n.config.Policies[0]
	if err := n.barrier(ctx); err != nil {
		return 0, err
	}
	v := n.replica.View()
	if n.isUnder(&v.State, next) {
		return 0, nil
	}
	if why := next.RefusesChange(&v.State); why != "" {
		return 0, &RefusedError{Why: why}
	}
	for range changeTries {
		index, err := n.Propose(ctx, Proposal{
			Event: n.policyEvent(next), Policy: failover.AppendPolicy(nil, next),
			Who: who, Why: why,
		})
		if err == nil {
			err = n.applied(ctx, index)
		}
		switch v = n.replica.View(); {
		case n.isUnder(&v.State, next):
			n.config.Log.Info("the log is under another policy", "policy", next.Digest().Short(),
				"rules", v.State.Under.Rules, "who", who, "why", why)
			return max(index, 1), nil
		case err != nil && !errors.Is(err, ErrNoLeader):
			return 0, err
		case err == nil:
			return 0, &RefusedError{Why: "it was too late: " + next.RefusesChange(&v.State)}
		}
		if !sleep(ctx, retryMin) {
			return 0, err
		}
	}
	return 0, ErrNoLeader
}

// isUnder reports whether a state is under a policy, and the rules of this release.
func (n *Node) isUnder(s *failover.State, p *failover.Policy) bool {
	return s.Under.Rules == n.replica.rules && s.Under.Policy == p.Digest()
}

// policyEvent is the event that brings a log under a policy, and the rules of this release.
func (n *Node) policyEvent(p *failover.Policy) failover.Event {
	e := failover.PolicyEvent(0, p)
	e.Share = n.replica.rules
	return e
}

// changeTries is how often a change of policy is proposed while nobody leads.
const changeTries = 20
