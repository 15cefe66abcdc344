package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// silence has the addresses of a region that is lost. Who connects is not refused, as by a machine
// that lives and whose program has ended: nobody answers.
type silence struct{ all []io.Closer }

// keepSilent takes addresses, over TCP and UDP, and says nothing there.
func keepSilent(addresses ...string) (*silence, error) {
	s := &silence{}
	for _, address := range addresses {
		// Connections wait to be accepted, and what is sent is not read.
		listener, err := take(address)
		if err != nil {
			s.close()
			return nil, fmt.Errorf("keep %s silent: %w", address, err)
		}
		s.all = append(s.all, listener)
		packets, err := net.ListenPacket("udp", address)
		if err != nil {
			s.close()
			return nil, fmt.Errorf("keep %s silent: %w", address, err)
		}
		s.all = append(s.all, packets)
	}
	return s, nil
}

// takeWithin is how long whoever had an address may take to end once they are killed.
const takeWithin = 3 * time.Second

// take listens where somebody has listened until just now. A process that was started after those
// were found who are killed ends with its namespace, some moments later.
func take(address string) (listener net.Listener, err error) {
	for began := time.Now(); time.Since(began) < takeWithin; time.Sleep(time.Millisecond) {
		listener, err = net.Listen("tcp", address)
		if !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return listener, err
}

// close gives the addresses back.
func (s *silence) close() {
	if s == nil {
		return
	}
	for _, each := range s.all {
		_ = each.Close() // One that does not close is found by whoever needs its address.
	}
	s.all = nil
}
