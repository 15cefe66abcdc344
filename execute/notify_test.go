package execute

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// desk is who hears of notices.
type desk struct {
	*httptest.Server
	heard  []map[string]any
	status int
}

func listens(t *testing.T) *desk {
	t.Helper()
	d := &desk{status: http.StatusAccepted}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		var said map[string]any
		if json.Unmarshal(text, &said) == nil && d.status < 300 {
			d.heard = append(d.heard, said)
		}
		w.WriteHeader(d.status)
	}))
	t.Cleanup(d.Close)
	return d
}

func notifier(t *testing.T, d *desk, routing string) *Notifier {
	t.Helper()
	return &Notifier{Routing: routing, Source: "shop", Webhook: &Webhook{
		Names: shop, URL: d.URL, Secrets: []Secret{key(t, "k")}, Tries: 1,
	}}
}

// alarm is about a store to which nobody may write.
var alarm = failover.Action{
	Kind: failover.Alarm, Epoch: 5, At: 7, Part: failover.OneStore, Store: 1, Region: model.NoRegion,
	Target: model.NoRegion,
}

// TestPeopleHearOnce of what stands, again of what could not be delivered, and that it is over.
func TestPeopleHearOnce(t *testing.T) {
	d := listens(t)
	n := notifier(t, d, "")
	d.status = http.StatusBadRequest
	if err := n.Deliver(t.Context(), slices.Values([]failover.Action{alarm})); err == nil {
		t.Error("what was not delivered passes for delivered")
	}
	d.status = http.StatusAccepted
	for range 2 {
		if err := n.Deliver(t.Context(), slices.Values([]failover.Action{alarm})); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Deliver(t.Context(), slices.Values[[]failover.Action](nil)); err != nil {
		t.Fatal(err)
	}
	if len(d.heard) != 2 || d.heard[0]["id"] != d.heard[1]["id"] || d.heard[1]["over"] != true {
		t.Fatalf("got %v, want it once, and once that it is over", d.heard)
	}
	if got := d.heard[0]["text"]; got !=
		"Nobody may write to carts in paris, and nothing is done about it." {
		t.Errorf("got %q", got)
	}
}

// TestAnAlarmSaysWhatTheGateFound when it is raised, beside the questions that stand, each of which
// is told under a name of its own; that it is over needs no reason.
func TestAnAlarmSaysWhatTheGateFound(t *testing.T) {
	d := listens(t)
	n := notifier(t, d, "")
	n.Why = func(a failover.Action) string {
		if a.Gate == 0 {
			return ""
		}
		return "oslo is 80s behind"
	}
	standing := []failover.Action{
		{Kind: failover.Ask, At: 7, Region: model.NoRegion, Subject: 1, Target: model.NoRegion},
		{Kind: failover.Ask, At: 7, Region: model.NoRegion, Subject: 2, Target: model.NoRegion},
		{
			Kind: failover.Alarm, At: 7, Region: model.NoRegion, Subject: 0, Target: 1,
			Gate: failover.LagGate,
		},
	}
	for _, stands := range [][]failover.Action{standing, nil} {
		if err := n.Deliver(t.Context(), slices.Values(stands)); err != nil {
			t.Fatal(err)
		}
	}
	names := map[any]int{}
	for _, said := range d.heard {
		names[said["id"]]++
	}
	if len(d.heard) != 6 || len(names) != 3 {
		t.Fatalf("got %v, want three things to be told, and that each is over", d.heard)
	}
	said := d.heard[2]
	if said["text"] != "Seen down, and not left: paris. The gate lag wants no more data at risk than "+
		"the policy allows. It found: oslo is 80s behind." || said["gate"] != "lag" ||
		said["why"] != "oslo is 80s behind" {
		t.Errorf("got %v", said)
	}
	for _, said := range d.heard[3:] {
		if said["why"] != nil || said["over"] != true {
			t.Errorf("got %v, want no reason for what is over", said)
		}
	}
}

// TestPagerDutyHears in the shape of its events.
func TestPagerDutyHears(t *testing.T) {
	d := listens(t)
	n := notifier(t, d, "R0UT1NG")
	if err := n.Deliver(t.Context(), slices.Values([]failover.Action{alarm})); err != nil {
		t.Fatal(err)
	}
	if err := n.Deliver(t.Context(), slices.Values[[]failover.Action](nil)); err != nil {
		t.Fatal(err)
	}
	first, last := d.heard[0], d.heard[1]
	payload, _ := first["payload"].(map[string]any)
	if first["routing_key"] != "R0UT1NG" || first["event_action"] != "trigger" ||
		payload["severity"] != "critical" || payload["source"] != "shop" || payload["summary"] == "" {
		t.Errorf("got %v", first)
	}
	if last["event_action"] != "resolve" || last["dedup_key"] != first["dedup_key"] {
		t.Errorf("got %v, want what was raised to be resolved", last)
	}
}

// TestANoticeIsSentOnce and whoever only looks sends nothing.
func TestANoticeIsSentOnce(t *testing.T) {
	d := listens(t)
	n := notifier(t, d, "")
	want(t, n.Do(t.Context(), notice(5, true)), Unknown, "nobody says")
	want(t, n.Do(t.Context(), notice(5, false)), Done, "")
	if len(d.heard) != 1 || d.heard[0]["text"] != "The plan of epoch 5, from paris to oslo, is done." {
		t.Errorf("got %v", d.heard)
	}
}

// TestEverythingHasASentence that people can read.
func TestEverythingHasASentence(t *testing.T) {
	for want, a := range map[string]failover.Action{
		"Shall paris to oslo be failed over? Up to 1m0s of writes may be lost.": {
			Kind: failover.Ask, Target: 1, Risk: 60e9},
		"A drill waits for a second person: from paris to oslo.": {
			Kind: failover.Ask, Target: 1, Drill: true},
		"Shall the traffic of paris go elsewhere?": {
			Kind: failover.Ask, Target: model.NoRegion},
		"Shall the traffic of paris go elsewhere, since the way to paris is lost?": {
			Kind: failover.Ask, Target: model.NoRegion, Part: failover.Routing},
		"carts in paris to oslo would be failed over now; the policy only advises. " +
			"Up to 5s of writes may be lost.": {
			Kind: failover.Tell, Target: 1, Part: failover.OneStore, Store: 1, Risk: 5e9},
		"The switchover of epoch 5, from paris to oslo, was given up.": {
			Kind: failover.Alarm, Epoch: 5, Target: 1, GivenUp: failover.Switchover},
		"The step fence of epoch 5 needs a person: from paris to oslo.": {
			Kind: failover.Alarm, Epoch: 5, Target: 1, Step: failover.Fence},
		"Seen down, and not left: the way to paris. The gate veto wants nobody to have forbidden it.": {
			Kind: failover.Alarm, Target: 1, Part: failover.Routing, Gate: failover.VetoGate},
		"The brake has tripped: nothing moves by itself until it is lifted. paris": {
			Kind: failover.Alarm, Target: model.NoRegion},
	} {
		if got := shop.MessageOf(a, false).Text; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
