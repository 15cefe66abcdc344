package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"redoubt/api"
)

// signer makes certificates.
type signer struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	s := &signer{t: t}
	pair := s.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}, time.Hour)
	s.cert, s.key = pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	return s
}

// sign signs a template, by itself where there is no authority yet.
func (s *signer) sign(template *x509.Certificate, lasts time.Duration) tls.Certificate {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(lasts)
	parent, signs := s.cert, s.key
	if parent == nil {
		parent, signs = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signs)
	if err != nil {
		s.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		s.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// person is the certificate of somebody.
func (s *signer) person(lasts time.Duration, name string, units ...string) tls.Certificate {
	return s.sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: name, OrganizationalUnit: units},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, lasts)
}

func (s *signer) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.cert)
	return pool
}

// settings are those of a server with a certificate of its own, which believes those of people.
func (s *signer) settings() *tls.Config {
	own := s.sign(&x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, time.Hour)
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own}, ClientCAs: s.pool(),
		ClientAuth: tls.VerifyClientCertIfGiven,
	}
}

// secured is a server over TLS that believes certificates of people, on real sockets.
func secured(t *testing.T, a *agent, s *signer) string {
	t.Helper()
	file, _ := estate(t)
	server := api.New(api.Config{
		Agent: a, Scenario: file, Log: slog.New(slog.DiscardHandler), TLS: s.settings(),
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(t.Context(), listener) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "https://" + listener.Addr().String()
}

// Who shows a certificate of the authority is who it names, with the role of its units. All others
// are nobody: one of another authority, one that is over, one without a role, and plain text.
func TestCertificatesOfPeople(t *testing.T) {
	_, policy := estate(t)
	a := newAgent(policy)
	own, other := newSigner(t), newSigner(t)
	url := secured(t, a, own)
	for name, c := range map[string]struct {
		certificate tls.Certificate
		looks, acts bool
	}{
		"an operator":             {own.person(time.Hour, "otto", "shop", "operator"), true, true},
		"a viewer":                {own.person(time.Hour, "vera", "viewer"), true, false},
		"somebody without a role": {own.person(time.Hour, "nora", "shop"), false, false},
		"somebody without a name": {own.person(time.Hour, "", "operator"), false, false},
		"one of another":          {other.person(time.Hour, "otto", "operator"), false, false},
		"one that is over":        {own.person(-time.Minute, "otto", "operator"), false, false},
		"nobody":                  {tls.Certificate{}, false, false},
	} {
		settings := &tls.Config{RootCAs: own.pool(), MinVersion: tls.VersionTLS13}
		if c.certificate.PrivateKey != nil {
			// As given, whomever the server says that it believes.
			settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &c.certificate, nil
			}
		}
		web := &http.Client{Transport: &http.Transport{TLSClientConfig: settings}}
		asks, err := api.NewClient(url, "", web)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := asks.Status(t.Context()); (err == nil) != c.looks {
			t.Errorf("%s looks: got %v, want it to be let: %t", name, err, c.looks)
		}
		_, err = asks.Order(t.Context(), api.Order{Verb: "pause", Why: name})
		if (err == nil) != c.acts {
			t.Errorf("%s orders: got %v, want it to be let: %t", name, err, c.acts)
		}
		web.CloseIdleConnections()
	}
	if len(a.notes) != 1 || a.notes[0] != "otto: an operator" {
		t.Errorf("got the orders %q, want the operator's alone", a.notes)
	}
	plain, err := http.Get(strings.Replace(url, "https", "http", 1) + "/livez")
	if err == nil {
		defer plain.Body.Close()
	}
	if err == nil && plain.StatusCode == http.StatusOK {
		t.Error("plain text is answered")
	}
}

// Whatever is sent as an order, nothing crashes, and what is no order changes nothing.
func FuzzOrders(f *testing.F) {
	for _, seed := range []string{
		`{"verb": "pause", "why": "x"}`, `{"verb": "failover", "region": "eu-west-1"}`, `[]`, `{`,
		"\x00",
		`{"verb":"approve","region":"eu-west-1","target":"us-east-1","why":"x",` +
			`"name":"00000000000000ff"}`,
		`{"verb":"declare","region":"eu-west-1","causes":["corruption"],"why":"x","said_ns":"-1"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		_, policy := estate(t)
		a := newAgent(policy)
		url, _, operator := served(t, a)
		status, text := send(t, "POST", url+"/v1/orders", operator, body)
		known := status == http.StatusOK || status == http.StatusConflict
		if !known && (status < 400 || status >= 500) {
			t.Fatalf("%q: got %d (%s)", body, status, text)
		}
		if applied := a.view.Index > 0; applied != known {
			t.Fatalf("%q: got %d, and %d entries", body, status, a.view.Index)
		}
	})
}
