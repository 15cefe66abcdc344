package failover_test

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// exploration is every world that was met, and how: breadth first, so that the way to a violation
// is as short as can be.
type exploration struct {
	*machine
	codes  [][2]uint64
	parent []int32
	how    []uint8
	// table is an open hash table of places in codes, plus one; 0 is empty.
	table []int32
	edges int
	// made counts how often each move was possible.
	made []int
}

func explore(p *protocol) *exploration {
	x := &exploration{machine: newMachine(p), table: make([]int32, 1<<16)}
	x.made = make([]int, len(x.list))
	w := x.first()
	x.add(&w, -1, 0)
	return x
}

// slot is where a code is in the table, or would be.
func (x *exploration) slot(half [2]uint64) uint64 {
	mask := uint64(len(x.table) - 1)
	high, low := bits.Mul64(half[0]^0x9e3779b97f4a7c15, half[1]^0xd1b54a32d192ed03)
	at := (high ^ low ^ half[0]>>29 ^ half[1]>>31) & mask
	for x.table[at] != 0 && x.codes[x.table[at]-1] != half {
		at = (at + 1) & mask
	}
	return at
}

// add keeps a world that was not met before.
func (x *exploration) add(w *world, parent int32, how uint8) {
	half := w.pack()
	at := x.slot(half)
	if x.table[at] != 0 {
		return
	}
	x.codes, x.parent = append(x.codes, half), append(x.parent, parent)
	x.how = append(x.how, how)
	x.table[at] = int32(len(x.codes))
	if 2*len(x.codes) > len(x.table) {
		x.table = make([]int32, 2*len(x.table))
		for i, known := range x.codes {
			x.table[x.slot(known)] = int32(i + 1)
		}
	}
}

// run explores until nothing new is met, or a violation, or more worlds than a limit. It returns
// the violation with the way there.
func (x *exploration) run(limit int) error {
	for i := 0; i < len(x.codes) && len(x.codes) <= limit; i++ {
		w := unpack(x.codes[i])
		for how, mv := range x.list {
			next := w
			if !x.make(&next, mv) {
				continue
			}
			x.edges++
			x.made[how]++
			if x.err != nil {
				return fmt.Errorf("%w\n%s", x.err, x.way(int32(i), mv))
			}
			if broken := x.violation(&next); broken != "" {
				return fmt.Errorf("%s\n%s", broken, x.way(int32(i), mv))
			}
			if next != w {
				x.add(&next, int32(i), uint8(how))
			}
		}
	}
	return nil
}

// way tells the moves that lead to a world, and the last one.
func (x *exploration) way(i int32, last move) string {
	places := []int32{}
	for ; i >= 0; i = x.parent[i] {
		places = append(places, i)
	}
	slices.Reverse(places)
	var b strings.Builder
	for n, place := range places {
		w, mv := unpack(x.codes[place]), last
		if n+1 < len(places) {
			mv = x.list[x.how[places[n+1]]]
		}
		fmt.Fprintf(&b, "%3d  %s\n", n+1, x.tell(&w, mv))
	}
	return b.String()
}
