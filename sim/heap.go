package sim

// item is a thing that happens at a time. What a, b and c mean depends on the kind.
type item struct {
	at    int64
	order uint32
	kind  kind
	a, b  uint8
	c     int32
}

// queue holds items in the order of time and, at one time, of pushing. The earliest few are a
// sorted list with the earliest at its end, where what an incident leads to comes and goes by
// moving an item or two; all that is later, such as the outages to come, is a heap. BenchmarkHold
// in heap_test.go measures both.
type queue struct {
	near  [nearest]item
	count int
	far   heap
	next  uint32
}

// nearest is how many items the list holds: more than an incident mostly has under way, and so few
// that they lie in some cache lines.
const nearest = 16

func (q *queue) reset() { q.count, q.far, q.next = 0, q.far[:0], 0 }

func earlier(x, y *item) bool {
	if x.at != y.at {
		return x.at < y.at
	}
	return x.order < y.order
}

// push adds an item. The order would wrap after four billion pushes in one trial, far beyond what
// MaxEvents lets happen. Everything in the list stays before everything in the heap.
func (q *queue) push(it item) {
	it.order = q.next
	q.next++
	// What is pushed at one time comes after what was.
	full := q.count == nearest
	if len(q.far) > 0 && q.far[0].at <= it.at || full && q.near[0].at <= it.at {
		q.far.push(it)
		return
	}
	if full {
		q.far.push(q.near[0])
		q.count = copy(q.near[:], q.near[1:])
	}
	i := q.count
	for ; i > 0 && q.near[i-1].at <= it.at; i-- {
		q.near[i] = q.near[i-1]
	}
	// Field by field: what was just written in parts is slow to be read as a whole.
	slot := &q.near[i]
	slot.at, slot.order, slot.c = it.at, it.order, it.c
	slot.kind, slot.a, slot.b = it.kind, it.a, it.b
	q.count++
}

// pop removes the earliest item and returns where it lies until the next push, or nil when there is
// none.
func (q *queue) pop() *item {
	if q.count > 0 {
		q.count--
		return &q.near[q.count]
	}
	if len(q.far) == 0 {
		return nil
	}
	q.near[0] = q.far.pop()
	return &q.near[0]
}

// due reports whether there is an item at a time, or before it.
func (q *queue) due(at int64) bool {
	if q.count > 0 {
		return q.near[q.count-1].at <= at
	}
	return len(q.far) > 0 && q.far[0].at <= at
}

// heap is a 4-ary heap of items. A node's four children share a cache line or two, which makes it
// faster than a binary heap (LaMarca and Ladner, "The influence of caches on the performance of
// heaps", ACM Journal of Experimental Algorithmics 1, 1996).
type heap []item

func (h *heap) push(it item) {
	items := append(*h, it)
	*h = items
	i := len(items) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !earlier(&it, &items[parent]) {
			break
		}
		items[i] = items[parent]
		i = parent
	}
	items[i] = it
}

// pop removes and returns the earliest item of a heap that has one.
func (h *heap) pop() item {
	items := *h
	first, last := items[0], items[len(items)-1]
	items = items[:len(items)-1]
	*h = items
	if len(items) > 0 {
		sink(items, last)
	}
	return first
}

// sink puts an item in at the root and lets it down to its place.
func sink(items []item, it item) {
	i, n := 0, len(items)
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		least := child
		for other := child + 1; other < min(child+4, n); other++ {
			if earlier(&items[other], &items[least]) {
				least = other
			}
		}
		if !earlier(&items[least], &it) {
			break
		}
		items[i] = items[least]
		i = least
	}
	items[i] = it
}
