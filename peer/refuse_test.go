package peer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"redoubt/peer"
)

// issueBetween makes keys for some hours from now on.
func issueBetween(t *testing.T, a *peer.Authority, region string, from, until int) *peer.Pair {
	t.Helper()
	now := time.Now()
	pair, err := a.IssueBetween(region, now.Add(time.Duration(from)*time.Hour),
		now.Add(time.Duration(until)*time.Hour))
	must(t, err)
	return &pair
}

// ended waits until a connection ends, and returns what came before that.
func ended(t *testing.T, conn net.Conn) string {
	t.Helper()
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	got, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is still open after 20 s, and said %q", got)
	}
	return string(got)
}

func TestOnlyPeersAreLetIn(t *testing.T) {
	noLeaks(t)
	a, other := authority(t, cluster), authority(t, "invoices")
	// The other cluster's authority is trusted here, which does not make its regions ours.
	keys, err := peer.NewKeys(append(a.Pair().Certificate, other.Pair().Certificate...),
		issue(t, a, "east"))
	must(t, err)
	n := start(t, keys, 0, nil)
	good, foreign, stray := issue(t, a, "west"), issue(t, other, "west"),
		issue(t, authority(t, cluster), "west")
	unknown, own := issue(t, a, "south"), issue(t, a, "east")
	tls12 := client(&good, "redoubt-ask/1")
	tls12.MaxVersion = tls.VersionTLS12
	for _, c := range []struct {
		name   string
		reason peer.Reason
		config *tls.Config
	}{
		{"no certificate", peer.NoCertificate, client(nil, "redoubt-ask/1")},
		{"another authority", peer.UnknownAuthority, client(&stray, "redoubt-ask/1")},
		{"expired", peer.Expired, client(issueBetween(t, a, "west", -2, -1), "redoubt-ask/1")},
		{"not yet valid", peer.NotYetValid,
			client(issueBetween(t, a, "west", 1, 2), "redoubt-raft/1")},
		{"another cluster", peer.WrongCluster, client(&foreign, "redoubt-raft/1")},
		{"no region of the scenario", peer.UnknownRegion, client(&unknown, "redoubt-ask/1")},
		{"this agent's own", peer.OwnRegion, client(&own, "redoubt-ask/1")},
		{"no protocol", peer.WrongProtocol, client(&good)},
		{"another protocol", peer.WrongProtocol, client(&good, "h2")},
		{"an old TLS", peer.BadHandshake, tls12},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := n.Refused(c.reason)
			if conn, err := tls.Dial("tcp", n.address, c.config); err == nil {
				if got := ended(t, conn); got != "" {
					t.Errorf("heard %q", got)
				}
				conn.Close()
			}
			refuses(t, n, c.reason, before+1)
			until(t, "the log says why", func() bool {
				return strings.Contains(n.journal.String(), "reason="+c.reason.String()+" ")
			})
		})
	}
	if got := n.Counts(); got.Accepted != 0 || got.Open != 0 {
		t.Errorf("got %+v", got)
	}
	if log := n.journal.String(); !strings.Contains(log, "reason=wrong_cluster") ||
		strings.Contains(log, "BEGIN") {
		t.Errorf("the log says\n%s", log)
	}
	questions(t, n, good)
}

func TestWhatIsNoTLSIsRefused(t *testing.T) {
	noLeaks(t)
	a := authority(t, cluster)
	nodes := startAll(t, a, nil)
	for name, c := range map[string]struct {
		text   string
		reason peer.Reason
	}{
		"plain text":            {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", peer.NotTLS},
		"garbage":               {strings.Repeat("\x00\xff\x13\x37", 100), peer.NotTLS},
		"a frame":               {"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x01x", peer.NotTLS},
		"a broken client hello": {"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", peer.BadHandshake},
		"a huge record":         {"\x16\x03\x01\xff\xff" + strings.Repeat("x", 1000), peer.NotTLS},
	} {
		t.Run(name, func(t *testing.T) {
			before := nodes[0].Refused(c.reason)
			conn, err := net.Dial("tcp", nodes[0].address)
			must(t, err)
			defer conn.Close()
			_, err = conn.Write([]byte(c.text))
			must(t, err)
			ended(t, conn)
			refuses(t, nodes[0], c.reason, before+1)
		})
	}
	conn, err := net.Dial("tcp", nodes[0].address)
	must(t, err)
	must(t, conn.Close())
	refuses(t, nodes[0], peer.HungUp, 1)
	works(t, nodes[1], 0)
}

func TestSlowHandshakesHoldNobodyUp(t *testing.T) {
	noLeaks(t)
	a := authority(t, cluster)
	nodes := startAll(t, a, func(c *peer.Config) {
		c.Limits.Handshake, c.Limits.PerAddress = 2*time.Second, 3
	})
	var slow []net.Conn
	for range 4 {
		conn, err := net.Dial("tcp", nodes[0].address)
		must(t, err)
		defer conn.Close()
		_, _ = conn.Write([]byte{0x16})
		slow = append(slow, conn)
	}
	refuses(t, nodes[0], peer.TooMany, 1)
	for _, conn := range slow {
		ended(t, conn)
	}
	refuses(t, nodes[0], peer.Slow, 3)
	works(t, nodes[1], 0)
}

func TestTheOldestHandshakeMakesWay(t *testing.T) {
	a := authority(t, cluster)
	nodes := startAll(t, a, func(c *peer.Config) { c.Limits.Handshakes = 3 })
	var slow []net.Conn
	for range 3 {
		conn, err := net.Dial("tcp", nodes[0].address)
		must(t, err)
		defer conn.Close()
		slow = append(slow, conn)
		time.Sleep(50 * time.Millisecond) // They get there one after the other.
	}
	began := time.Now()
	works(t, nodes[1], 0)
	ended(t, slow[0])
	refuses(t, nodes[0], peer.TooMany, 1)
	if late := time.Since(began); late > 8*time.Second {
		t.Errorf("the oldest handshake has ended after %s, its own time is 10 s", late)
	}
}

func TestTheOldestConnectionOfARegionMakesWay(t *testing.T) {
	a := authority(t, cluster)
	nodes := startAll(t, a, func(c *peer.Config) { c.Limits.Connections = 3 })
	west := issue(t, a, "west")
	first := questions(t, nodes[0], west)
	until(t, "the first is let in", func() bool { return nodes[0].Counts().Open == 1 })
	works(t, nodes[2], 0)
	for range 3 {
		questions(t, nodes[0], west)
	}
	ended(t, first)
	refuses(t, nodes[0], peer.TooMany, 1)
	works(t, nodes[2], 0)
	if got := nodes[2].Counts().Dialled; got != 1 {
		t.Errorf("another region had to dial %d times", got)
	}
}

// header is that of a frame.
func header(size uint32, number uint64, kind byte) []byte {
	h := binary.BigEndian.AppendUint32(nil, size)
	return append(binary.BigEndian.AppendUint64(h, number), kind)
}

func TestFramesThatAreNoneEndTheirConnection(t *testing.T) {
	noLeaks(t)
	a := authority(t, cluster)
	nodes := startAll(t, a, func(c *peer.Config) {
		c.Limits.Frame, c.Limits.Idle = time.Second, 2*time.Second
	})
	west := issue(t, a, "west")
	for name, c := range map[string]struct {
		bytes  []byte
		reason peer.Reason
	}{
		"too large":              {header(peer.FrameMax+1, 1, 1), peer.Oversized},
		"as large as can be":     {header(1<<32-1, 1, 1), peer.Oversized},
		"of no kind":             {header(1, 1, 9), peer.Malformed},
		"an answer":              {append(header(1, 1, 2), 'x'), peer.Malformed},
		"never whole":            {append(header(100, 1, 1), "some"...), peer.Slow},
		"not even its beginning": {header(100, 1, 1)[:5], peer.Slow},
		"none at all":            {nil, peer.NoReason},
	} {
		t.Run(name, func(t *testing.T) {
			before := nodes[0].Refused(c.reason)
			conn := questions(t, nodes[0], west)
			_, err := conn.Write(c.bytes)
			must(t, err)
			if got := ended(t, conn); got != "" {
				t.Errorf("heard %q", got)
			}
			if c.reason != peer.NoReason {
				refuses(t, nodes[0], c.reason, before+1)
			}
		})
	}
	before := nodes[0].Refused(peer.Malformed)
	conn := questions(t, nodes[0], west)
	_, err := conn.NetConn().Write([]byte("\x17\x03\x03\x00\x20" + strings.Repeat("x", 32)))
	must(t, err)
	ended(t, conn)
	refuses(t, nodes[0], peer.Malformed, before+1)
	works(t, nodes[1], 0)
}

func TestWhoAnswersIsWhoWasDialled(t *testing.T) {
	noLeaks(t)
	a := authority(t, cluster)
	nodes := startAll(t, a, nil)
	fails := func(what string, reason peer.Reason) {
		t.Helper()
		before := nodes[0].Refused(reason)
		if got, err := nodes[0].ask(1, "x"); !errors.Is(err, peer.ErrUnsent) {
			t.Errorf("%s: got %q, %v", what, got, err)
		}
		refuses(t, nodes[0], reason, before+1)
	}
	nodes[0].Move(1, nodes[2].address)
	fails("another region", peer.WrongRegion)
	for what, c := range map[string]struct {
		pair   peer.Pair
		reason peer.Reason
	}{
		"another authority": {issue(t, authority(t, cluster), "west"), peer.UnknownAuthority},
		"expired":           {*issueBetween(t, a, "west", -2, -1), peer.Expired},
	} {
		impostor := listen(t, c.pair, "redoubt-ask/1", nil)
		nodes[0].Move(1, impostor)
		fails(what, c.reason)
	}
	west := issue(t, a, "west")
	nodes[0].Move(1, listen(t, west, "h2", nil))
	if _, err := nodes[0].ask(1, "x"); !errors.Is(err, peer.ErrUnsent) {
		t.Errorf("another protocol: got %v", err)
	}
	nodes[0].Move(1, listen(t, west, "redoubt-ask/1", []byte{9}))
	fails("no welcome", peer.Malformed)
	nodes[0].Move(1, listen(t, west, "redoubt-ask/1", append([]byte{1},
		append(header(3, 77, 2), "yes"...)...)))
	if got, err := nodes[0].ask(1, "x"); err == nil {
		t.Errorf("an answer to nothing that was asked: got %q", got)
	}
	nodes[0].Move(1, nodes[1].address)
	works(t, nodes[0], 1)
}

// listen answers as whoever has some keys, says something and hangs up.
func listen(t *testing.T, pair peer.Pair, protocol string, say []byte) string {
	t.Helper()
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	must(t, err)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{certificate}, NextProtos: []string{protocol},
		ClientAuth: tls.RequireAnyClientCert,
	})
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write(say)
			_ = conn.(*tls.Conn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestALogOfRefusalsIsBounded(t *testing.T) {
	n := startAll(t, authority(t, cluster), nil)[0]
	const times = 200
	for range times {
		conn, err := net.Dial("tcp", n.address)
		must(t, err)
		fmt.Fprint(conn, "GET / HTTP/1.1\r\n\r\n")
		ended(t, conn)
		conn.Close()
	}
	refuses(t, n, peer.NotTLS, times)
	if lines := strings.Count(n.journal.String(), "\n"); lines > 20 {
		t.Errorf("%d lines of log for %d refusals", lines, times)
	}
}

func TestCertificatesNeedTheirUseAndTheirURI(t *testing.T) {
	a := authority(t, cluster)
	n := startAll(t, a, nil)[0]
	orders, other := "redoubt://orders/west", "redoubt://orders/north"
	for name, c := range map[string]struct {
		use  x509.ExtKeyUsage
		uris []string
	}{
		"a server's alone":    {x509.ExtKeyUsageServerAuth, []string{orders}},
		"no URI":              {x509.ExtKeyUsageClientAuth, nil},
		"two URIs":            {x509.ExtKeyUsageClientAuth, []string{orders, other}},
		"another scheme":      {x509.ExtKeyUsageClientAuth, []string{"spiffe://orders/west"}},
		"no region":           {x509.ExtKeyUsageClientAuth, []string{"redoubt://orders/"}},
		"more than a name":    {x509.ExtKeyUsageClientAuth, []string{orders + "?as=north"}},
		"not the authority's": {x509.ExtKeyUsageClientAuth, []string{"redoubt://invoices/west"}},
	} {
		t.Run(name, func(t *testing.T) {
			before := n.Refused(peer.BadCertificate)
			pair := handmade(t, a, c.use, c.uris)
			if conn, err := tls.Dial("tcp", n.address, client(&pair, "redoubt-ask/1")); err == nil {
				ended(t, conn)
				conn.Close()
			}
			refuses(t, n, peer.BadCertificate, before+1)
		})
	}
}

// handmade makes keys that an authority would not issue.
func handmade(
	t *testing.T, a *peer.Authority, use x509.ExtKeyUsage, uris []string,
) peer.Pair {
	t.Helper()
	issuer, err := tls.X509KeyPair(a.Pair().Certificate, a.Pair().Key)
	must(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
	for _, text := range uris {
		uri, err := url.Parse(text)
		must(t, err)
		template.URIs = append(template.URIs, uri)
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, issuer.Leaf, &key.PublicKey,
		issuer.PrivateKey)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	return peer.Pair{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}
}
