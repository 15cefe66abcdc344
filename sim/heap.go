package sim

// item is a thing that happens at a time. What a, b and c mean depends on the kind.
type item struct {
	at    int64
	order uint32
	kind  kind
	a, b  uint8
	c     int32
}

// queue is a 4-ary heap of items, ordered by time and, at one time, by the order of pushing. A
// node's four children share a cache line or two, which makes it faster than a binary heap (LaMarca
// and Ladner, "The influence of caches on the performance of heaps", ACM Journal of Experimental
// Algorithmics 1, 1996). BenchmarkHold in heap_test.go measures it.
type queue struct {
	items []item
	next  uint32
}

func (q *queue) reset() { q.items, q.next = q.items[:0], 0 }

func earlier(x, y *item) bool {
	if x.at != y.at {
		return x.at < y.at
	}
	return x.order < y.order
}

// push adds an item. The order would wrap after four billion pushes in one trial, far beyond what
// MaxEvents lets happen.
func (q *queue) push(it item) {
	it.order = q.next
	q.next++
	q.items = append(q.items, it)
	i := len(q.items) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !earlier(&it, &q.items[parent]) {
			break
		}
		q.items[i] = q.items[parent]
		i = parent
	}
	q.items[i] = it
}

// pop removes and returns the earliest item; it is false when there is none.
func (q *queue) pop() (item, bool) {
	if len(q.items) == 0 {
		return item{}, false
	}
	first := q.items[0]
	last := q.items[len(q.items)-1]
	q.items = q.items[:len(q.items)-1]
	if len(q.items) > 0 {
		q.sink(last)
	}
	return first, true
}

// sink puts an item in at the root and lets it down to its place.
func (q *queue) sink(it item) {
	i, n := 0, len(q.items)
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		least := child
		for other := child + 1; other < min(child+4, n); other++ {
			if earlier(&q.items[other], &q.items[least]) {
				least = other
			}
		}
		if !earlier(&q.items[least], &it) {
			break
		}
		q.items[i] = q.items[least]
		i = least
	}
	q.items[i] = it
}
