package sim

import (
	"fmt"
	"math"
	"testing"
)

// The numbers of a check are even, and those of neighbours, of the same group or of two, have
// nothing to do with each other.
func TestLotsAreDrawnEvenly(t *testing.T) {
	const bins, draws = 50, 60_000
	for failures := 1; failures <= 6; failures++ {
		t.Run(fmt.Sprint(failures), func(t *testing.T) {
			l := newLots(newSource(seedOf(t), 0), 7, failures)
			var count [bins]float64
			both, last := [3]float64{}, [3]float64{1, 1, 1}
			for tick := range draws {
				u := l.tick(tick)
				if u < 0 || u >= 1 {
					t.Fatalf("tick %d has %g, outside [0, 1)", tick, u)
				}
				count[int(u*bins)]++
				for apart := range both {
					both[apart] += given(u < 0.3 && last[apart] < 0.3) / draws
				}
				last = [3]float64{u, last[0], last[1]}
			}
			chi := 0.0
			for _, n := range count {
				chi += (n - draws/bins) * (n - draws/bins) / (draws / bins)
			}
			near(t, "chi squared", chi, bins-1, math.Sqrt(2*(bins-1)))
			for apart, share := range both {
				near(t, fmt.Sprintf("both of two that are %d apart below 0.3", apart+1), share, 0.09,
					math.Sqrt(0.09*0.91/draws)*1.5) // Neighbours overlap.
			}
		})
	}
}

// The next run of small numbers is the one that a look at each of them finds, wherever the look
// begins: at a group or within it, and where one root ends and the next begins.
func TestTheNextRunIsFoundWithoutALookAtEach(t *testing.T) {
	for failures := 1; failures <= 6; failures++ {
		l := newLots(newSource(seedOf(t), failures), 3, failures)
		edge := l.group << lotsHeight
		found := 0
		for i, chance := range []float64{0.0001, 0.05, 0.3, 0.8} {
			for _, from := range []int{1, 50, 51, 52, edge - 40, edge - 1, edge} {
				until := from + 400 + i
				want, length := until, 0
				for tick := from; tick < until+failures && length < failures; tick++ {
					if length++; l.tick(tick) >= chance {
						length = 0
					}
					if length == failures && tick-failures+1 < until {
						want = tick - failures + 1
					}
				}
				if got := l.run(from, until, failures, chance); got != want {
					t.Errorf("%d below %g from %d: got %d, want %d", failures, chance, from, got, want)
				}
				found += int(given(want < until))
			}
		}
		if found == 0 || found == 28 {
			t.Errorf("of %d in a row %d runs were found", failures, found)
		}
	}
}

// Where runs are rare they are as far apart as they are rare: of k in a row, of which each is below
// a chance, one begins on average every (1 - q^k) / (q^k (1 - q)) ticks.
func TestOracleRunsAreAsRareAsTheyShouldBe(t *testing.T) {
	for _, c := range []struct {
		failures int
		chance   float64
	}{{1, 1e-4}, {2, 1e-2}, {3, 1e-2}, {3, 5e-3}, {5, 0.08}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			var waits sample
			for trial := range 400 {
				l := newLots(newSource(seedOf(t), trial), 1, c.failures)
				waits = append(waits, float64(l.run(0, math.MaxInt64>>8, c.failures, c.chance)))
			}
			run := math.Pow(c.chance, float64(c.failures))
			want := (1-run)/(run*(1-c.chance)) - float64(c.failures)
			near(t, "ticks before the run", waits.mean(), want, waits.standardError())
		})
	}
}

func BenchmarkNextRun(b *testing.B) {
	for _, chance := range []float64{1e-6, 1e-3, 1e-2} {
		b.Run(fmt.Sprint(chance), func(b *testing.B) {
			for i := range b.N { // A year at an interval of ten seconds.
				l := newLots(newSource(1, i), 1, 3)
				l.run(0, 3_153_600, 3, chance)
			}
		})
	}
}
