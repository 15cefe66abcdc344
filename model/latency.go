package model

import "time"

// MaxBusy bounds how many servers the mean load of a scenario keeps busy, its requests a second
// times their Traffic.ServiceTime: what a queue is worked out for one by one.
const MaxBusy = 100_000

// PopulationLatency is how long the requests of a population take, from its nearest region to where
// they are answered and back: when all is well, and once the primary's region was lost, what takes
// over has grown to what it can, and all users have followed. Slow is when all is well but for the
// late answers and the lost packets of the timeline, all at once; it is zero where there are none.
type PopulationLatency struct {
	Population        string
	Well, Moved, Slow Delay
}

// Delay is how long requests take under a load that stays. Shed is the share that is sent where
// there is no capacity for it, from 0 to 1. Where the load is as much as the capacity, or more, a
// queue never settles, and the others are 0.
type Delay struct {
	P50, P95, P99 time.Duration
	Shed          float64
}
