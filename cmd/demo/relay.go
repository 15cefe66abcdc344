package main

import (
	"context"
	"net"
	"sync"
	"time"
)

// relay is a way between two regions that takes a while: what comes from the server is passed on
// that much later. What it holds is lost with the server's region.
type relay struct {
	listener net.Listener
	to       string
	delay    time.Duration

	mu   sync.Mutex
	cut  bool
	open map[net.Conn]bool
}

// openRelay listens on loopback, for connections to an address.
func openRelay(to string, delay time.Duration) (*relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{listener: listener, to: to, delay: delay, open: map[net.Conn]bool{}}
	go r.serve()
	return r, nil
}

// port is where it listens.
func (r *relay) port() int {
	tcp, _ := r.listener.Addr().(*net.TCPAddr)
	return tcp.Port
}

func (r *relay) serve() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return // It was closed.
		}
		go r.join(conn)
	}
}

// keeps remembers a connection for as long as it is open, unless the way is cut.
func (r *relay) keeps(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut {
		_ = conn.Close()
		return false
	}
	r.open[conn] = true
	return true
}

func (r *relay) drops(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(r.open, conn)
	}
}

// join passes on what two ends say until one has ended.
func (r *relay) join(client net.Conn) {
	if !r.keeps(client) {
		return
	}
	server, err := net.DialTimeout("tcp", r.to, time.Second)
	if err != nil || !r.keeps(server) {
		r.drops(client)
		return
	}
	ctx, end := context.WithCancel(context.Background())
	var both sync.WaitGroup
	both.Go(func() { r.pass(ctx, client, server, 0); end(); r.drops(client, server) })
	both.Go(func() { r.pass(ctx, server, client, r.delay); end(); r.drops(client, server) })
	both.Wait()
}

// held is what is passed on when its time has come.
type held struct {
	data []byte
	due  time.Time
}

// pass passes on what comes from one end, some time later. What is still held when the context is
// over is lost.
func (r *relay) pass(ctx context.Context, from, to net.Conn, delay time.Duration) {
	const most = 4096 // Pieces under way: a sender that is faster waits.
	queue := make(chan held, most)
	go func() {
		defer close(queue)
		for {
			buffer := make([]byte, 16<<10)
			n, err := from.Read(buffer)
			if n > 0 {
				select {
				case queue <- held{buffer[:n], time.Now().Add(delay)}:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	for piece := range queue {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(piece.due)):
		}
		if _, err := to.Write(piece.data); err != nil {
			return
		}
	}
}

// sever loses all that is under way, and takes no new connection.
func (r *relay) sever() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
	for conn := range r.open {
		_ = conn.Close()
	}
	clear(r.open)
}

// mend lets connections through again.
func (r *relay) mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
}

// close ends it.
func (r *relay) close() {
	if r != nil {
		r.sever()
		_ = r.listener.Close() // Nobody connects any more.
	}
}
