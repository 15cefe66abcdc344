package feed_test

import (
	"context"
	"encoding/json"
	"errors"
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
	// leaderless agents know no leader, and those that refuse know nobody by the token.
	leaderless, refuses atomic.Bool
	// hangs holds answers up until it is closed.
	hangs  atomic.Pointer[chan struct{}]
	orders atomic.Int64
	// asked are the indexes after which entries were asked for.
	asked atomic.Uint64
}

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if let := a.hangs.Load(); let != nil {
		<-*let
	}
	var answer any
	switch {
	case a.refuses.Load():
		w.WriteHeader(http.StatusUnauthorized)
		answer = api.Answer{Error: "this needs a token"}
	case a.mute.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case r.URL.Path == "/v1/status":
		answer = api.Status{Region: a.region, Index: a.index.Load(), Leader: a.region}
		if a.leaderless.Load() {
			answer = api.Status{Region: a.region, Index: a.index.Load()}
		}
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

// silent is of a reading whether it says of each agent why it has not answered.
func silent(r *feed.Reading) bool {
	var each feed.Silence
	return errors.As(r.Err, &each)
}

// TestTheNextAgentIsAsked when one does not answer, without a word of a lost connection; where none
// answers that is said of each, and what was heard before stays until one has answered again.
func TestTheNextAgentIsAsked(t *testing.T) {
	one, two := &agent{region: "one"}, &agent{region: "two"}
	f := feed.New(source(t, one), source(t, two))
	readings := run(t, f)
	until(t, f, readings, says("one"))
	one.mute.Store(true)
	until(t, f, readings, func(r *feed.Reading) bool {
		if silent(r) {
			t.Fatalf("%v is said, while the other agent answers", r.Err)
		}
		return r.Status.Region == "two"
	})
	two.mute.Store(true)
	lost := until(t, f, readings, silent)
	if lost.Status == nil || lost.Status.Region != "two" || lost.Lost <= 0 || lost.Refused ||
		strings.Count(lost.Err.Error(), "the agent answers 503") != 2 {
		t.Errorf("got %+v, want what was heard before, and for how long nothing was", lost)
	}
	one.mute.Store(false)
	again := until(t, f, readings, says("one"))
	if again.Lost != 0 {
		t.Errorf("got %+v, want the other agent's", again)
	}
}

// TestAnAgentThatHangsHoldsNothingUp has the next one be asked while the first one says nothing.
func TestAnAgentThatHangsHoldsNothingUp(t *testing.T) {
	one, two := &agent{region: "one"}, &agent{region: "two"}
	let := make(chan struct{})
	one.hangs.Store(&let)
	f := feed.New(source(t, one), source(t, two))
	readings := run(t, f)
	t.Cleanup(func() { close(let) }) // Before the servers are closed, which wait for it.
	until(t, f, readings, says("two"))
}

// TestASilenceIsSaid while an agent has yet to answer, before it is given up.
func TestASilenceIsSaid(t *testing.T) {
	one := &agent{region: "one"}
	f := feed.New(source(t, one))
	readings := run(t, f)
	until(t, f, readings, says("one"))
	let := make(chan struct{})
	one.hangs.Store(&let)
	r := until(t, f, readings, func(r *feed.Reading) bool { return r.Err != nil })
	if !strings.Contains(r.Err.Error(), "no answer yet") || r.Status == nil {
		t.Errorf("got %+v, want that there is no answer yet", r)
	}
	until(t, f, readings, func(r *feed.Reading) bool {
		return silent(r) && strings.Contains(r.Err.Error(), "no answer within 3s")
	})
	one.hangs.Store(nil)
	close(let)
	until(t, f, readings, says("one"))
}

// TestAnAgentThatIsCutOffMakesWay for one that has a leader, and counts where there is none.
func TestAnAgentThatIsCutOffMakesWay(t *testing.T) {
	one, two := &agent{region: "one"}, &agent{region: "two"}
	f := feed.New(source(t, one), source(t, two))
	readings := run(t, f)
	until(t, f, readings, says("one"))
	one.leaderless.Store(true)
	until(t, f, readings, says("two"))
	two.leaderless.Store(true)
	two.index.Store(7)
	r := until(t, f, readings, func(r *feed.Reading) bool { return r.Status.Leader == "" })
	if r.Err != nil || r.Status.Region != "two" {
		t.Errorf("got %+v, want what the one says that has applied more", r)
	}
}

// TestWhatIsWrongIsSaidOnce of an agent that nobody runs, and of one that knows nobody by the
// token.
func TestWhatIsWrongIsSaidOnce(t *testing.T) {
	gone := source(t, &agent{region: "gone"})
	gone.Client, _ = api.NewClient("127.0.0.1:1", "secret", nil)
	gone.Address = "127.0.0.1:1"
	f := feed.New(gone)
	r := until(t, f, run(t, f), silent)
	if got := r.Err.Error(); got != "127.0.0.1:1: connection refused" || r.Refused {
		t.Errorf("got %q, refused %v", got, r.Refused)
	}
	stranger := &agent{region: "one"}
	stranger.refuses.Store(true)
	f = feed.New(gone, source(t, stranger))
	r = until(t, f, run(t, f), silent)
	if !r.Refused || !strings.Contains(r.Err.Error(), "this needs a token") {
		t.Errorf("got %v, refused %v", r.Err, r.Refused)
	}
}

// TestTheLogIsFollowed from a bounded while back on, without what is routine, each entry once.
func TestTheLogIsFollowed(t *testing.T) {
	a := &agent{region: "one"}
	a.index.Store(50_000)
	f := feed.New(source(t, a))
	readings := run(t, f)
	first := until(t, f, readings, says("one"))
	if from := a.asked.Load(); from != 30_000 {
		t.Errorf("the log is read after entry %d, want 20000 entries back", from)
	}
	if first.After != 30_000 {
		t.Errorf("what is kept is said to come after entry %d", first.After)
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
	if r.After != r.Entries[0].Index-1 {
		t.Errorf("the first that is kept is %d, and comes after %d", r.Entries[0].Index, r.After)
	}
	short := &agent{region: "two"}
	short.index.Store(30)
	f = feed.New(source(t, short))
	readings = run(t, f)
	for range 2 {
		if r := until(t, f, readings, says("two")); r.After != 0 {
			t.Errorf("a log that was read from its beginning is said to be from entry %d", r.After)
		}
	}
}

// TestAnOrderGoesToTheAgentThatIsAsked and what came of it is read at once.
func TestAnOrderGoesToTheAgentThatIsAsked(t *testing.T) {
	a := &agent{region: "one"}
	f := feed.New(source(t, a))
	readings := run(t, f)
	until(t, f, readings, says("one"))
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
