package metrics_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/metrics"
	"redoubt/model"
	"redoubt/scenarios"
)

// still is an agent that shows one view for ever.
type still struct{ view api.View }

func (s *still) View() api.View                           { return s.view }
func (s *still) Confirm(context.Context) error            { return nil }
func (s *still) Changed() <-chan struct{}                 { return nil }
func (s *still) History(uint64, int) ([]api.Entry, error) { return nil, nil }
func (s *still) Segments() ([]api.Segment, error)         { return nil, nil }
func (s *still) Segment(string, io.Writer) error          { return nil }
func (s *still) Order(context.Context, api.Proposal) (api.Receipt, error) {
	return api.Receipt{}, api.ErrNoLeader
}

// estate is an agent of the built-in scenario whose log says that region 0 is down.
func estate(t *testing.T) (*still, *model.Scenario) {
	t.Helper()
	file, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	strategy, _ := file.Strategy(model.HotStandby)
	policy, err := failover.NewPolicy(file, strategy)
	if err != nil {
		t.Fatal(err)
	}
	state := policy.Start()
	var did failover.Actions
	second := failover.Instant(time.Second)
	for o := range model.RegionID(len(file.Regions)) {
		e := failover.Event{
			Kind: failover.Reported, At: second, Region: o, Subject: 0, Sequence: 1,
			Known: 1<<policy.Checks - 1, Down: 1<<policy.Checks - 1,
		}
		if o != 0 {
			policy.Apply(&state, &e, &did)
		}
	}
	policy.Apply(&state, &failover.Event{
		Kind: failover.LagMeasured, At: 2 * second, Region: 1, Epoch: 1, Lag: 3 * time.Second,
	}, &did)
	return &still{view: api.View{
		State: state, Policy: policy, Index: 17, Term: 2, Leader: 1, Heard: policy.Voters.Without(0),
		Apart:   [model.MaxRegions][]string{1: {"executors", "hooks"}},
		Applied: 4 * time.Second, Behind: [model.MaxStores]api.Behind{{Bytes: 4096, Known: true}},
	}}, file
}

func counters() []metrics.Counter {
	return []metrics.Counter{
		{Name: "dns_queries", Help: "Queries.", Label: "result", Value: "answered",
			Count: func() uint64 { return 5 }},
		{Name: "dns_queries", Help: "Queries.", Label: "result", Value: "limited",
			Count: func() uint64 { return 6 }},
		{Name: "orders", Help: "Orders.", Count: func() uint64 { return 7 }},
	}
}

func TestFiguresAreThoseOfTheView(t *testing.T) {
	agent, file := estate(t)
	handler, err := metrics.Handler(metrics.Config{
		Agent: agent, Scenario: file, Counters: counters(),
	})
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	text := answer.Body.String()
	for _, want := range []string{
		"redoubt_log_index 17", "redoubt_log_term 2", "redoubt_log_applied_age_seconds 4",
		`redoubt_leader{region="eu-west-1"} 1`, `redoubt_leader{region="us-east-1"} 0`,
		`redoubt_primary{region="us-east-1"} 1`, `redoubt_region_seen_down{region="us-east-1"} 1`,
		`redoubt_region_seen_down{region="eu-west-1"} 0`, `redoubt_region_seen_up{region="us-east-1"} 0`,
		`redoubt_agent_heard_over_gossip{region="us-east-1"} 0`,
		`redoubt_scenario_parts_apart{region="eu-west-1"} 2`,
		`redoubt_scenario_parts_apart{region="us-east-1"} 0`,
		`redoubt_replica_lag_seconds{region="eu-west-1",store="orders"} 3`,
		`redoubt_replica_lag_bytes{store="orders"} 4096`,
		`redoubt_plan_running{kind="failover"} 0`, "redoubt_acts 1", "redoubt_archive_kept 1",
		"redoubt_epoch 1",
		`redoubt_dns_queries_total{result="answered"} 5`, `redoubt_dns_queries_total{result="limited"} 6`,
		"redoubt_orders_total 7", "go_goroutines",
	} {
		if !strings.Contains(text, want+"\n") && !strings.Contains(text, want+" ") {
			t.Errorf("got no %s in\n%s", want, text)
		}
	}
	agent.view.Unkept, agent.view.Applied = "the disk is full", -1
	answer = httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	text = answer.Body.String()
	if !strings.Contains(text, "redoubt_archive_kept 0\n") ||
		!strings.Contains(text, "redoubt_acts 1\n") {
		t.Error("an agent whose archive has failed does not say so, or not that it acts")
	}
	if strings.Contains(text, "redoubt_log_applied_age_seconds ") {
		t.Error("an age that nobody knows is told")
	}
	agent.view.Halted = "a safety rule failed"
	answer = httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(answer.Body.String(), "redoubt_acts 0\n") {
		t.Error("an agent that has stopped acting still says that it acts")
	}
}

// held is an agent whose view is waited for.
type held struct {
	still
	asked chan struct{}
	goOn  chan struct{}
}

func (h *held) View() api.View {
	h.asked <- struct{}{}
	<-h.goOn
	return h.still.View()
}

// Anybody may scrape, and no more than a few at once: the next one is refused, and none later.
func TestScrapesAtOnceHaveABound(t *testing.T) {
	agent, file := estate(t)
	slow := &held{still: *agent, asked: make(chan struct{}, 9), goOn: make(chan struct{})}
	handler, err := metrics.Handler(metrics.Config{Agent: slow, Scenario: file})
	if err != nil {
		t.Fatal(err)
	}
	scrape := func() (int, string) {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		return answer.Code, answer.Body.String()
	}
	const most = 4
	codes := make(chan int, most)
	for range most {
		go func() {
			code, _ := scrape()
			codes <- code
		}()
		<-slow.asked
	}
	if got, _ := scrape(); got != http.StatusServiceUnavailable {
		t.Errorf("one more than %d at once: got %d", most, got)
	}
	close(slow.goOn)
	for range most {
		if got := <-codes; got != http.StatusOK {
			t.Errorf("got %d, want the figures", got)
		}
	}
	got, text := scrape()
	const counted = `promhttp_metric_handler_requests_total{code="503"} 1`
	if got != http.StatusOK || !strings.Contains(text, counted) {
		t.Errorf("got %d later, and not %s:\n%s", got, counted, text)
	}
}

// Names, units and help are as Prometheus wants them.
func TestMetricsAreLintClean(t *testing.T) {
	agent, file := estate(t)
	made := metrics.New(metrics.Config{Agent: agent, Scenario: file, Counters: counters()})
	problems, err := testutil.CollectAndLint(made)
	if err != nil || len(problems) > 0 {
		t.Errorf("got %v, %v", problems, err)
	}
	if count := testutil.CollectAndCount(made); count < 30 {
		t.Errorf("got %d figures, want 30 at least", count)
	}
	agent.view.State = failover.State{} // Before the log has begun there is no region to speak of.
	if count := testutil.CollectAndCount(made); count != len(counters()) {
		t.Errorf("before the log has begun: got %d figures, want the %d counters", count, len(counters()))
	}
}
