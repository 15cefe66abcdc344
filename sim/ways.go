package sim

import (
	"cmp"
	"math"
	"slices"
	"time"

	"redoubt/model"
)

// spread is how long something takes that does not always take as long, in ascending order: each
// with the share of the times in which it does. The shares sum to 1.
type spread []taking

// taking is one of these times, in nanoseconds, which are whole where nothing varies.
type taking struct{ nanoseconds, share float64 }

// steady is what always takes as long.
func steady(time time.Duration) spread { return spread{{float64(time), 1}} }

// spreadEnds are where the parts of a spread become finer, by the share that takes less: up to each
// there are spreadSteps of them, from the one before it on. So the slowest percent is known as well
// as the fastest.
var spreadEnds = [...]float64{0.9, 0.99, 0.999, 1}

const spreadSteps = 60

// spreadOf cuts what has quantiles, in seconds: each part takes as long as the middle of it.
func spreadOf(quantile func(u float64) float64) (all spread) {
	from := 0.0
	for _, to := range spreadEnds {
		step := (to - from) / spreadSteps
		for i := range spreadSteps {
			u := from + (float64(i)+0.5)*step
			all = append(all, taking{quantile(u) * 1e9, step})
		}
		from = to
	}
	return all
}

// mean is how long it takes on average, in nanoseconds.
func (s spread) mean() (sum float64) {
	for _, t := range s {
		sum += t.nanoseconds * t.share
	}
	return sum
}

// then is how long one takes after the other, each for itself.
func (s spread) then(next spread) spread {
	sums := make(spread, 0, len(s)*len(next))
	for _, a := range s {
		for _, b := range next {
			sums = append(sums, taking{a.nanoseconds + b.nanoseconds, a.share * b.share})
		}
	}
	slices.SortFunc(sums, func(a, b taking) int { return cmp.Compare(a.nanoseconds, b.nanoseconds) })
	if len(sums) <= max(len(s), len(next), spreadSteps) {
		return sums
	}
	return sums.cut()
}

// cut joins neighbours into parts as those of spreadOf. Each takes as long as its mean, so that the
// whole keeps its own.
func (s spread) cut() (all spread) {
	reached, before, next := 0.0, 0.0, 0
	for _, step := range spreadOf(func(u float64) float64 { return u }) {
		part, until := taking{}, before+step.share
		for ; next < len(s) && reached+s[next].share/2 < until; next++ {
			part.nanoseconds += s[next].nanoseconds * s[next].share
			part.share += s[next].share
			reached += s[next].share
		}
		if before = until; part.share > 0 {
			part.nanoseconds /= part.share
			all = append(all, part)
		}
	}
	return append(all, s[next:]...) // What rounding has left.
}

// trip is how long a question and its answer take from one region to another: the round trip, its
// jitter, and what is sent again because a packet was lost.
func trip(s *model.Scenario, from, to model.RegionID) spread {
	way, link := steady(s.Latency[from][to]), s.Link(from, to)
	if link.Jitters() {
		way = way.then(spreadOf(link.Jitter.Quantile))
	}
	if lost := either(link.Loss, link.LossBack); lost > 0 {
		way = way.then(resent(lost))
	}
	return way
}

// resent is how long a question waits for being sent again, where it or its answer is lost with a
// probability: after a second, then after two more, and so on (RFC 6298). The last millionth is not
// told apart any more.
func resent(lost float64) (all spread) {
	left, waited := 1.0, time.Duration(0)
	for wait := firstResend; left > rarest; wait *= 2 {
		arrived := left * (1 - lost)
		if left*lost <= rarest || wait > resentAtMost {
			arrived = left
		}
		all = append(all, taking{float64(waited), arrived})
		left -= arrived
		waited += wait
	}
	return all
}

const (
	rarest = 1e-6
	// resentAtMost is after how long nobody waits any more for what was sent last.
	resentAtMost = time.Minute
)

// longerTrip is how likely a question and its answer take some seconds longer than usual. What is
// lost either way is sent again after a second, then after two more, and so on (RFC 6298).
func longerTrip(link *model.Link, seconds float64) (share float64) {
	lost := either(link.Loss, link.LossBack)
	left, waited := 1.0, 0.0
	for wait := firstResend.Seconds(); left > 0 && waited <= seconds; wait *= 2 {
		arrived := left * (1 - lost)
		share += arrived * link.Jitter.Survival(seconds-waited)
		left -= arrived
		waited += wait
	}
	return share + left
}

// exceededBy is how many seconds a share of what takes at least some takes longer than.
func exceededBy(share, least float64, longer func(seconds float64) float64) float64 {
	low, width := least, 1e-3
	if longer(low) <= share {
		return low
	}
	for longer(low+width) > share && width < math.MaxFloat32 {
		width *= 2
	}
	for range 60 {
		if width /= 2; longer(low+width) > share {
			low += width
		}
	}
	return low
}

// majorityTrip is how long a write that comes to a region waits for a majority of those that have
// to hold it, of all stores of which that takes the longest on average, while only some are there.
func majorityTrip(
	s *model.Scenario, strategy model.Strategy, from model.RegionID, there model.RegionSet,
) spread {
	longest := steady(majorityRTT(s, strategy, from, there))
	for store := range s.Stores {
		voters := s.QuorumOf(model.StoreID(store), strategy)
		var links []model.Link
		noisy := false
		for r := range model.RegionID(len(s.Regions)) {
			if voters.Has(r) && there.Has(r) && r != from {
				links = append(links, s.Link(from, r))
				noisy = noisy || links[len(links)-1].Noisy()
			}
		}
		need := voters.Count() / 2
		if !noisy || need > len(links) {
			continue
		}
		waits := spreadOf(func(u float64) float64 {
			return exceededBy(1-u, 0, func(seconds float64) float64 {
				return fewer(s, links, need, seconds)
			})
		})
		if waits.mean() > longest.mean() {
			longest = waits
		}
	}
	return longest
}

// fewer is how likely fewer than a number of questions, asked at once, are answered in some
// seconds.
func fewer(s *model.Scenario, links []model.Link, than int, seconds float64) (share float64) {
	answered := make([]float64, len(links)+1) // How likely so many are, of those looked at.
	answered[0] = 1
	for i := range links {
		after := longerTrip(&links[i], seconds-s.Latency[links[i].From][links[i].To].Seconds())
		for n := i + 1; n >= 0; n-- {
			answered[n] *= after
			if n > 0 {
				answered[n] += answered[n-1] * (1 - after)
			}
		}
	}
	for n := range than {
		share += answered[n]
	}
	return share
}
