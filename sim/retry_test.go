package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// insistent is a single region of which a share of the requests fails, at a load that fills it to
// its utilisation, and clients who make a share of the failed attempts again.
func insistent(t *testing.T, utilisation, fails, again float64) *world {
	t.Helper()
	s := estate()
	s.Regions[home].Utilisation, s.Traffic.Retried = utilisation, again
	w := stage(t, s, model.SingleRegion, seedOf(t), home, model.Year)
	w.net.failing[home] = fails
	w.reviewAnswers()
	return w
}

// With a probability p of failing and q of trying again, a request is 1 / (1 - p q) attempts. While
// there is capacity for all of them (1 - p) / (1 - p q) of the requests succeed, and else as many
// as there is capacity for attempts, times 1 - p.
func TestRetriesAmplifyALoad(t *testing.T) {
	for _, c := range []struct {
		name                      string
		utilisation, fails, again float64
		attempts, succeed         float64
	}{
		{"nothing fails", 0.5, 0, 0.9, 1, 1},
		{"nobody tries again", 0.5, 0.4, 0, 1, 0.6},
		{"half try again", 0.5, 0.4, 0.5, 1 / 0.8, 0.6 / 0.8},
		{"nearly all try again", 0.5, 0.4, 0.99, 1 / 0.604, 0.6 / 0.604},
		// 1 / (1 - 0.8 x 0.9) is 3.57 attempts, with capacity for 2: 2 x 0.2 succeed.
		{"too many try again", 0.5, 0.8, 0.9, 1 / 0.28, 0.4},
		{"nothing succeeds", 0.5, 1, 0.9, 10, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := insistent(t, c.utilisation, c.fails, c.again)
			if got := w.attempts(int(home), 1); math.Abs(got-c.attempts) > 1e-9 {
				t.Errorf("got %g attempts for a request, want %g", got, c.attempts)
			}
			if got := w.served(w.now); math.Abs(got-c.succeed) > 1e-9 {
				t.Errorf("got %g of the requests served, want %g", got, c.succeed)
			}
		})
	}
}

// What is shed is tried again too: at a load L above the capacity C there are (L - q C) / (1 - q)
// attempts, and as many requests as there is capacity for succeed, whatever q.
func TestShedRequestsAreTriedAgain(t *testing.T) {
	for _, again := range []float64{0, 0.3, 0.9, 0.99} {
		w := insistent(t, 1, 0, again)
		w.capacity[home] = 0.8
		if got := w.served(w.now); math.Abs(got-0.8) > 1e-9 {
			t.Errorf("%g try again: got %g served, want 0.8", again, got)
		}
		if got := w.accepted(w.now); math.Abs(got-0.8) > 1e-9 {
			t.Errorf("%g try again: got %g of the writes accepted, want 0.8", again, got)
		}
		if again == 0 {
			continue
		}
		share := w.admitted(int(home), 1, w.capacity[home])
		if got, want := 0.8/share, (1-again*0.8)/(1-again); math.Abs(got-want) > 1e-9*want {
			t.Errorf("%g try again: got %g attempts, want %g", again, got, want)
		}
	}
}

// Writes that nobody accepts, tried again and again, take the capacity that reads need: with w of
// writes there are (1-w) + w / (1-q) attempts. Where that is more than the capacity K a share a of
// them is admitted, by the quadratic (1-w) a / (1 - q + q a) + w a / (1-q) = K.
func TestRetriedWritesShedReads(t *testing.T) {
	const capacity, writes, again = 1.5, 0.2, 0.9
	s := estate()
	s.Regions[home].Utilisation, s.Traffic.Retried = 1/capacity, again
	s.Traffic.WriteShare = writes
	w := stage(t, s, model.SingleRegion, seedOf(t), home, model.Year)
	w.accepts[home], w.readable[home], w.answers[home] = 0, 1, 1-writes
	// Times 1 - q + q a, with k = w / (1-q): q k a^2 + (1 - w + k (1-q) - q K) a - K (1-q) = 0.
	k := writes / (1 - again)
	a, b, c := again*k, 1-writes+k*(1-again)-again*capacity, -capacity*(1-again)
	admitted := (-b + math.Sqrt(b*b-4*a*c)) / (2 * a)
	if got := w.admitted(int(home), 1, w.capacity[home]); math.Abs(got-admitted) > 1e-9 {
		t.Errorf("got %g of the attempts admitted, want %g", got, admitted)
	}
	want := (1 - writes) * admitted / (1 - again*(1-admitted))
	if got := w.served(w.now); math.Abs(got-want) > 1e-9 || want > 0.99*(1-writes) {
		t.Errorf("got %g of the requests served, want %g, less than all reads", got, want)
	}
	if got := w.accepted(w.now); got != 0 {
		t.Errorf("got %g of the writes accepted, want none", got)
	}
}

// More capacity never serves less, and more that try again never serve more than there is capacity
// for: over a grid of loads, failures and shares.
func TestRetriesStayWithinTheCapacity(t *testing.T) {
	for _, again := range []float64{0.1, 0.5, 0.9, 0.99} {
		for _, fails := range []float64{0, 0.1, 0.5, 0.9} {
			before := 0.0
			for capacity := 0.05; capacity < 5; capacity += 0.05 {
				w := insistent(t, 1, fails, again)
				w.capacity[home] = capacity
				got := w.served(w.now)
				if got < before-1e-12 || got > min(1, capacity)+1e-12 {
					t.Fatalf("%g fail, %g again, capacity %g: %g served, %g with less", fails, again,
						capacity, got, before)
				}
				tries := w.admitted(int(home), 1, capacity)
				if tries*w.attempts(int(home), tries) > capacity+1e-9 {
					t.Fatalf("%g fail, %g again: %g attempts admitted with a capacity of %g", fails, again,
						tries*w.attempts(int(home), tries), capacity)
				}
				before = got
			}
		}
	}
}

// A load that goes with the hours, with retries of writes that nobody accepts: against a fine sum.
func TestRetriesOfAVaryingLoadAgreeWithAFineSum(t *testing.T) {
	s := daily(estate())
	s.Traffic.Retried, s.Traffic.WriteShare = 0.8, 0.3
	w := stage(t, s, model.SingleRegion, seedOf(t), home, model.Year)
	w.capacity[home] = 1.7
	w.accepts[home], w.readable[home], w.answers[home] = 0, 1, 0.7
	from, to, fine := warmup, warmup+int64(48*time.Hour), 0.0
	w.lost, w.incident = 0, incident{}
	w.integrate(from, to)
	const short = int64(10 * time.Second)
	for at := from; at < to; at += short {
		fine += w.failed(at+short/2) * float64(short)
	}
	if math.Abs(w.lost-fine) > 1e-5*fine {
		t.Errorf("got %.3f s lost, want %.3f s", w.lost/1e9, fine/1e9)
	}
}

// Requests of one kind, of which a share s succeeds once they are admitted, beside others that all
// do. At a load L above the capacity C a share a = C (1-q) / (L - q C) of the attempts is admitted,
// by all of them, so that of these requests a s / (1 - (1 - a s) q) succeed in the end.
func TestWhatPassesAFullRegionIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name                            string
		again, load, capacity, succeeds float64
		want                            float64
	}{
		{"room for all", 0, 0.5, 1, 0.6, 0.6},
		{"half of the room", 0, 2, 1, 0.6, 0.3},
		{"none fail, with half of the room", 0, 2, 1, 1, 0.5},
		{"room for all tries", 0.5, 0.5, 1, 0.6, 0.6 / 0.8},
		{"too little room", 0.5, 1, 0.8, 0.6, 0.4 / 0.7}, // a is 2/3.
		{"nothing succeeds", 0.5, 1, 0.8, 0, 0},
	} {
		w := insistent(t, 1, 0, c.again)
		got := w.through(int(home), c.load, c.capacity, c.succeeds)
		if math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: got %g of them through, want %g", c.name, got, c.want)
		}
	}
}
