package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// keepalive is how often a stream that has nothing to tell says so: a proxy, or a client, that
// hears nothing takes it for dead.
const keepalive = 15 * time.Second

// writeWait is how long a reader of a stream may take over one event.
const writeWait = 10 * time.Second

// events tells each entry of the log as it is applied, from the one after Last-Event-ID, or the
// parameter after, or else from now on. The id of an event is its index, so that a client that
// reconnects misses nothing that the agent still has.
func (s *Server) events(w http.ResponseWriter, r *http.Request, _ Person) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		refuse(w, http.StatusServiceUnavailable, "too many streams are open")
		return
	}
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		query := r.URL.Query()
		query.Set("after", id)
		r.URL.RawQuery = query.Encode()
	}
	after, err := number(r, "after", s.config.Agent.View().Index)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	stream := &stream{w: w, out: http.NewResponseController(w)}
	for err = stream.write(": the log from here on\n\n"); err == nil; {
		changed := s.config.Agent.Changed() // Taken before the look: what comes after it wakes us.
		if after, err = s.tell(stream, after); err != nil {
			break
		}
		select {
		case <-changed:
		case <-time.After(keepalive):
			err = stream.write(": nothing new\n\n")
		case <-r.Context().Done():
			return
		}
	}
	s.config.Log.Debug("a stream of events has ended", "error", err)
}

// toldAtOnce is how many entries are looked up together: what is older than an agent keeps in words
// is applied once more from the beginning of its file.
const toldAtOnce = 2000

// tell writes what came after an index, and returns the last one that was told.
func (s *Server) tell(stream *stream, after uint64) (uint64, error) {
	for {
		entries, err := s.config.Agent.History(after, toldAtOnce)
		if err != nil || len(entries) == 0 {
			return after, err
		}
		for i := range entries {
			data, err := json.Marshal(&entries[i])
			if err != nil {
				return after, fmt.Errorf("encode an entry: %w", err)
			}
			after = entries[i].Index
			text := fmt.Sprintf("id: %d\nevent: entry\ndata: %s\n\n", after, data)
			if err := stream.write(text); err != nil {
				return after, err
			}
		}
	}
}

// stream writes events, each within a time.
type stream struct {
	w   http.ResponseWriter
	out *http.ResponseController
}

func (s *stream) write(text string) error {
	if err := s.out.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return fmt.Errorf("bound a write: %w", err)
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("write to a stream: %w", err)
	}
	return s.out.Flush()
}
