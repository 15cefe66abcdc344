package probe_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/probe"
)

// secrets are what stands in addresses, and in what is looked at, that nobody may read elsewhere.
var secrets = []string{"hunter2", "token-5", "10.255.255.254", "\x1b[31m"}

// clean fails for each secret in a text.
func clean(t *testing.T, text string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%q has %q in it", text, secret)
		}
	}
}

// TestNoTextHasASecretInIt makes probes fail in every way there is, and reads all that they say and
// log.
func TestNoTextHasASecretInIt(t *testing.T) {
	talks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hunter2 \x1b[31m")
	}))
	defer talks.Close()
	web := strings.TrimPrefix(talks.URL, "http://")
	shut := listening(t, func(conn net.Conn) { _ = conn.Close() })
	babbles := listening(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "hunter2\n\x1b[31m") })
	silent := listening(t, func(net.Conn) {})
	http := model.Probe{Kind: model.HTTPProbe, Target: "{at}", Status: 204, Body: "x"}
	database := model.Probe{Kind: model.PostgreSQLProbe, Target: "{at}"}
	names := model.Probe{Kind: model.DNSProbe, Target: silent, Name: "{at}.example."}
	command := model.Probe{Kind: model.CommandProbe, Command: []string{"/bin/sh", "-c",
		"echo $SECRET $1; echo hunter2 >&2; exit 1", "sh", "{at}"}}
	var texts bytes.Buffer
	for _, c := range []struct {
		p  model.Probe
		at string
	}{
		{http, "http://me:hunter2@" + web + "/?key=token-5"},
		{http, "http://me:hunter2@" + shut + "/?key=token-5"},
		{http, "http://me:hunter2@" + babbles + "/?key=token-5"},
		{http, "http://me:hunter2@" + nobody(t) + "/?key=token-5"},
		{http, "https://me:hunter2@" + web + "/?key=token-5"},
		{http, "http://me:hunter2@hunter2.invalid/?key=token-5"},
		{http, "http://me:hunter2@" + silent + "/?key=token-5"},
		{database, "postgres://me:hunter2@" + shut + "/x"},
		{database, "postgres://me:hunter2@" + babbles + "/x"},
		{database, "postgres://me:hunter2@" + nobody(t) + "/x"},
		{database, "postgres://me:hunter2@" + silent + "/x?application_name=token-5"},
		{database, "host=hunter2.invalid user=me password=hunter2"},
		{names, "hunter2"}, {command, "token-5"},
		// These cannot be made.
		{http, "hunter2"}, {http, "http://me:hunter2@%zz/"}, {database, "postgres://me:hunter2@:x/"},
		{database, "password=hunter2 port=token-5"},
		{model.Probe{Kind: model.TCPProbe, Target: "{at}"}, "hunter2"},
		{model.Probe{Kind: model.DNSProbe, Target: silent, Name: "x.", Answer: "{at}"}, "hunter2"},
		{model.Probe{Kind: model.CommandProbe, Command: []string{"{at}"}}, "hunter2"},
	} {
		made, err := probe.Make(c.p, probe.Config{
			Scenario: shop(), Environment: []string{"SECRET=hunter2"},
			Addresses: map[model.RegionID]map[string]string{0: {"at": c.at}},
		}, 0)
		if err != nil {
			fmt.Fprintln(&texts, err)
			continue
		}
		ctx, end := context.WithTimeout(t.Context(), 200*time.Millisecond)
		result := made.Probe(ctx)
		end()
		if result.Answer == probe.Good {
			t.Errorf("%s succeeds", c.p.Kind)
		}
		fmt.Fprintln(&texts, result)
	}
	_, heart := probe.NewHeart("orders", "postgres://me:hunter2@:x/", nil)
	beats, err := probe.NewHeart("orders", "postgres://me:hunter2@"+shut+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&texts, heart, beats.Beat(t.Context(), 1))
	clean(t, texts.String())
}

// TestNoLogHasASecretInIt runs a whole runner against what fails.
func TestNoLogHasASecretInIt(t *testing.T) {
	check := api()
	check.Interval, check.Timeout, check.Failures = 60*time.Millisecond, 50*time.Millisecond, 1
	check.Probe = model.Probe{Kind: model.HTTPProbe, Target: "{at}", Status: 204}
	var guard sync.Mutex
	var log bytes.Buffer
	down := make(chan struct{}, 10)
	r, err := probe.New(probe.Config{
		Scenario: shop(check), Observer: 1,
		Addresses: map[model.RegionID]map[string]string{
			0: {"at": "http://me:hunter2@" + nobody(t) + "/?key=token-5"},
		},
		Log: slog.New(slog.NewTextHandler(writer(func(b []byte) (int, error) {
			guard.Lock()
			defer guard.Unlock()
			return log.Write(b)
		}), nil)),
		Report: func(v probe.Verdict) {
			if v.Down == 1 {
				down <- struct{}{}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- r.Run(ctx) }()
	<-down
	end()
	if err := errors.Join(<-ran); err != nil {
		t.Error(err)
	}
	guard.Lock()
	defer guard.Unlock()
	if !strings.Contains(log.String(), "connection refused") {
		t.Errorf("got the log %q, want it to say why", log.String())
	}
	clean(t, log.String())
}

// writer is a function that writes.
type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }
