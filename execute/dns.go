package execute

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"redoubt/failover"
)

// DNS sees to it that the name servers of a zone answer from the state in which an action is to be
// done. The agents' own name servers, package zone, need nobody to change them: they answer from
// the state that their agent has applied, and say in which epoch that is. So a shift, or a
// diversion, is done as far as anybody can do it when they have come to its epoch: that it is done
// is committed then, and from that state they send the traffic. A verification looks whether they
// do.
type DNS struct {
	Names Names
	// Origin is the name of the zone.
	Origin string
	// Own is the address, with a port, of this agent's own name server, which has to answer. Others
	// are those that may be out of reach, as their region may: they must not be behind where they
	// answer.
	Own    string
	Others []string
	// Timeout is how long one may take to answer; 0 stands for 2 seconds.
	Timeout time.Duration
}

// said is what a name server says of the state that it answers from.
type said struct {
	epoch   failover.Epoch
	serving []string
}

// Do waits until the name servers answer as the action wants it.
func (d DNS) Do(ctx context.Context, a failover.Action) Result {
	switch a.Step {
	case failover.Shift, failover.Divert, failover.Verify, failover.Rehearse:
	default:
		return failed("a name server does not do the step %s", StepName(a.Step))
	}
	target := ""
	if a.Step == failover.Verify {
		target = d.Names.Region(a.Target)
	}
	epoch := a.Epoch
	if a.Step == failover.Rehearse {
		epoch = 0
	}
	so, seen := await(ctx, func() (bool, string) { return d.all(ctx, epoch, target) })
	if !so {
		return failed("%s", seen)
	}
	return done("%s", seen)
}

// all asks every name server.
func (d DNS) all(ctx context.Context, epoch failover.Epoch, target string) (bool, string) {
	var behind, words []string
	for i, server := range append([]string{d.Own}, d.Others...) {
		got, err := d.ask(ctx, server)
		switch {
		case err != nil && i == 0:
			behind = append(behind, fmt.Sprintf("%s does not answer: %v", server, err))
		case err != nil:
			words = append(words, fmt.Sprintf("%s does not answer", server))
		case got.epoch < epoch:
			behind = append(behind, fmt.Sprintf("%s is in epoch %d of %d", server, got.epoch, epoch))
		case target != "" && !slices.Contains(got.serving, target):
			behind = append(behind, fmt.Sprintf("%s sends traffic to %q and not to %s", server,
				strings.Join(got.serving, ","), target))
		default:
			words = append(words, fmt.Sprintf("%s answers in epoch %d", server, got.epoch))
		}
	}
	return len(behind) == 0, strings.Join(append(behind, words...), "; ")
}

// ask asks one name server for the epoch that stands in its zone, over TCP where an answer does not
// fit.
func (d DNS) ask(ctx context.Context, server string) (said, error) {
	query := new(dns.Msg)
	query.SetQuestion("_redoubt."+dns.Fqdn(d.Origin), dns.TypeTXT)
	query.RecursionDesired = false
	limit := cmp.Or(d.Timeout, 2*time.Second)
	ctx, end := context.WithTimeout(ctx, limit)
	defer end()
	reply, _, err := (&dns.Client{Timeout: limit}).ExchangeContext(ctx, query, server)
	if err == nil && reply.Truncated {
		reply, _, err = (&dns.Client{Net: "tcp", Timeout: limit}).ExchangeContext(ctx, query, server)
	}
	switch {
	case err != nil:
		return said{}, err
	case reply.Rcode != dns.RcodeSuccess || !reply.Authoritative:
		return said{}, fmt.Errorf("it answers %s, and is no authority for %s",
			dns.RcodeToString[reply.Rcode], d.Origin)
	}
	return readText(reply)
}

// readText reads the record that package zone writes.
func readText(reply *dns.Msg) (said, error) {
	var found said
	known := false
	for _, record := range reply.Answer {
		text, ok := record.(*dns.TXT)
		if !ok {
			continue
		}
		for _, field := range whole(text.Txt) {
			name, value, _ := strings.Cut(field, "=")
			switch name {
			case "epoch":
				number, err := strconv.ParseUint(value, 10, 32)
				if err != nil {
					return said{}, fmt.Errorf("its epoch is %q", value)
				}
				found.epoch, known = failover.Epoch(number), true
			case "serving":
				found.serving = strings.Split(value, ",")
			}
		}
	}
	if !known {
		return said{}, fmt.Errorf("it does not say in which epoch it is")
	}
	return found, nil
}

// whole puts together what was too long for one string of a record.
func whole(parts []string) (fields []string) {
	const longest = 255
	goesOn := false
	for _, part := range parts {
		if goesOn {
			fields[len(fields)-1] += part
		} else {
			fields = append(fields, part)
		}
		goesOn = len(part) == longest
	}
	return fields
}
