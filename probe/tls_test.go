package probe_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/probe"
)

// certify writes a key and a certificate of 127.0.0.1 for a cluster, and gives who trusts it.
func (c *cluster) certify(t *testing.T) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "database"}, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true,
	}
	made, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"server.crt": {Type: "CERTIFICATE", Bytes: made},
		"server.key": {Type: "PRIVATE KEY", Bytes: secret},
	} {
		path := filepath.Join(c.data(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if c.owner != nil {
			if err := os.Chown(path, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
				t.Fatal(err)
			}
		}
	}
	trusts := x509.NewCertPool()
	if !trusts.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})) {
		t.Fatal("the certificate is none")
	}
	return trusts
}

// TestAServersCertificateIsVerified has a database under an authority that is given, one that is
// not, and under another name.
func TestAServersCertificateIsVerified(t *testing.T) {
	c := primary(t)
	roots := c.certify(t)
	c.must(t, "alter system set ssl = on", "select pg_reload_conf()")
	within(t, "it speaks TLS", func() bool {
		got, err := c.ask("show ssl")
		return err == nil && got == "on"
	})
	p := model.Probe{
		Kind:   model.PostgreSQLProbe,
		Target: "host={at} port=" + c.port + " user=tester dbname=postgres sslmode=verify-full",
	}
	t.Setenv("PGPASSWORD", password)
	want(t, looker{roots: roots}.look(t, p, "127.0.0.1"), probe.Good, "")
	none := x509.NewCertPool()
	want(t, looker{roots: none}.look(t, p, "127.0.0.1"), probe.Bad, "authority that nobody trusts")
	want(t, looker{roots: roots}.look(t, p, "localhost"), probe.Bad, "of another name")
}
