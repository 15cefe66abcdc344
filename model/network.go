package model

import (
	"fmt"
	"math"
	"time"
)

// Link is what the way between two regions does to what goes over it while nothing is broken,
// beside taking their Latency. A pair without one delays and loses nothing more.
type Link struct {
	From, To RegionID
	// Jitter is how much longer than its Latency a round trip takes, drawn for each; half of it is
	// each way's.
	Jitter Distribution
	// Loss is the share of the packets that are lost from From to To, and LossBack of those that go
	// back, each packet for itself, in [0, 1).
	Loss, LossBack float64
}

// MaxJitter bounds the mean of Link.Jitter, as round trips are bounded.
const MaxJitter = 10 * time.Second

// Link is the link between two regions, seen from the first of them.
func (s *Scenario) Link(from, to RegionID) Link {
	for _, l := range s.Links {
		switch {
		case l.From == from && l.To == to:
			return l
		case l.From == to && l.To == from:
			return Link{From: from, To: to, Jitter: l.Jitter, Loss: l.LossBack, LossBack: l.Loss}
		}
	}
	return Link{From: from, To: to}
}

// Jitters reports whether round trips differ.
func (l *Link) Jitters() bool { return l.Jitter != Distribution{} }

// Noisy reports whether a question can go unanswered in time though both ends are well.
func (l *Link) Noisy() bool { return l.Jitters() || l.Loss > 0 || l.LossBack > 0 }

// MeanRTT is how long a round trip between two regions takes on average, when no packet is lost.
func (s *Scenario) MeanRTT(a, b RegionID) time.Duration {
	link := s.Link(a, b)
	return s.Latency[a][b] + time.Duration(math.Round(link.Jitter.Mean()*float64(time.Second)))
}

// MeanWay is half of MeanRTT, what one way takes.
func (s *Scenario) MeanWay(a, b RegionID) time.Duration { return s.MeanRTT(a, b) / 2 }

// links demands that each is between two regions and comes once, and that some packets arrive.
func (v *validator) links() {
	first := map[[2]RegionID]int{}
	for i, l := range v.s.Links {
		path := fmt.Sprintf("link[%d]", i)
		if int(max(l.From, l.To)) >= len(v.s.Regions) || l.From == l.To {
			v.add(path+".between", "", "%s.between must name two regions", path)
			continue
		}
		pair := [2]RegionID{min(l.From, l.To), max(l.From, l.To)}
		if before, twice := first[pair]; twice {
			v.add(path+".between", "", "the pair is linked twice, first by link[%d]", before)
		}
		first[pair] = i
		before := len(v.list)
		v.distribution(path+".jitter", l.Jitter, true)
		if len(v.list) == before && l.Jitter.Mean() > MaxJitter.Seconds() {
			v.add(path+".jitter", "", "%s.jitter has a mean of more than %s", path, short(MaxJitter))
		}
		v.arrives(path+".loss", l.Loss)
		v.arrives(path+".loss_back", l.LossBack)
	}
}

// arrives demands a share of lost packets that leaves some.
func (v *validator) arrives(path string, loss float64) {
	if !(loss >= 0 && loss < 1) {
		v.add(path, `a link over which nothing passes is a fault of kind "link-cut"`,
			"%s is from 0%% to less than 100%%, is %s", path, percent(loss))
	}
}

// How TCP on Linux sends again what was lost, over a connection in use: a while after it was sent,
// and after twice as long each next time (RFC 6298, 2.4 and 5.5). By these the simulator has what a
// fault loses arrive late, and so has the network on which real libraries are measured.
const (
	// ResendWait is how long it waits at least, beyond the round trip, before it sends a packet again
	// that nobody acknowledged: TCP_RTO_MIN of include/net/tcp.h.
	ResendWait = 200 * time.Millisecond
	// AnswerWait is how much longer an answer waits for that than a question: who sends it has its
	// round trips from acknowledgements that are held back for as long by who has nothing else to
	// send (TCP_DELACK_MAX of include/net/tcp.h).
	AnswerWait = 200 * time.Millisecond
)
