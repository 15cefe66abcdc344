package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// strange are bytes that belong to no port: what scanners send, and whatever is drawn.
func strange(d *rand.Rand) []byte {
	known := []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "SSH-2.0-x\r\n",
		"\x00\x00\xff\xff\xff\xff", "\xff\xff\x00", "\x00\x1d\x13\x37\x01\x00\x00\x01",
		"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
	}
	data := make([]byte, d.IntN(3000))
	for i := range data {
		data[i] = byte(d.Uint32())
	}
	if d.IntN(20) == 0 {
		data = append(data, make([]byte, 1<<20)...) // More than any port takes.
	}
	if d.IntN(2) == 0 {
		data = append([]byte(known[d.IntN(len(known))]), data...)
	}
	return data
}

// counted is what an agent counts under a name, by its label.
func (d *tried) counted(region int, name string) map[string]int {
	d.t.Helper()
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", d.port+devAPI+region*devStep))
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	found := map[string]int{}
	line := regexp.MustCompile(`(?m)^redoubt_` + name + `_total\{[a-z]+="([a-z_0-9]+)"\} (\d+)$`)
	for _, match := range line.FindAllStringSubmatch(string(text), -1) {
		found[match[1]], _ = strconv.Atoi(match[2])
	}
	return found
}

// Whatever strangers send to each port of an agent: it is refused, counted and said, the agent goes
// on, and nothing of it comes into the log.
func TestStrangersAtEveryPort(t *testing.T) {
	d := tryAgents(t)
	d.until("all three know a leader", time.Minute, func() bool {
		for r := range 3 {
			if s, ok := d.status(r); !ok || s.Leader == "" {
				return false
			}
		}
		return true
	})
	draws := rand.New(rand.NewPCG(5, 5))
	for range 150 {
		for _, port := range []int{devPeers, devGossip, devAPI, devDNS} {
			address := fmt.Sprintf("127.0.0.1:%d", d.port+port)
			for _, network := range []string{"tcp", "udp"} {
				bring(t, network, address, strange(draws))
			}
		}
	}
	for name, labels := range map[string][]string{
		"peer_refused": {"not_tls", "bad_handshake"}, "gossip_refused": {"unauthenticated"},
		"api_requests": {"no_request", "refused"}, "dns_queries": {"broken"},
	} {
		for _, label := range labels {
			d.until(name+" counts "+label, 15*time.Second, func() bool {
				return d.counted(0, name)[label] > 0
			})
		}
	}
	for _, said := range []string{
		"reason=not_tls", "unacceptable label", "a connection to the API brought no request",
		"what came is no DNS query", "a request was refused",
	} {
		if !strings.Contains(d.out.text(), said) {
			t.Errorf("the agents' logs say nothing of %q", said)
		}
	}
	if lines := strings.Count(d.out.text(), "us-east-1 "); lines > 300 {
		t.Errorf("%d lines of log came of it", lines)
	}
	if strings.Contains(d.out.text(), "the process is gone") ||
		strings.Contains(d.out.text(), "panic") {
		t.Error("an agent has ended")
	}
	for r := range 3 {
		s, ok := d.status(r)
		if !ok || s.Leader == "" || s.Halted != "" || !s.Confirmed || s.Epoch != 1 {
			t.Errorf("agent %d: %+v", r, s)
		}
	}
	names := resolver(d.port + devDNS)
	if at, err := names.LookupHost(t.Context(), "www.dev.example."); err != nil || len(at) == 0 {
		t.Errorf("DNS answers %v, %v", at, err)
	}
}

// resolver asks the DNS server on a port of loopback.
func resolver(port int) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(
		ctx context.Context, network, _ string,
	) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", port))
	}}
}

// bring has a stranger send bytes, and leave whenever.
func bring(t *testing.T, network, address string, data []byte) {
	t.Helper()
	connection, err := net.Dial(network, address)
	if err != nil {
		return // Nobody listens there over UDP.
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(200 * time.Millisecond))
	if network == "udp" && len(data) > 60_000 {
		data = data[:60_000]
	}
	_, _ = connection.Write(data) // It may be refused before all is there.
	if closing, ok := connection.(*net.TCPConn); ok && len(data)%2 == 0 {
		_ = closing.CloseWrite()
		_, _ = io.Copy(io.Discard, connection)
	}
}
