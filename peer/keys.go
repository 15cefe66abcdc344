package peer

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Files are where an agent's keys are, each in PEM. Authority may hold more than one certificate,
// so that a new authority can be trusted before the old one goes.
type Files struct{ Authority, Certificate, Key string }

// Keys are an agent's certificate and key, and whom it trusts. They can be replaced while they are
// in use; what is wrong with new ones leaves the old ones as they are.
type Keys struct {
	files Files
	mu    sync.Mutex
	texts [3][]byte
	in    atomic.Pointer[held]
}

// held are keys in use.
type held struct {
	certificate tls.Certificate
	roots       *x509.CertPool
	who         identity
	// from and until are when the certificate is valid, and the authority of it.
	from, until time.Time
}

// OpenKeys reads keys from files.
func OpenKeys(files Files) (*Keys, error) {
	k := &Keys{files: files}
	_, err := k.Reload()
	return k, err
}

// NewKeys makes keys that are in no file.
func NewKeys(authority []byte, pair Pair) (*Keys, error) {
	k := new(Keys)
	return k, k.Replace(authority, pair)
}

// Reload reads the files again, and says whether there is anything new in them.
func (k *Keys) Reload() (bool, error) {
	if k.files == (Files{}) {
		return false, nil
	}
	var texts [3][]byte
	for i, name := range []string{k.files.Authority, k.files.Certificate, k.files.Key} {
		text, err := os.ReadFile(name)
		if err != nil {
			return false, err
		}
		texts[i] = text
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	same := true
	for i := range texts {
		same = same && bytes.Equal(texts[i], k.texts[i])
	}
	if same {
		return false, nil
	}
	if err := k.replace(texts); err != nil {
		return false, fmt.Errorf("%s, %s, %s: %w", k.files.Authority, k.files.Certificate,
			k.files.Key, err)
	}
	return true, nil
}

// Replace puts other keys in the place of those in use.
func (k *Keys) Replace(authority []byte, pair Pair) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.replace([3][]byte{authority, pair.Certificate, pair.Key})
}

func (k *Keys) replace(texts [3][]byte) error {
	made, err := hold(texts[0], Pair{texts[1], texts[2]}, time.Now())
	if err != nil {
		return err
	}
	if before := k.in.Load(); before != nil && before.who != made.who {
		return fmt.Errorf("the certificate is for %s, and that in use for %s", made.who, before.who)
	}
	k.texts = texts
	k.in.Store(made)
	return nil
}

// hold makes keys of what stands in the files. A certificate that is over, or not valid yet, can be
// held: who starts with it is told by everybody else.
func hold(authority []byte, pair Pair, now time.Time) (*held, error) {
	certs, err := parseCertificates(authority)
	if err != nil {
		return nil, fmt.Errorf("the authority: %w", err)
	}
	h := &held{roots: x509.NewCertPool()}
	for _, cert := range certs {
		if !cert.IsCA {
			return nil, fmt.Errorf("the authority: %q is a certificate, and not an authority's",
				cert.Subject)
		}
		h.roots.AddCert(cert)
	}
	if h.certificate, err = tls.X509KeyPair(pair.Certificate, pair.Key); err != nil {
		return nil, err
	}
	leaf := h.certificate.Leaf
	if h.who, err = identityOf(leaf); err != nil {
		return nil, err
	}
	between := x509.NewCertPool()
	for _, der := range h.certificate.Certificate[1:] {
		if cert, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(cert)
		}
	}
	at := now
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		at = leaf.NotBefore
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: h.roots, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		return nil, fmt.Errorf("the certificate is not one of the authority: %w", err)
	}
	h.from, h.until = validity(chains)
	return h, nil
}

// validity is when the chain that is valid for longest is valid.
func validity(chains [][]*x509.Certificate) (from, until time.Time) {
	for _, chain := range chains {
		begins, ends := chain[0].NotBefore, chain[0].NotAfter
		for _, cert := range chain {
			if cert.NotAfter.Before(ends) {
				ends = cert.NotAfter
			}
		}
		if ends.After(until) {
			from, until = begins, ends
		}
	}
	return from, until
}

// Until is when the certificate in use is over, or the authority that has made it.
func (k *Keys) Until() time.Time { return k.in.Load().until }

// warnAhead is how long before the end of a certificate people are told; of one that lives for less
// than five times that, a fifth of its life.
const warnAhead = 30 * 24 * time.Hour

// ErrExpiring is what Standing says of keys that are over soon, or already.
var ErrExpiring = errors.New("the certificate needs to be replaced")

// Standing says what is wrong with the keys in use at a time: ErrExpiring, or nothing.
func (k *Keys) Standing(now time.Time) error {
	h := k.in.Load()
	left, ahead := h.until.Sub(now), min(warnAhead, h.until.Sub(h.from)/5)
	switch {
	case now.Before(h.from):
		return fmt.Errorf("%w: it is not valid before %s", ErrExpiring,
			h.from.UTC().Format(time.RFC3339))
	case left <= 0:
		return fmt.Errorf("%w: it was over at %s", ErrExpiring, h.until.UTC().Format(time.RFC3339))
	case left < ahead:
		return fmt.Errorf("%w: it is over at %s", ErrExpiring, h.until.UTC().Format(time.RFC3339))
	}
	return nil
}
