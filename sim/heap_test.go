package sim

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestQueueAgreesWithASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var slow []item
		for order := range uint32(rapid.IntRange(1, 300).Draw(t, "operations")) {
			if rapid.IntRange(0, 2).Draw(t, "pop") == 0 {
				got := q.pop()
				if (got != nil) != (len(slow) > 0) {
					t.Fatalf("operation %d: pop gives %v with %d items", order, got, len(slow))
				}
				if got != nil && *got != slow[0] {
					t.Fatalf("operation %d: got %+v, want %+v", order, *got, slow[0])
				}
				slow = slow[min(1, len(slow)):]
				continue
			}
			// Few different times, so that many items share one.
			it := item{at: rapid.Int64Range(-3, 3).Draw(t, "at"), order: q.next, c: int32(order)}
			q.push(it)
			place, _ := slices.BinarySearchFunc(slow, it, func(x, y item) int {
				if x.at <= y.at { // After all of its time: first in, first out.
					return -1
				}
				return 1
			})
			slow = slices.Insert(slow, place, it)
		}
	})
}

// BenchmarkHold is the hold model: the earliest of a number of pending items is taken, and one is
// put in at an exponential time after it.
func BenchmarkHold(b *testing.B) {
	for _, pending := range []int{10, 1_000, 100_000} {
		b.Run(fmt.Sprintf("pending=%d", pending), func(b *testing.B) {
			src, q := newSource(1, 0), queue{}
			const gaps = 1 << 12
			var gap [gaps]int64
			for i := range gap {
				gap[i] = int64(-1e9 * math.Log1p(-src.uniform(arrivals, i, 0)))
			}
			for i := range pending {
				q.push(item{at: gap[i%gaps]})
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				it := *q.pop()
				it.at += gap[i%gaps]
				q.push(it)
			}
		})
	}
}
