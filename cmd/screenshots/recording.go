package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"redoubt/api"
)

// recorded is what real agents have answered: see record.go.
//
//go:embed recorded.json
var recorded []byte

// A recording is what agents answered at some moments, and what of their log decided or changed
// something until the last of them.
type recording struct {
	// When is when it was recorded, and Of what was played then.
	When time.Time `json:"when"`
	Of   string    `json:"of"`
	// Agents are the regions of those that were asked, in their order.
	Agents  []string    `json:"agents"`
	Moments []moment    `json:"moments"`
	Entries []api.Entry `json:"entries"`
}

// A moment is what one agent answered: that which the interface asked then.
type moment struct {
	Name    string      `json:"name"`
	By      string      `json:"by"`
	Status  api.Status  `json:"status"`
	Account api.Account `json:"account"`
	Members api.Members `json:"members"`
}

// readRecording reads one, strictly: a key that agents do not answer any more is an error.
func readRecording(text []byte) (*recording, error) {
	r := &recording{}
	from := json.NewDecoder(bytes.NewReader(text))
	from.DisallowUnknownFields()
	if err := from.Decode(r); err != nil {
		return nil, fmt.Errorf("the recording: %w", err)
	}
	for i := range r.Moments {
		if version := r.Moments[i].Status.SchemaVersion; version != api.SchemaVersion {
			return nil, fmt.Errorf("the recording: %s has version %d of the answers, not %d",
				r.Moments[i].Name, version, api.SchemaVersion)
		}
	}
	return r, nil
}

// A replay answers as the agents did at one of the moments.
type replay struct {
	*recording
	now     atomic.Pointer[moment]
	servers []*http.Server
}

// goTo has it be a moment, and says by which text of the screen that is known.
func (r *replay) goTo(name string) (shows string, err error) {
	for i := range r.Moments {
		if m := &r.Moments[i]; m.Name == name {
			r.now.Store(m)
			return fmt.Sprintf("entry %d;", m.Status.Index), nil
		}
	}
	return "", fmt.Errorf("there is no moment %q in the recording", name)
}

// agent answers as the agent of a region did, or breaks connections off where another one was
// asked.
func (r *replay) agent(region string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		now := r.now.Load()
		if now == nil || now.By != region {
			panic(http.ErrAbortHandler)
		}
		var answer any
		switch request.URL.Path {
		case "/v1/status":
			answer = now.Status
		case "/v1/explain":
			answer = now.Account
		case "/v1/members":
			answer = now.Members
		case "/v1/history":
			after, err := strconv.ParseUint(request.URL.Query().Get("after"), 10, 64)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			answer = map[string]any{"entries": r.between(after, now.Status.Index)}
		default:
			http.NotFound(w, request)
			return
		}
		_ = json.NewEncoder(w).Encode(answer) // Who asked finds out.
	})
}

// between are the entries after one, up to another one.
func (r *recording) between(after, last uint64) []api.Entry {
	found := []api.Entry{}
	for _, e := range r.Entries {
		if e.Index > after && e.Index <= last {
			found = append(found, e)
		}
	}
	return found
}

// addressOf is where an agent of the replay listens: where those of redoubt agent --dev do.
func addressOf(agent int) string {
	const first, step = 7402, 10
	return fmt.Sprintf("127.0.0.1:%d", first+step*agent)
}

// addresses are those of all of them.
func (r *replay) addresses() (all []string) {
	for i := range r.Agents {
		all = append(all, addressOf(i))
	}
	return all
}

// serve has all agents answer, until close.
func (r *replay) serve() error {
	for i, region := range r.Agents {
		listener, err := net.Listen("tcp", addressOf(i))
		if err != nil {
			return errors.Join(fmt.Errorf("the recorded agents need the address: %w", err), r.close())
		}
		server := &http.Server{Handler: r.agent(region), ReadHeaderTimeout: time.Minute}
		r.servers = append(r.servers, server)
		go func() { _ = server.Serve(listener) }() // It ends with close.
	}
	return nil
}

func (r *replay) close() (err error) {
	for _, server := range r.servers {
		err = errors.Join(err, server.Close())
	}
	return err
}
