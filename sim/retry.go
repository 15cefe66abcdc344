package sim

import "math"

// Retries. A client makes a failed attempt again with a probability q, at once and at the same
// region, as long as attempts fail. If each succeeds with a probability p, a request is
//
//	1 + (1-p) q + ((1-p) q)^2 + ... = 1 / (1 - (1-p) q)
//
// attempts, and succeeds in the end with the probability p / (1 - (1-p) q). Every attempt that
// reaches an application costs it the same capacity, whatever becomes of it. A region with too
// little capacity for all attempts sheds some, which are made again too: what it admits is a fixed
// point.

// inTheEnd is the probability that a request succeeds in the end if each of its attempts does with
// a probability.
func (w *world) inTheEnd(p float64) float64 { return p * w.amplified(p) }

// amplified is how many attempts are made for a request if each succeeds with a probability.
func (w *world) amplified(p float64) float64 { return 1 / (1 - (1-p)*w.retries) }

// attempts is how many attempts are made for a request that is sent to a region, if it admits a
// share of them.
func (w *world) attempts(r int, admitted float64) float64 {
	if w.retries == 0 {
		return 1
	}
	writes := w.scenario.Traffic.WriteShare
	reads := (1 - writes) * w.amplified(admitted*w.readable[r])
	return reads + writes*w.amplified(admitted*w.accepts[r])
}

// persistent is the share of the requests of a load that succeed in the end at a region of a
// capacity.
func (w *world) persistent(r int, load, capacity float64) float64 {
	admitted, writes := w.admitted(r, load, capacity), w.scenario.Traffic.WriteShare
	return (1-writes)*w.inTheEnd(admitted*w.readable[r]) + writes*w.inTheEnd(admitted*w.accepts[r])
}

// through is the share of the requests of a load that succeed in the end at a region of a capacity,
// of those whose attempts succeed there with a probability once they are admitted.
func (w *world) through(r int, load, capacity, succeeds float64) float64 {
	if w.retries == 0 {
		return math.Min(1, capacity/load) * succeeds
	}
	return w.inTheEnd(w.admitted(r, load, capacity) * succeeds)
}

// admitted is the share of the attempts that a region has capacity for. The more of them it admits
// the fewer are made, but what it admits grows with that share all the same, so that there is one
// at which it is the capacity.
func (w *world) admitted(r int, load, capacity float64) float64 {
	if load*w.attempts(r, 1) <= capacity {
		return 1
	}
	low, high := 0.0, 1.0
	for high-low > 1e-15 {
		middle := (low + high) / 2
		if middle == low || middle == high {
			break
		}
		if load*middle*w.attempts(r, middle) < capacity {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
