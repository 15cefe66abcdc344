package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"redoubt/api"
	"redoubt/tui/feed"
)

// recordedAt is where a recording is kept, seen from the repository's root.
const recordedAt = "cmd/screenshots/recorded.json"

// regions are those of examples/three-agents whose agents are asked, in this order.
var regions = []string{"east", "west", "witness"}

// A wanted is a moment to be recorded: the first of which something is so, after the one before.
type wanted struct {
	name string
	is   func(r *feed.Reading) bool
}

// story is what has to come about, in this order.
var story = []wanted{
	{"calm", func(r *feed.Reading) bool {
		const begun = 3 // Seconds of the log: everybody was heard of by then.
		s := r.Status
		return s.Primary == "east" && s.Plan == nil && len(s.Warnings()) == 0 && s.At > begun &&
			copyIsKnown(s) &&
			!slices.ContainsFunc(s.Regions, func(g api.RegionStatus) bool { return g.Verdict == "down" })
	}},
	{"held", func(r *feed.Reading) bool {
		const shown = 2.0 // Seconds of the hold-down.
		gate := gateOf(r.Account, "east", "hold-down")
		return r.Status.Region == "west" && gate != nil && gate.Verdict == "hold" && gate.For != nil &&
			*gate.For >= shown
	}},
	{"plan", func(r *feed.Reading) bool {
		const begun = 0.5 // Seconds: its first steps are done, and the old lease is not over yet.
		p := r.Status.Plan
		return p != nil && p.Leaves == "east" && p.To == "west" && p.For >= begun
	}},
	{"done", func(r *feed.Reading) bool {
		s := r.Status
		return s.Primary == "west" && s.Plan == nil && slices.Equal(s.Serving, []string{"west"})
	}},
}

// copyIsKnown reports whether it is known of a copy of each store what would be lost.
func copyIsKnown(s *api.Status) bool {
	for i := range s.Stores {
		if !slices.ContainsFunc(s.Stores[i].Copies, func(c api.Copy) bool { return c.AtRisk != nil }) {
			return false
		}
	}
	return len(s.Stores) > 0
}

// gateOf is what a gate says of leaving a region as a whole, or nil.
func gateOf(account *api.Account, region, name string) *api.Gate {
	for i := range account.Scopes {
		scope := &account.Scopes[i]
		for j := range scope.Gates {
			if scope.Region == region && scope.Store == "" && scope.Gates[j].Gate == name {
				return &scope.Gates[j]
			}
		}
	}
	return nil
}

// recordAgents plays the loss of a region for real, with the demo, and keeps what the agents answer
// while it does.
func recordAgents(ctx context.Context, demo, program string, out io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "redoubt-recording")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := os.Chmod(folder, 0o711); err != nil { // The databases' owner passes through.
		return err
	}
	var said strings.Builder
	playing := exec.CommandContext(ctx, demo, "--redoubt", program, "--seeds", "1")
	playing.Env = append(os.Environ(), "TMPDIR="+folder)
	playing.Stdout, playing.Stderr = &said, &said
	playing.Cancel = func() error { return playing.Process.Signal(os.Interrupt) }
	if err := playing.Start(); err != nil {
		return err
	}
	played := make(chan error, 1)
	watching, end := context.WithCancel(ctx)
	defer end()
	go func() {
		played <- playing.Wait()
		end()
	}()
	r, problem := watch(watching, folder)
	if problem == nil {
		_ = playing.Process.Signal(os.Interrupt) // All that is wanted was seen.
	}
	var exit *exec.ExitError
	switch err := <-played; {
	case problem == nil:
	case errors.As(err, &exit) && exit.ExitCode() == exitSkipped:
		return fmt.Errorf("%w: %s", errMissing, strings.TrimSpace(said.String()))
	default:
		return fmt.Errorf("recording: %w\n%s", problem, said.String())
	}
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	recorded = append(text, '\n')
	fmt.Fprintf(out, "%-12s recorded: %d moments\n", filepath.Base(recordedAt), len(r.Moments))
	return os.WriteFile(recordedAt, recorded, 0o644)
}

// watch asks the agents of a demo that runs in a folder, as the interface does, until all moments
// were seen.
func watch(ctx context.Context, folder string) (*recording, error) {
	sources, err := agentsIn(ctx, folder)
	if err != nil {
		return nil, err
	}
	r := &recording{
		When: time.Now().UTC().Truncate(time.Second), Of: "make demo (examples/three-agents)",
		Agents: regions,
	}
	agents := feed.New(sources...)
	ctx, end := context.WithCancel(ctx)
	defer end()
	go func() { // More often than people are shown it: some moments are short.
		for ctx.Err() == nil {
			agents.Wake()
			time.Sleep(100 * time.Millisecond)
		}
	}()
	agents.Run(ctx, func(heard feed.Reading) {
		next := len(r.Moments)
		if heard.Err != nil || next == len(story) || !story[next].is(&heard) {
			return
		}
		r.Entries = heard.Entries
		r.Moments = append(r.Moments, moment{
			Name: story[next].name, By: heard.Status.Region, Status: *heard.Status,
			Account: *heard.Account, Members: *heard.Members,
		})
		if len(r.Moments) == len(story) {
			end()
		}
	})
	if next := len(r.Moments); next < len(story) {
		return nil, fmt.Errorf("the moment %q was not seen", story[next].name)
	}
	return r, nil
}

// listens finds where an agent's own file has its API be.
var listens = regexp.MustCompile(`(?m)^api = "([^"]+)"`)

// agentsIn waits for the files of a demo, and says how its agents are asked.
func agentsIn(ctx context.Context, folder string) (sources []feed.Source, err error) {
	for ctx.Err() == nil {
		found, _ := filepath.Glob(filepath.Join(folder, "*", "keys", "operator.token"))
		if len(found) == 0 {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		secret, err := os.ReadFile(found[0])
		if err != nil {
			return nil, err
		}
		sources = nil
		for _, region := range regions {
			file := filepath.Join(filepath.Dir(filepath.Dir(found[0])), region+".toml")
			text, _ := os.ReadFile(file) // It may be about to be written.
			at := listens.FindSubmatch(text)
			if at == nil {
				break
			}
			client, err := api.NewClient(string(at[1]), strings.TrimSpace(string(secret)), nil)
			if err != nil {
				return nil, err
			}
			sources = append(sources, feed.Source{Address: string(at[1]), Client: client})
		}
		if len(sources) == len(regions) {
			return sources, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, errors.New("there are no agents")
}
