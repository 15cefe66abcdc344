package calibrate

import (
	"errors"
	"math/rand/v2"
	"time"

	"redoubt/model"
	"redoubt/wan"
)

// Lapse is how long a leader kept the lead over links that lose packets, and how long nobody led
// after it.
type Lapse struct{ Kept, Elected time.Duration }

// Lapses starts a group that is configured as redoubt's agents are, waits until the region given
// leads it and all is quiet, and has all links lose a share of the packets. It says when that
// leader steps down, since it has not heard of a quorum within its lease, and how long it takes
// until somebody leads. It belongs into a bubble of testing/synctest.
func Lapses(
	trips *model.Latency, regions, leader model.RegionID, heartbeat time.Duration, share float64,
) (Lapse, error) {
	group, err := newGroup(trips, regions, heartbeat, heartbeat/2)
	if err != nil {
		return Lapse{}, err
	}
	defer group.stop()
	if err := group.leadBy(leader); err != nil {
		return Lapse{}, err
	}
	time.Sleep(10*heartbeat + rand.N(10*heartbeat))
	for len(group.left) > 0 { // Who led before the region given did.
		<-group.left
	}
	since := time.Now()
	group.network.ChangeAll(func(l *wan.Link) { l.Loss = share })
	select {
	case <-time.After(24 * time.Hour):
		return Lapse{}, errors.New("the leader kept the lead for a day")
	case left := <-group.left:
		select {
		case <-time.After(time.Hour):
			return Lapse{}, errors.New("nobody took the lead within an hour")
		case next := <-group.led:
			return Lapse{left.at.Sub(since), next.at.Sub(left.at)}, nil
		}
	}
}
