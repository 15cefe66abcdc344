package peer

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"
)

// identity is who a certificate says somebody is.
type identity struct{ cluster, region string }

// scheme is that of the URI in a certificate.
const scheme = "redoubt"

func (i identity) uri() *url.URL {
	return &url.URL{Scheme: scheme, Host: i.cluster, Path: "/" + i.region}
}

func (i identity) String() string { return i.uri().String() }

var clusterName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// checkCluster holds the name of a cluster against what fits into a URI as a host.
func checkCluster(name string) error {
	if !clusterName.MatchString(name) {
		return fmt.Errorf("a cluster's name has up to 63 small letters, digits and hyphens, not %q",
			name)
	}
	return nil
}

// identityOf reads who a certificate is for.
func identityOf(cert *x509.Certificate) (identity, error) {
	if len(cert.URIs) != 1 {
		return identity{}, fmt.Errorf("a certificate with %d URIs, not one", len(cert.URIs))
	}
	uri := cert.URIs[0]
	if uri.Scheme != scheme || uri.Host == "" || len(uri.Path) < 2 || uri.User != nil ||
		uri.RawQuery != "" || uri.Fragment != "" || uri.Opaque != "" {
		return identity{}, fmt.Errorf("a certificate for %q, not for %s://CLUSTER/REGION",
			uri.Redacted(), scheme)
	}
	return identity{uri.Host, uri.Path[1:]}, nil
}

// Reason is why somebody was refused, or a connection ended.
type Reason uint8

// The reasons. The zero one is that of no refusal.
const (
	NoReason Reason = iota
	// NotTLS is anything that is no TLS, plain text for instance; BadHandshake, TLS that breaks off
	// or that is not 1.3; HungUp, a connection that ended before it said anything.
	NotTLS
	BadHandshake
	HungUp
	// Slow is a handshake, or a frame, that took too long; TooMany, one connection too many.
	Slow
	TooMany
	NoCertificate
	UnknownAuthority
	Expired
	NotYetValid
	// BadCertificate is one that is not for this use, or names no cluster and region.
	BadCertificate
	WrongCluster
	// UnknownRegion is one that the scenario does not have; OwnRegion, that of the agent itself;
	// WrongRegion, another one than was dialled.
	UnknownRegion
	OwnRegion
	WrongRegion
	// WrongProtocol is neither of the two that are spoken.
	WrongProtocol
	// Oversized and Malformed are frames of a peer that is who it says it is.
	Oversized
	Malformed
	reasonCount
)

var reasonNames = [reasonCount]string{
	"none", "not_tls", "bad_handshake", "hung_up", "slow", "too_many", "no_certificate",
	"unknown_authority", "expired", "not_yet_valid", "bad_certificate", "wrong_cluster",
	"unknown_region", "own_region", "wrong_region", "wrong_protocol", "oversized", "malformed",
}

// String names a reason as a label of a metric.
func (r Reason) String() string {
	if r >= reasonCount {
		return fmt.Sprintf("Reason(%d)", r)
	}
	return reasonNames[r]
}

// Reasons lists all reasons for which somebody is refused.
func Reasons() []Reason {
	var all []Reason
	for r := NoReason + 1; r < reasonCount; r++ {
		all = append(all, r)
	}
	return all
}

// refused is an error with its reason.
type refused struct {
	reason Reason
	err    error
}

func (r *refused) Error() string { return r.err.Error() }
func (r *refused) Unwrap() error { return r.err }

func refuse(reason Reason, format string, arguments ...any) error {
	return &refused{reason, fmt.Errorf(format, arguments...)}
}

// verifyChain holds a certificate, with what came with it, against the authorities, the time and
// its use.
func verifyChain(
	certs []*x509.Certificate, roots *x509.CertPool, use x509.ExtKeyUsage, now time.Time,
) (identity, error) {
	if len(certs) == 0 {
		return identity{}, refuse(NoCertificate, "no certificate")
	}
	between := x509.NewCertPool()
	for _, cert := range certs[1:] {
		between.AddCert(cert)
	}
	_, err := certs[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{use},
	})
	if err != nil {
		return identity{}, &refused{whyInvalid(err, now), err}
	}
	who, err := identityOf(certs[0])
	if err != nil {
		return identity{}, &refused{BadCertificate, err}
	}
	return who, nil
}

// whyInvalid tells what keeps a certificate from being verified.
func whyInvalid(err error, now time.Time) Reason {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return UnknownAuthority
	case !errors.As(err, &invalid) || invalid.Reason != x509.Expired:
		return BadCertificate
	case now.Before(invalid.Cert.NotBefore):
		return NotYetValid
	}
	return Expired
}
