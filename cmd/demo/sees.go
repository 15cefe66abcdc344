package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"redoubt/api"
)

// sight is since when a quorum sees a region down.
type sight struct {
	// since is in seconds of the log's time; known is false of nobody who is seen down.
	since float64
	known bool
}

// wall is when that was by the clock of this machine. An entry of the log has both times: any one
// of the leader's will do.
func (s sight) wall(entries []api.Entry) (time.Time, error) {
	if !s.known {
		return time.Time{}, errors.New("nobody was asked while a quorum saw the region down")
	}
	for i := range entries {
		if e := &entries[i]; e.At >= s.since {
			return e.Wall.Add(time.Duration((s.since - e.At) * float64(time.Second))), nil
		}
	}
	return time.Time{}, errors.New("the history ends before a quorum saw the region down")
}

// sees asks an agent, again and again, what a quorum sees.
type sees struct {
	mu   sync.Mutex
	seen sight
}

// run asks until the context is over.
func (s *sees) run(ctx context.Context, agent *api.Client, region string) {
	for ctx.Err() == nil {
		sleep(ctx, sampleEvery)
		status, err := agent.Status(ctx)
		if err != nil {
			continue
		}
		for i := range status.Regions {
			if r := &status.Regions[i]; r.Region == region && r.Verdict == "down" {
				s.note(sight{status.At - r.DownFor, true})
			}
		}
	}
}

func (s *sees) note(seen sight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = seen
}

// last is what was seen last.
func (s *sees) last() sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}
