package probe

import (
	"context"
	"errors"
	"net"
	"time"
)

// tcpProbe connects, and hangs up.
type tcpProbe struct{ address string }

func newTCPProbe(address string) (Prober, error) {
	if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
		return nil, errors.New("is no host and port")
	}
	return tcpProbe{address}, nil
}

func (p tcpProbe) Probe(ctx context.Context) Result {
	began := time.Now()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return judge(ctx, began, err)
	}
	if err := conn.Close(); err != nil {
		return judge(ctx, began, err)
	}
	return good()
}
