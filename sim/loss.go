package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// What packets do that a fault loses, to all that goes over a link. A probe is lost by itself
// (passes). What goes over TCP is sent again: most of it arrives late, and what nobody waits for
// any more is lost. Of what a link loses by nature only probes and users' waits tell (noise).

const (
	// firstResend is after how long a question is sent again over a connection of which nothing is
	// known (RFC 6298, 2.1). Each next time it takes twice as long (5.5).
	firstResend = time.Second
	// segment is how many bytes of data a packet holds: an Ethernet frame of 1,500 less the headers of
	// IPv4 and TCP.
	segment = 1460
	// acknowledged is for how many packets one acknowledgement comes (RFC 1122, 4.2.3.2).
	acknowledged = 2
)

// tries is how often something is sent of which the first is sent at once, the second after a wait,
// and each next after twice as long as the one before, while that is earlier than an end.
func tries(wait, end time.Duration) int {
	count := 1
	for at := wait; at < end; at += wait {
		count++
		wait *= 2
	}
	return count
}

// givenUp is the share of the questions that stay without an answer, where a share of those that
// are sent is lost, or its answer, in a number of tries.
func givenUp(lost float64, tries int) float64 { return math.Pow(lost, float64(tries)) }

// lossy is what is known of the links of a scenario beside the faults.
type lossy struct {
	// native is the share of the packets that each link loses from one region to another by nature.
	native [model.MaxRegions][model.MaxRegions]float64
	// waits is how often what an application asks of another region is sent while somebody waits.
	waits int
}

// newLossy reads them.
func newLossy(s *model.Scenario) (l lossy) {
	l.waits = tries(firstResend, resentAtMost)
	for a := range model.RegionID(len(s.Regions)) {
		for b := range model.RegionID(len(s.Regions)) {
			l.native[a][b] = s.Link(a, b).Loss
		}
	}
	return l
}

// lost is the share of the questions from one region to another that stay without an answer, sent
// once, where a fault has any; else 0. What a link loses by nature is counted with it.
func (l *lossy) lost(d *damage, a, b model.RegionID) float64 {
	if d.dropped[a][b] <= l.native[a][b] && d.dropped[b][a] <= l.native[b][a] {
		return 0
	}
	return either(d.dropped[a][b], d.dropped[b][a])
}

// part parts what lost packets do, beside the cuts: where most questions stay without an answer for
// as long as anybody waits.
func (l *lossy) part(d *damage) {
	d.torn = d.apart
	if d.dropped == l.native {
		return // As mostly.
	}
	for a := range model.RegionID(model.MaxRegions) {
		for b := range a {
			lost := l.lost(d, a, b)
			if lost == 0 {
				continue
			}
			d.lossy = true
			if givenUp(lost, l.waits) > 0.5 {
				d.torn[a], d.torn[b] = d.torn[a].With(b), d.torn[b].With(a)
			}
		}
	}
}

// crossing is what becomes of what an application asks of other regions for one request: the share
// that is answered, and of that the share that had to be sent again.
type crossing struct{ arrives, again float64 }

// crosses is what becomes of it where some of the stores are asked where they are written.
func (w *world) crosses(r model.RegionID, abroad func(r model.RegionID, store int) bool) crossing {
	arrives, once := 1.0, 1.0
	for store := range int(w.policy.Stores) {
		if !abroad(r, store) {
			continue
		}
		lost := w.net.links.lost(&w.net.damage, r, w.writers[store])
		arrives *= 1 - givenUp(lost, w.net.links.waits)
		once *= 1 - lost
	}
	return crossing{arrives, 1 - once/arrives}
}

// forwards reports whether an application brings its writes to a store to where it is written.
func (w *world) forwards(r model.RegionID, store int) bool {
	own := w.guards[r][store].open && w.net.runs(store, r)
	return !w.policy.MultiWriter && !own && w.writers[store].Valid()
}

// asks reports whether an application reads a store where it is written.
func (w *world) asks(r model.RegionID, store int) bool {
	return !w.usesOwn(r, store) && w.writers[store].Valid()
}

// throughput is how many bytes a second one connection of TCP gets through a way that loses a share
// of its packets, by the formula of Padhye, Firoiu, Towsley and Kurose (Modeling TCP Throughput: A
// Simple Model and its Empirical Validation, SIGCOMM 1998; RFC 5348, 3.1, has it without the least
// of 1), without a bound on the window.
func throughput(rtt time.Duration, lost float64) float64 {
	if lost <= 0 {
		return math.Inf(1)
	}
	wait := (rtt + model.ResendWait).Seconds()
	takes := rtt.Seconds()*math.Sqrt(2*acknowledged*lost/3) +
		wait*min(1, 3*math.Sqrt(3*acknowledged*lost/8))*lost*(1+32*lost*lost)
	return segment / takes
}

// throttle is how many seconds of writes, at their mean rate, a fault that loses packets lets
// through to a copy of a store in a second. Where every region writes, a copy receives from more
// than one, and nothing is said of it; nor where a majority holds every write.
func (w *world) throttle(store int, from, to model.RegionID) float64 {
	spec, t := &w.scenario.Stores[store], &w.scenario.Traffic
	lost := w.net.dropped[from][to]
	if w.policy.MultiWriter || spec.Kind.Synchronous() || lost <= w.net.links.native[from][to] {
		return math.Inf(1)
	}
	written := t.RequestsPerSecond * t.WriteShare * spec.WriteBytes
	return throughput(w.scenario.Latency[from][to], lost) / written
}

// receivable is how many of them a copy can receive: no more than the store has it receive either.
func (w *world) receivable(store int, from, to model.RegionID) float64 {
	return min(w.scenario.Stores[store].CatchUp, w.throttle(store, from, to))
}

// trails reports whether so much is lost on the way to a copy that it falls behind.
func (w *world) trails(store int, r model.RegionID) bool {
	return w.throttle(store, w.follows[r][store].region, r) < 1
}

// overLosses is a scenario whose links lose, beside what they do by nature, all that the faults of
// its timeline lose, at once; and whether any does.
func overLosses(s *model.Scenario) (over *model.Scenario, some bool) {
	worse := *s
	worse.Links = nil
	var d damage
	for i := range s.Timeline {
		if f := (outage{Fault: s.Timeline[i]}); f.Kind == model.PacketLoss {
			d.add(&f)
			some = true
		}
	}
	if !some {
		return s, false
	}
	for a := range model.RegionID(len(s.Regions)) {
		for b := range a {
			link := s.Link(a, b)
			link.Loss = either(link.Loss, d.dropped[a][b])
			link.LossBack = either(link.LossBack, d.dropped[b][a])
			worse.Links = append(worse.Links, link)
		}
	}
	return &worse, true
}
