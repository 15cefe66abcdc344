package probe_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/probe"
)

// TestARunnerSeesARealServerComeAndGo looks at a server that starts late, is killed and comes back,
// by its page and by its port.
func TestARunnerSeesARealServerComeAndGo(t *testing.T) {
	at := nobody(t)
	serve := func() *http.Server {
		listener, err := net.Listen("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: http.HandlerFunc(
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "all well") },
		)}
		go func() { _ = server.Serve(listener) }()
		return server
	}
	page := api()
	page.Interval, page.Timeout = 200*time.Millisecond, 150*time.Millisecond
	page.Probe = model.Probe{
		Kind: model.HTTPProbe, Target: "http://{host}/{region}", Status: 200, Body: "all well",
	}
	port := page
	port.Name, port.Probe = "port", model.Probe{Kind: model.TCPProbe, Target: "{host}"}
	verdicts := make(chan probe.Verdict, 100)
	r, err := probe.New(probe.Config{
		Scenario: shop(page, port), Observer: 1, Report: func(v probe.Verdict) { verdicts <- v },
		Addresses: map[model.RegionID]map[string]string{0: {"host": at}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- r.Run(ctx) }()
	becomes := func(down uint8) {
		t.Helper()
		late := time.After(30 * time.Second)
		for {
			select {
			case v := <-verdicts:
				if v.Subject == 0 && v.Known == 3 && v.Down == down {
					return
				}
			case <-late:
				t.Fatalf("nobody says %b: %+v", down, r.Looks())
			}
		}
	}
	becomes(3)
	server := serve()
	becomes(0)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	becomes(3)
	server = serve()
	defer server.Close()
	becomes(0)
	end()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}
