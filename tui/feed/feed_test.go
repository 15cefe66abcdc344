package feed_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/tui/feed"
)

// agent answers as an agent would, of a log in which every third entry changed something, and not
// at all while it is mute.
type agent struct {
	region string
	index  atomic.Uint64
	mute   atomic.Bool
	orders atomic.Int64
	// asked are the indexes after which entries were asked for.
	asked atomic.Uint64
}

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var answer any
	switch {
	case a.mute.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case r.URL.Path == "/v1/status":
		answer = api.Status{Region: a.region, Index: a.index.Load()}
	case r.URL.Path == "/v1/explain":
		answer = api.Account{Region: a.region}
	case r.URL.Path == "/v1/members":
		answer = api.Members{Leader: a.region}
	case r.URL.Path == "/v1/orders":
		a.orders.Add(1)
		answer = api.Answer{Index: a.index.Add(1)}
	case r.URL.Path == "/v1/history":
		after, _ := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
		a.asked.Store(after)
		var entries []api.Entry
		for i := after + 1; i <= a.index.Load() && len(entries) < 1000; i++ {
			entries = append(entries, api.Entry{Index: i, Routine: i%3 != 0})
		}
		answer = map[string]any{"entries": entries}
	}
	_ = json.NewEncoder(w).Encode(answer) // Who asked finds out.
}

// source serves an agent until the test is over.
func source(t *testing.T, a *agent) feed.Source {
	t.Helper()
	web := httptest.NewServer(a)
	t.Cleanup(web.Close)
	client, err := api.NewClient(web.URL, "secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	return feed.Source{Address: web.URL, Client: client}
}

// run runs a feed until the test is over.
func run(t *testing.T, f *feed.Feed) <-chan feed.Reading {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	readings, ended := make(chan feed.Reading), make(chan struct{})
	go func() {
		defer close(ended)
		f.Run(ctx, func(r feed.Reading) {
			select {
			case readings <- r:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return readings
}

// until waits for a reading of which something is true, and has the agents be asked meanwhile.
func until(
	t *testing.T, f *feed.Feed, readings <-chan feed.Reading, is func(*feed.Reading) bool,
) feed.Reading {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case r := <-readings:
			if is(&r) {
				return r
			}
			f.Wake()
		case <-late:
			t.Fatal("it does not come about")
		}
	}
}

// says is of a reading whether a region's agent has answered.
func says(region string) func(*feed.Reading) bool {
	return func(r *feed.Reading) bool { return r.Err == nil && r.Status.Region == region }
}

// TestTheNextAgentIsAsked when one does not answer, and what was heard before stays until another
// has answered.
func TestTheNextAgentIsAsked(t *testing.T) {
	one, two := &agent{region: "one"}, &agent{region: "two"}
	f := feed.New(source(t, one), source(t, two))
	readings := run(t, f)
	until(t, f, readings, says("one"))
	one.mute.Store(true)
	lost := until(t, f, readings, func(r *feed.Reading) bool { return r.Err != nil })
	if lost.Status == nil || lost.Status.Region != "one" || lost.Lost <= 0 {
		t.Errorf("got %+v, want what was heard before, and for how long nothing was", lost)
	}
	again := until(t, f, readings, func(r *feed.Reading) bool { return r.Err == nil })
	if again.Status.Region != "two" || again.Lost != 0 {
		t.Errorf("got %+v, want the other agent's", again)
	}
	two.mute.Store(true)
	until(t, f, readings, func(r *feed.Reading) bool {
		return r.Err != nil && strings.Contains(r.Err.Error(), "503")
	})
	one.mute.Store(false)
	until(t, f, readings, says("one"))
}

// TestTheLogIsFollowed from a bounded while back on, without what is routine, each entry once.
func TestTheLogIsFollowed(t *testing.T) {
	a := &agent{region: "one"}
	a.index.Store(50_000)
	f := feed.New(source(t, a))
	readings := run(t, f)
	first := <-readings
	if from := a.asked.Load(); from != 30_000 {
		t.Errorf("the log is read after entry %d, want 20000 entries back", from)
	}
	kept := len(first.Entries)
	r := until(t, f, readings, func(r *feed.Reading) bool {
		return len(r.Entries) > 0 && r.Entries[len(r.Entries)-1].Index == 49_998
	})
	a.index.Store(50_010)
	r = until(t, f, readings, func(r *feed.Reading) bool {
		return r.Entries[len(r.Entries)-1].Index == 50_010
	})
	for i, e := range r.Entries {
		if e.Routine || i > 0 && e.Index != r.Entries[i-1].Index+3 {
			t.Fatalf("entry %d is %+v, after %+v", i, e, r.Entries[max(i-1, 0)])
		}
	}
	if len(r.Entries) != 500 || len(first.Entries) != kept {
		t.Errorf("%d entries are kept, and %d of the first reading", len(r.Entries), len(first.Entries))
	}
}

// TestAnOrderGoesToTheAgentThatIsAsked and what came of it is read at once.
func TestAnOrderGoesToTheAgentThatIsAsked(t *testing.T) {
	a := &agent{region: "one"}
	f := feed.New(source(t, a))
	readings := run(t, f)
	<-readings
	began := time.Now()
	answer, err := f.Order(t.Context(), api.Order{Verb: "pause", Why: "a test"})
	if err != nil || answer.Index != 1 || a.orders.Load() != 1 {
		t.Fatalf("got %+v, %v", answer, err)
	}
	until(t, f, readings, func(r *feed.Reading) bool { return r.Status.Index == 1 })
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
