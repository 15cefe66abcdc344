package peer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"redoubt/model"
)

// serverTLS is the configuration for whoever has connected, with the keys in use. There are no
// session tickets: each connection shows its certificate.
func (n *Node) serverTLS() *tls.Config {
	h := n.config.Keys.in.Load()
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{h.certificate},
		NextProtos: []string{raftProtocol, askProtocol}, SessionTicketsDisabled: true,
		// Its certificate is asked for here, and required and verified by accept.
		ClientAuth: tls.RequestClientCert, VerifyConnection: n.accept, GetConfigForClient: speaks,
	}
}

// speaks refuses who wants neither of the protocols. It gives no other configuration.
func speaks(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	for _, protocol := range hello.SupportedProtos {
		if protocol == raftProtocol || protocol == askProtocol {
			return nil, nil
		}
	}
	return nil, refuse(WrongProtocol, "it speaks %.100q", hello.SupportedProtos)
}

// clientTLS is the configuration to connect to a region. The standard verification is off since it
// looks for a host's name; in its place stands verifyChain, and the URI.
func (n *Node) clientTLS(to model.RegionID, protocol string) *tls.Config {
	h := n.config.Keys.in.Load()
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{h.certificate},
		NextProtos: []string{protocol}, InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			return n.reach(to, state.PeerCertificates)
		},
	}
}

// accept verifies who has connected.
func (n *Node) accept(state tls.ConnectionState) error {
	who, err := verifyChain(state.PeerCertificates, n.config.Keys.in.Load().roots,
		x509.ExtKeyUsageClientAuth, time.Now())
	if err != nil {
		return err
	}
	_, err = n.know(who)
	return err
}

// reach verifies who has answered in the place of a region.
func (n *Node) reach(to model.RegionID, certs []*x509.Certificate) error {
	who, err := verifyChain(certs, n.config.Keys.in.Load().roots, x509.ExtKeyUsageServerAuth,
		time.Now())
	if err != nil {
		return err
	}
	if want := (identity{n.config.Cluster, n.config.Regions[to]}); who.cluster != want.cluster {
		return refuse(WrongCluster, "%s answers in the place of %s", who, want)
	} else if who != want {
		return refuse(WrongRegion, "%s answers in the place of %s", who, want)
	}
	return nil
}

// know finds the region that somebody speaks for.
func (n *Node) know(who identity) (model.RegionID, error) {
	at := slices.Index(n.config.Regions, who.region)
	switch {
	case who.cluster != n.config.Cluster:
		return 0, refuse(WrongCluster, "%s is of another cluster", who)
	case at < 0:
		return 0, refuse(UnknownRegion, "%s is no region of the scenario", who)
	case model.RegionID(at) == n.config.Region:
		return 0, refuse(OwnRegion, "%s is this agent itself", who)
	}
	return model.RegionID(at), nil
}

// regionOf finds the region of a certificate that was verified.
func (n *Node) regionOf(certs []*x509.Certificate) (model.RegionID, error) {
	if len(certs) == 0 {
		return 0, refuse(NoCertificate, "no certificate")
	}
	who, err := identityOf(certs[0])
	if err != nil {
		return 0, &refused{BadCertificate, err}
	}
	return n.know(who)
}

// verifyAgain holds an open connection against the keys in use and the time.
func (n *Node) verifyAgain(l *link) error {
	certs := l.Conn.ConnectionState().PeerCertificates
	if !l.accepted {
		return n.reach(l.region, certs)
	}
	_, err := verifyChain(certs, n.config.Keys.in.Load().roots, x509.ExtKeyUsageClientAuth,
		time.Now())
	return err
}

// whyHandshake tells what has broken off a handshake.
func whyHandshake(err error) error {
	var known *refused
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &record):
		return &refused{NotTLS, err}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return &refused{Slow, err}
	case errors.Is(err, io.EOF), gone(err):
		return &refused{HungUp, err}
	}
	return &refused{BadHandshake, err}
}

// gone reports whether the other end has left without a word: it says so, or the kernel has heard
// nothing of it for long, or finds no way there.
func gone(err error) bool {
	for _, how := range []syscall.Errno{
		syscall.ECONNRESET, syscall.EPIPE, syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ENETUNREACH,
	} {
		if errors.Is(err, how) {
			return true
		}
	}
	return false
}

// ErrUnsent is what an error is when nothing of a question has left this agent: it was not heard,
// and can be asked again.
var ErrUnsent = errors.New("not sent")

// dial connects to a region, as one of the protocols.
func (n *Node) dial(ctx context.Context, to model.RegionID, protocol string) (*link, error) {
	address := n.address(to)
	switch {
	case int(to) >= len(n.config.Regions):
		return nil, fmt.Errorf("%w: no region %d", ErrUnsent, to)
	case to == n.config.Region:
		return nil, fmt.Errorf("%w: %s is this agent itself", ErrUnsent, n.config.Regions[to])
	case address == "":
		return nil, fmt.Errorf("%w: no address of %s", ErrUnsent, n.config.Regions[to])
	}
	ctx, cancel := context.WithTimeout(ctx, n.limits.Dial)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() { // A node that is closed waits for no connection.
		select {
		case <-n.closed:
			cancel()
		case <-stop:
		}
	}()
	conn, err := n.shake(ctx, to, address, protocol)
	if err != nil {
		var known *refused
		if errors.As(err, &known) {
			n.complain("a peer was refused that was dialled", address, err)
		}
		return nil, fmt.Errorf("%w to %s at %s: %w", ErrUnsent, n.config.Regions[to], address, err)
	}
	n.dialled.Add(1)
	made := &link{Conn: conn, register: &n.open, region: to}
	n.open.add(made)
	return made, nil
}

// shake connects, shakes hands, and waits until it is welcome.
func (n *Node) shake(
	ctx context.Context, to model.RegionID, address, protocol string,
) (*tls.Conn, error) {
	dialer := net.Dialer{KeepAliveConfig: keepAlive}
	raw, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, n.clientTLS(to, protocol))
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := conn.Handshake(); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	if got := conn.ConnectionState().NegotiatedProtocol; got != protocol {
		return nil, errors.Join(refuse(WrongProtocol, "it speaks %q, and not %q", got, protocol),
			raw.Close())
	}
	greeting := []byte{0}
	if _, err := io.ReadFull(conn, greeting); err != nil {
		return nil, errors.Join(fmt.Errorf("it lets nobody in: %w", err), raw.Close())
	}
	if greeting[0] != welcome {
		return nil, errors.Join(refuse(Malformed, "it greets with %d", greeting[0]), raw.Close())
	}
	if !stop() {
		return nil, errors.Join(context.Cause(ctx), raw.Close())
	}
	return conn, nil
}

// keepAlive finds out within half a minute that a peer is gone that has said nothing.
var keepAlive = net.KeepAliveConfig{
	Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3,
}
