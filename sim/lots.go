package sim

import "math"

// lots are the luck of one check's probes: for each tick a number drawn evenly from [0, 1), for
// itself, that is the same whoever asks and in which order. A probe fails where its number is below
// its chance to. They are not drawn tick by tick but from the top down, the least of a million
// first, then on which side of the middle it is, and what is the least on the other; so that the
// next run of small ones is found without a look at those before it.
//
// A run of k ticks holds at least one group whole of every g = (k + 1) / 2. So what is least is
// asked of groups, and of each of them its largest number: groups with all of them below a chance q
// are q^g rare, and nothing else is looked at.
type lots struct {
	src   source
	check uint64
	group int
}

// newLots are the lots of a check that says down after so many failures in a row.
func newLots(src source, check uint64, failures int) lots {
	return lots{src: src, check: check, group: (failures + 1) / 2}
}

// lotsHeight is how many times what a root spans is halved: 2^20 groups, four months of pairs at an
// interval of five seconds.
const lotsHeight = 20

// What the draws of a node are for, beside the halving of the node of each height above 0.
const (
	lotsWhich = 0
	lotsRoot  = lotsHeight + 1
	lotsOther = lotsHeight + 2
)

// draw is the number at a place of the tree.
func (l *lots) draw(what, i int) float64 { return l.src.keyed(linkLuck, l.check, i<<5|what) }

// leastOf is a quantile of the least of n numbers drawn evenly from [0, 1).
func leastOf(u float64, n int) float64 { return -math.Expm1(math.Log1p(-u) / float64(n)) }

// root is the least of all that a root spans.
func (l *lots) root(i int) float64 { return leastOf(l.draw(lotsRoot, i), 1<<lotsHeight) }

// halves are the least numbers of the halves of a node whose least is known: it is in either of
// them, and what is least in the other is anything above it.
func (l *lots) halves(height, i int, least float64) (left, right float64) {
	u := 2 * l.draw(height, i)
	if u < 1 {
		return least, least + (1-least)*leastOf(u, 1<<(height-1))
	}
	return least + (1-least)*leastOf(u-1, 1<<(height-1)), least
}

// first is the first group at or after one, below a node, whose number is below a limit, or -1.
func (l *lots) first(height, i int, least float64, from int, limit float64) int {
	switch {
	case least >= limit || (i+1)<<height <= from:
		return -1
	case height == 0:
		return i
	}
	left, right := l.halves(height, i, least)
	if found := l.first(height-1, 2*i, left, from, limit); found >= 0 {
		return found
	}
	return l.first(height-1, 2*i+1, right, from, limit)
}

// tick is the number of a tick. A group's own is the largest of its ticks' to the power of how many
// they are, which is even again.
func (l *lots) tick(tick int) float64 {
	group := tick / l.group
	i := group >> lotsHeight
	least := l.root(i)
	for height := lotsHeight; height > 0; height-- {
		left, right := l.halves(height, i, least)
		if i, least = 2*i, left; group>>(height-1)&1 == 1 {
			i, least = i+1, right
		}
	}
	largest := math.Pow(least, 1/float64(l.group))
	if tick%l.group == int(l.draw(lotsWhich, group)*float64(l.group)) {
		return largest
	}
	return largest * l.draw(lotsOther, tick)
}

// run is the first tick from one on, and before another, at which so many in a row begin whose
// numbers are below a chance, or the latter where there is none. It is exact for as many as the
// check says down after.
func (l *lots) run(from, until, length int, chance float64) int {
	// Where rounding parts a group's number from those of its ticks, it is looked at in vain.
	limit := math.Pow(chance, float64(l.group)) * (1 + 1e-9)
	for from < until {
		group := l.group * l.next(from/l.group, (until-1)/l.group, limit)
		if group < 0 {
			break
		}
		begin, end := max(group, from), max(group, from)
		for begin > from && l.tick(begin-1) < chance {
			begin--
		}
		for end < begin+length && l.tick(end) < chance {
			end++
		}
		if end == begin+length && begin < until {
			return begin
		}
		from = max(group+l.group, end)
	}
	return until
}

// next is the first group from one to another whose number is below a limit, or a negative one.
func (l *lots) next(from, to int, limit float64) int {
	for i := from >> lotsHeight; i <= to>>lotsHeight; i++ {
		if found := l.first(lotsHeight, i, l.root(i), from, limit); found >= 0 {
			return found
		}
	}
	return -1
}
