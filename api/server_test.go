package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"redoubt/api"
)

// send makes a request and returns the status and the body of the answer.
func send(t *testing.T, method, url, secret, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == "POST" {
		request.Header.Set("Content-Type", "application/json")
	}
	if secret != "" {
		request.Header.Set("Authorization", "Bearer "+secret)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestNobodyGetsInWithoutAToken(t *testing.T) {
	_, policy := estate(t)
	a := newAgent(policy)
	url, viewer, operator := served(t, a)
	order := `{"verb": "pause", "why": "a test"}`
	for _, c := range []struct {
		method, path, secret string
		want                 int
	}{
		{"GET", "/v1/status", "", http.StatusUnauthorized},
		{"GET", "/v1/status", "rdt_wrong", http.StatusUnauthorized},
		{"GET", "/v1/status", viewer[:len(viewer)-1], http.StatusUnauthorized},
		{"GET", "/v1/status", viewer, http.StatusOK},
		{"GET", "/v1/explain", "", http.StatusUnauthorized},
		{"GET", "/v1/members", "", http.StatusUnauthorized},
		{"GET", "/v1/history", "", http.StatusUnauthorized},
		{"GET", "/v1/archive", "", http.StatusUnauthorized},
		{"GET", "/v1/events", "", http.StatusUnauthorized},
		{"POST", "/v1/orders", "", http.StatusUnauthorized},
		{"POST", "/v1/orders", viewer, http.StatusForbidden},
		{"POST", "/v1/orders", operator, http.StatusOK},
		{"GET", "/v1/orders", operator, http.StatusNotFound},
		{"GET", "/", "", http.StatusNotFound},
		{"GET", "/livez", "", http.StatusOK},
	} {
		if got, body := send(t, c.method, url+c.path, c.secret, order); got != c.want {
			t.Errorf("%s %s with %q: got %d (%s), want %d", c.method, c.path, c.secret, got, body, c.want)
		}
	}
	if len(a.notes) != 1 || a.notes[0] != "otto: a test" {
		t.Errorf("got the orders %q, want the operator's alone, with who and why", a.notes)
	}
}

func TestOrdersAreAnswered(t *testing.T) {
	_, policy := estate(t)
	a := newAgent(policy)
	url, _, operator := served(t, a)
	c := client(t, url, operator)
	ctx := t.Context()
	answer, err := c.Order(ctx, api.Order{Verb: "pause", Why: "a test"})
	if err != nil || answer.Refused != "" || answer.Index != 1 || !a.view.State.Paused {
		t.Fatalf("got %+v, %v, want a policy that is paused", answer, err)
	}
	// The same order again, as after an answer that was lost: it is judged once.
	again, err := c.Order(ctx, api.Order{Verb: "pause", Why: "a test", Name: answer.Name})
	if err != nil || !strings.Contains(again.Refused, "heard before") {
		t.Errorf("got %+v, %v, want the order to be known", again, err)
	}
	for _, fails := range []error{api.ErrNoLeader, api.ErrUnknown, errors.New("the disk")} {
		a.fails = fails
		unknown, err := c.Order(ctx, api.Order{Verb: "resume", Why: "a test"})
		if err == nil || len(unknown.Name) != 16 {
			t.Errorf("when the agent says %v: got %+v, %v, want an error and the order's name", fails,
				unknown, err)
		}
		if strings.Contains(err.Error(), "disk") {
			t.Errorf("got %v, want nothing of the agent's inside", err)
		}
	}
	a.fails = nil
	if _, err := c.Order(ctx, api.Order{Verb: "failover", Why: "a test"}); err == nil ||
		!strings.Contains(err.Error(), "needs a region") {
		t.Errorf("got %v, want what is wrong with the order", err)
	}
}

// Whatever is on the way to an agent may answer in its place. An order counts as taken when the
// agent says so, and as refused when the agent says that.
func TestAnOrderIsTakenOnTheAgentsWordAlone(t *testing.T) {
	for _, c := range []struct {
		status         int
		body           string
		taken, unknown bool
	}{
		{200, `{"name": "x", "index": 7}`, true, false},
		{409, `{"index": 7, "refused": "it is paused"}`, false, false},
		{409, `{"refused": "it is no voter"}`, false, false},
		{422, `{"error": "say why"}`, false, false},
		{503, `{"error": "no leader is known"}`, false, false},
		{504, `{"error": "nobody can tell"}`, false, true},
		{200, `{}`, false, true},
		{200, `{"index": 7, "error": "x"}`, false, true},
		{200, `{"index": 7, "refused": "it is paused"}`, false, true},
		{202, `{"index": 7}`, false, true},
		{409, `{}`, false, true},
		{502, `{}`, false, true},
		{502, `{"index": 7}`, false, true},
		{502, `<html>Bad Gateway</html>`, false, true},
		{200, ``, false, true},
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		answer, err := client(t, web.URL, "x").Order(t.Context(), api.Order{Verb: "pause", Why: "x"})
		web.Close()
		taken := err == nil && answer.Refused == "" && answer.Index > 0
		if taken != c.taken || errors.Is(err, api.ErrUnknown) != c.unknown || len(answer.Name) != 16 {
			t.Errorf("%d %s: got %+v, %v; want taken %v, unknown %v, and the name", c.status, c.body, answer,
				err, c.taken, c.unknown)
		}
	}
}

func TestBadRequests(t *testing.T) {
	_, policy := estate(t)
	a := newAgent(policy)
	url, viewer, operator := served(t, a)
	for _, body := range []string{
		"", "null x", "[]", `{"verb": "pause", "why": "x", "extra": 1}`, `{"verb": 1}`, "\x00\xff",
		`{"verb": "pause", "why": "` + strings.Repeat("x", 1<<15) + `"}`,
		`{"verb": "pause", "why": "x"}` + strings.Repeat(" ", 1<<15),
		`{"verb": "pause", "why": "x"} {"verb": "resume", "why": "x"}`, `{"verb": "pause", "why": "x"}]`,
	} {
		if got, text := send(t, "POST", url+"/v1/orders", operator, body); got != http.StatusBadRequest {
			t.Errorf("%.40q: got %d (%s), want it refused", body, got, text)
		}
	}
	for _, query := range []string{"after=x", "most=-1", "after=1e3"} {
		if got, _ := send(t, "GET", url+"/v1/history?"+query, viewer, ""); got != http.StatusBadRequest {
			t.Errorf("%s: got %d, want it refused", query, got)
		}
	}
	if a.view.Index != 0 {
		t.Errorf("got %d entries, want none", a.view.Index)
	}
}

func TestReadiness(t *testing.T) {
	_, policy := estate(t)
	a := newAgent(policy)
	url, _, _ := served(t, a)
	if got, body := send(t, "GET", url+"/readyz", "", ""); got != http.StatusOK {
		t.Fatalf("got %d (%s), want it to be ready", got, body)
	}
	a.view.Unkept = "no room" // It takes part all the same, and its status says so.
	if got, body := send(t, "GET", url+"/readyz", "", ""); got != http.StatusOK {
		t.Errorf("got %d (%s), want it to be ready without an archive", got, body)
	}
	for name, change := range map[string]func(*api.View){
		"does not act": func(v *api.View) { v.Halted = "a safety rule failed" },
		"leader":       func(v *api.View) { v.Leader = 255 },
		"applied for":  func(v *api.View) { v.Applied = time.Hour },
		"was started":  func(v *api.View) { v.Applied = -1 },
		"not begun":    func(v *api.View) { v.State.Under.Rules = 0 },
	} {
		before := a.view
		change(&a.view)
		got, body := send(t, "GET", url+"/readyz", "", "")
		if got != http.StatusServiceUnavailable || !strings.Contains(body, name) {
			t.Errorf("got %d (%s), want it not to be ready, and %q", got, body, name)
		}
		a.view = before
	}
}

// A stream tells every entry once and in order, from where the client left off.
func TestEventsAreToldInOrder(t *testing.T) {
	_, policy := estate(t)
	a := newAgent(policy)
	url, viewer, _ := served(t, a)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const entries = 500
	told := make(chan uint64, entries)
	ready := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		first := true
		done <- client(t, url, viewer).Events(ctx, func(e *api.Entry) error {
			if first {
				first = false
				close(ready)
			}
			told <- e.Index
			if e.Index == entries {
				return io.EOF
			}
			return nil
		})
	}()
	a.sayAll(time.Second, 0, 0) // The stream may begin anywhere in these.
	for range entries {
		select {
		case <-ready:
		default:
			time.Sleep(time.Millisecond)
		}
		if a.View().Index < entries {
			a.sayAll(time.Duration(a.View().Index)*time.Second, 0, 0)
		}
	}
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Fatalf("got %v, want the end that the reader asked for", err)
	}
	close(told)
	last := uint64(0)
	for index := range told {
		if last != 0 && index != last+1 {
			t.Fatalf("after %d: got %d, want every entry once", last, index)
		}
		last = index
	}
}

// Who reads an archive that ends too early is told.
func TestArchiveThatIsCutShort(t *testing.T) {
	_, policy := estate(t)
	a := newAgent(policy)
	url, viewer, _ := served(t, a)
	c := client(t, url, viewer)
	a.archive = strings.Repeat("log", 1000)
	var got strings.Builder
	listed, err := c.Segments(t.Context())
	if err != nil || len(listed) != 1 || listed[0].Size != int64(len(a.archive)) {
		t.Fatalf("got %v, %v, want the one file", listed, err)
	}
	if err := c.Segment(t.Context(), listed[0].Name, &got); err != nil || got.String() != a.archive {
		t.Fatalf("got %d bytes, %v, want all %d", got.Len(), err, len(a.archive))
	}
	a.cut = errors.New("the disk")
	if err := c.Segment(t.Context(), segment, io.Discard); err == nil {
		t.Error("got no error of a file that was cut short")
	}
	err = c.Segment(t.Context(), "../agent.key", io.Discard)
	if err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("got %v, want no file of that name", err)
	}
}

// A token is not sent where anybody on the way could read it.
func TestClientsKeepTheirTokens(t *testing.T) {
	for address, good := range map[string]bool{
		"127.0.0.1:7402": true, "[::1]:7402": true, "localhost:7402": true, "http://127.0.0.1:1": true,
		"https://agent.example:7402": true, "agent.example:7402": false, "http://10.0.0.1:7402": false,
		"ftp://127.0.0.1": false, "": false, "http://": false, "http://localhost.example": false,
	} {
		if _, err := api.NewClient(address, "secret", nil); (err == nil) != good {
			t.Errorf("%q: got %v, want it to be good: %t", address, err, good)
		}
	}
}

func TestTokenFilesThatAreWrong(t *testing.T) {
	_, line := api.NewToken(api.Person{Name: "vera", Role: api.Viewer})
	sum := strings.Fields(line)[2]
	for text, want := range map[string]string{
		"vera viewer":                   "tokens:1: a line has",
		"\nvera boss " + sum:            `tokens:2: "boss" is no role`,
		"vera nobody " + sum:            "is no role",
		"vera viewer " + sum[1:]:        "64 hexadecimal",
		"vera viewer " + sum[:62] + "x": "64 hexadecimal",
		line + line:                     "tokens:2: the same token",
	} {
		if _, err := api.ReadTokens("tokens", []byte(text)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
