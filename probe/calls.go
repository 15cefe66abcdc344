package probe

import (
	"context"
	"errors"
	"net"
	"sync"
)

// calls are the connections of one probe.
type calls struct {
	sync.Mutex
	over bool
	open []net.Conn
}

// dial connects, until the end of the calls.
func (c *calls) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.Lock()
	defer c.Unlock()
	if c.over {
		return nil, errors.Join(net.ErrClosed, conn.Close())
	}
	c.open = append(c.open, conn)
	return conn, nil
}

// end closes what was opened, whatever hangs on it.
func (c *calls) end() {
	c.Lock()
	defer c.Unlock()
	c.over = true
	for _, conn := range c.open {
		_ = conn.Close() // It may have been closed in good order.
	}
}
