package api_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"
)

// brings has somebody bring bytes to a port, and waits until the server has ended that or answered.
func brings(t testing.TB, address string, data []byte) (answer string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = connection.Write(data) // It may be refused before all is there.
	_ = connection.(*net.TCPConn).CloseWrite()
	var all bytes.Buffer
	_, _ = all.ReadFrom(connection) // So may the answer be.
	return all.String()
}

// eventually waits for something that the server notes by itself.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not come about", what)
		}
	}
}

// Who brings no request is counted and said, in plain text and over TLS; who brings one, or
// nothing, is not.
func TestWhoBringsNoRequestIsCounted(t *testing.T) {
	secure := newSigner(t).settings()
	const request = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	for _, c := range []struct {
		name, data string
		settings   *tls.Config
		counts     bool
	}{
		{"a request", request, nil, false},
		{"two of them", strings.Replace(request, "close", "keep-alive", 1) + request, nil, false},
		{"nothing", "", nil, false},
		{"garbage", "\x00\xff garbage\r\n\r\n", nil, true},
		{"half a request", request[:20], nil, true},
		{"a header that is too large", strings.Replace(request, "\r\n\r\n",
			"\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n", 1), nil, true},
		{"a handshake of TLS", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", nil, true},
		{"nothing, where TLS is spoken", "", secure, false},
		{"plain text, where TLS is spoken", request, secure, true},
		{"garbage, where TLS is spoken", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", secure, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, address, log := servingOver(t, c.settings)
			brings(t, address, []byte(c.data))
			if c.counts {
				eventually(t, "that it is counted", func() bool { return server.Counts().Malformed == 1 })
				eventually(t, "that it is said", func() bool {
					return log.count("a connection to the API brought no request") == 1
				})
				return
			}
			time.Sleep(50 * time.Millisecond)
			if got := server.Counts(); got.Malformed != 0 || log.count("brought no request") != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// Who shows a certificate that does not count is counted and said: one that is over, and one of
// another authority.
func TestCertificatesThatDoNotCountAreCounted(t *testing.T) {
	own := newSigner(t)
	for name, shown := range map[string]tls.Certificate{
		"over":                 own.person(-time.Minute, "otto", "operator"),
		"of another authority": newSigner(t).person(time.Hour, "otto", "operator"),
	} {
		s, address, log := servingOver(t, own.settings())
		settings := &tls.Config{RootCAs: own.pool(), MinVersion: tls.VersionTLS13}
		settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &shown, nil
		}
		if connection, err := tls.Dial("tcp", address, settings); err == nil {
			_, _ = connection.Read(make([]byte, 1)) // It hears of the refusal here at the latest.
			_ = connection.Close()
		}
		eventually(t, "that a certificate which is "+name+" is counted and said", func() bool {
			return s.Counts().Malformed == 1 && log.count("TLS handshake error") == 1
		})
	}
}

// Whatever a stranger brings to the API, it goes on, and no order comes of it.
func FuzzStrangers(f *testing.F) {
	for _, seed := range []string{
		"", "\x00", "GET / HTTP/1.1\r\n\r\n", "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
			"Content-Length: 31\r\n\r\n{\"verb\": \"pause\", \"why\": \"x\"}\r\n",
		"POST /v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"GET /v1/archive/..%2f..%2fkeys HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	server, address, _ := servingOver(f, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		brings(t, address, data)
		const alive = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
		if answer := brings(t, address, []byte(alive)); !strings.Contains(answer, "200 OK") {
			t.Errorf("after %q it answers %q", data, answer)
		}
		if got := server.Counts(); got.Orders != 0 || got.Answered != 0 {
			t.Errorf("a stranger is answered: %+v", got)
		}
	})
}
