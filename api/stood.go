package api

import (
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/units"
)

// Stood is when the clock of the log stood still, and for how long: nobody drives it on without a
// leader. What people are told to last counts that; what is decided does not.
type Stood struct {
	list  [stoodMost]stand
	count int
}

// stand is that the clock of the log stood still at an instant of its own.
type stand struct {
	at   failover.Instant
	long time.Duration
}

// stoodMost bounds how many times are told apart. What was before them counts as one.
const stoodMost = 32

// stoodLeast is what is shorter than to be told from the clocks of two leaders that disagree, and
// from the time that an election takes.
const stoodLeast = time.Second

// stoodTold is from when on it is told that the clock stood still, where what is shown has it: an
// election takes less.
const stoodTold = 5 * time.Second

// Add takes in that between two entries, of two leaders, the log's clock went from one instant to
// another while so much time went by on the clocks of those who stamped them.
func (s *Stood) Add(from, to failover.Instant, wall time.Duration) {
	still := wall - to.Sub(from)
	if still < stoodLeast {
		return
	}
	if s.count == stoodMost { // The two oldest become one: what lasts seems longer, never shorter.
		s.list[1].long += s.list[0].long
		copy(s.list[:], s.list[1:])
		s.count--
	}
	s.list[s.count] = stand{from, still}
	s.count++
}

// Since is for how long the log's clock stood still since an instant of the log.
func (s *Stood) Since(t failover.Instant) (all time.Duration) {
	for _, one := range s.list[:s.count] {
		if t <= one.at {
			all += one.long
		}
	}
	return all
}

// Lasted is how long something has lasted that people are told of: so many seconds by the log's
// clock, and so many for which that stood still meanwhile.
func Lasted(logged, stood float64) time.Duration { return units.Seconds(logged + stood) }

// Text is a loss in words: by the log's clock, in seconds and in writes, and how much more it may
// be, as that clock stood still.
func (l *Loss) Text() string {
	text := fmt.Sprintf("%s (%d writes)", units.Length(units.Seconds(l.Seconds)), l.Writes)
	if l.Stood > 0 {
		text += ", or " + units.Length(units.Seconds(l.Stood)) + " more"
	}
	return text
}
