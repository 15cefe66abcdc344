package api_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"redoubt/api"
)

// Whoever is refused is counted as that, once, and said; nothing of it comes into the log. Who is
// let in and asks for what cannot be is refused too; what the policy has judged is answered.
func TestWhoIsRefusedIsCounted(t *testing.T) {
	file, policy := estate(t)
	viewer, looks := api.NewToken(api.Person{Name: "vera", Role: api.Viewer})
	operator, acts := api.NewToken(api.Person{Name: "otto", Role: api.Operator})
	tokens, err := api.ReadTokens("tokens", []byte(looks+acts))
	if err != nil {
		t.Fatal(err)
	}
	const order = `{"verb": "pause", "why": "x", "name": "00000000000000ff"}`
	huge := `{"verb": "pause", "why": "` + strings.Repeat("x", 1<<15) + `"}`
	const asJSON = "Content-Type: application/json"
	for _, c := range []struct {
		name, asks, secret, header, body string
		want                             int
	}{
		{"no token", "GET /v1/status", "", "", "", 401},
		{"a wrong token", "GET /v1/status", "rdt_wrong", "", "", 401},
		{"a cut token", "GET /v1/status", viewer[:len(viewer)-1], "", "", 401},
		{"an order of nobody's", "POST /v1/orders", "", asJSON, order, 401},
		{"a viewer's order", "POST /v1/orders", viewer, asJSON, order, 403},
		{"a page of another site", "POST /v1/orders", operator,
			asJSON + "\nOrigin: https://elsewhere.example", order, 403},
		{"no such path", "GET /v2/status", "", "", "", 404},
		{"no such method", "DELETE /v1/status", viewer, "", "", 404},
		{"no such file", "GET /v1/archive/..%2fkeys", viewer, "", "", 404},
		{"an order that is none", "POST /v1/orders", operator, asJSON, "{\x00", 400},
		{"an oversized order", "POST /v1/orders", operator, asJSON, huge, 400},
		{"an order of another type", "POST /v1/orders", operator, "", order, 415},
		{"an order of no verb", "POST /v1/orders", operator, asJSON, `{"verb": "x", "why": "x"}`, 422},
		{"a place that is none", "GET /v1/history?after=-1", viewer, "", "", 400},
		{"an event that is none", "GET /v1/events?after=x", viewer, "", "", 400},
		{"a status", "GET /v1/status", viewer, "", "", 200},
		{"an order", "POST /v1/orders", operator, asJSON, order, 200},
		{"a replayed order", "POST /v1/orders", operator, asJSON, order, 409},
		{"an empty file", "GET /v1/archive/" + segment, viewer, "", "", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, log := newAgent(policy), &lines{}
			s := api.New(api.Config{
				Agent: a, Scenario: file, Tokens: tokens, Log: slog.New(slog.NewTextHandler(log, nil)),
			})
			web := httptest.NewServer(s.Handler())
			defer web.Close()
			want, lines := api.Counts{}, 0
			for _, status := range statuses(c.want) {
				if got := sends(t, web.URL, c.asks, c.secret, c.header, c.body); got != status {
					t.Errorf("got %d, want %d", got, status)
				}
				switch {
				case status != http.StatusOK && status != http.StatusConflict:
					want.Refused, lines = want.Refused+1, lines+1
				case c.body != "":
					want.Orders++
					fallthrough
				default:
					want.Answered++
				}
			}
			web.Close() // All handlers have ended.
			if got := s.Counts(); got != want || a.view.Index != want.Orders {
				t.Errorf("got %+v and %d entries, want %+v", got, a.view.Index, want)
			}
			status := fmt.Sprintf("status=%d ", c.want)
			if log.count("a request was refused") != lines || log.count(status) != lines {
				t.Errorf("the log says\n%s", log.text.String())
			}
		})
	}
}

// statuses are what a request is answered with when it is sent as often as it takes: what is
// replayed was there before.
func statuses(last int) []int {
	if last == http.StatusConflict {
		return []int{http.StatusOK, last}
	}
	return []int{last}
}

// sends makes a request with a header in lines, and returns the status of the answer.
func sends(t *testing.T, url, asks, secret, header, body string) int {
	t.Helper()
	method, path, _ := strings.Cut(asks, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(header) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		request.Header.Set(key, value)
	}
	if secret != "" {
		request.Header.Set("Authorization", "Bearer "+secret)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body) // So that the server has ended with it.
	return answer.StatusCode
}
