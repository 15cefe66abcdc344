package peer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"
)

// Pair is a certificate and its private key, both as PEM. The key is a secret.
type Pair struct{ Certificate, Key []byte }

// Authority makes the keys of one cluster. Whoever has its key can speak for every region of it.
type Authority struct {
	cluster string
	cert    *x509.Certificate
	key     *ecdsa.PrivateKey
	pair    Pair
}

// backdated is by how much a certificate is valid before it is made, for machines whose clock is a
// little behind.
const backdated = 5 * time.Minute

// NewAuthority makes the authority of a cluster, for as long as is given.
func NewAuthority(cluster string, lifetime time.Duration) (*Authority, error) {
	if err := checkCluster(cluster); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template, err := certificate("redoubt authority of "+cluster, now.Add(-backdated),
		now.Add(lifetime))
	if err != nil {
		return nil, err
	}
	template.IsCA, template.MaxPathLenZero = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	template.PermittedURIDomains, template.PermittedDNSDomainsCritical = []string{cluster}, true
	pair, err := sign(template, template, key, key)
	if err != nil {
		return nil, err
	}
	return LoadAuthority(pair)
}

// LoadAuthority reads an authority that was made before.
func LoadAuthority(pair Pair) (*Authority, error) {
	certs, err := parseCertificates(pair.Certificate)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	cert := certs[0]
	if !cert.IsCA || len(cert.PermittedURIDomains) != 1 {
		return nil, errors.New("authority: the certificate is not that of a cluster's authority")
	}
	block, _ := pem.Decode(pair.Key)
	if block == nil {
		return nil, errors.New("authority: the key is no PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("authority: the key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("authority: the key is not that of the certificate")
	}
	return &Authority{
		cluster: cert.PermittedURIDomains[0], cert: cert, key: key, pair: pair,
	}, nil
}

// Pair gives the authority's certificate, which every agent needs, and its key, which none does.
func (a *Authority) Pair() Pair { return a.pair }

// Issue makes the keys of a region, for as long as is given.
func (a *Authority) Issue(region string, lifetime time.Duration) (Pair, error) {
	now := time.Now()
	return a.IssueBetween(region, now.Add(-backdated), now.Add(lifetime))
}

// IssueBetween makes keys that are valid from one time until another.
func (a *Authority) IssueBetween(region string, from, until time.Time) (Pair, error) {
	if region == "" {
		return Pair{}, errors.New("a region needs a name")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	template, err := certificate("redoubt agent", from, until)
	if err != nil {
		return Pair{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{
		x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth,
	}
	template.URIs = []*url.URL{identity{a.cluster, region}.uri()}
	return sign(template, a.cert, key, a.key)
}

// certificate is what all certificates have in common.
func certificate(name string, from, until time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: from, NotAfter: until, BasicConstraintsValid: true,
	}, nil
}

// sign makes a certificate out of a template, and the PEM of it and of its key.
func sign(template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) (Pair, error) {
	cert, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		return Pair{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}, nil
}

// parseCertificates reads all certificates of a PEM file, at least one.
func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("a %s where certificates belong", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, cert)
	}
	if len(all) == 0 {
		return nil, errors.New("no certificate in PEM")
	}
	return all, nil
}
