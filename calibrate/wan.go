package calibrate

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// MaxRegions is the largest number of regions that RoundTrips holds, as in package model.
const MaxRegions = 8

// RoundTrips holds the round trip between each two regions, the same both ways.
type RoundTrips [MaxRegions][MaxRegions]time.Duration

// errUnreachable is what a call to a region says that cannot be reached, after its timeout.
var errUnreachable = errors.New("no answer: the region is lost or cut off")

// WAN is the network between regions: a one-way delay for each pair, and who is lost or cut off.
type WAN struct {
	trips RoundTrips

	mu       sync.Mutex
	lost     [MaxRegions]bool
	isolated [MaxRegions]bool
}

// NewWAN returns a network in which all is well.
func NewWAN(trips *RoundTrips) *WAN { return &WAN{trips: *trips} }

// Lose loses a region: nothing reaches it any more, nor leaves it.
func (w *WAN) Lose(region int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost[region] = true
}

// Isolate cuts a region off from all others. What is on its way still arrives.
func (w *WAN) Isolate(region int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isolated[region] = true
}

// Reachable reports whether what is sent from a to b now will arrive.
func (w *WAN) Reachable(a, b int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.lost[a] && !w.lost[b] && (a == b || !w.isolated[a] && !w.isolated[b])
}

// Up reports whether a region runs.
func (w *WAN) Up(region int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.lost[region]
}

// OneWay is half a round trip.
func (w *WAN) OneWay(a, b int) time.Duration { return w.trips[a][b] / 2 }

// regionName and regionOf name regions in the terms of the libraries.
func regionName(region int) string { return fmt.Sprintf("r%d", region) }

func regionOf(name string) int {
	if len(name) != 2 || name[0] != 'r' {
		return -1
	}
	return int(name[1] - '0')
}
