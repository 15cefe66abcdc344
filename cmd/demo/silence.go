package main

import (
	"fmt"
	"io"
	"net"
)

// silence has the addresses of a region that is lost. Who connects is not refused, as by a machine
// that lives and whose program has ended: nobody answers.
type silence struct{ all []io.Closer }

// keepSilent takes addresses, over TCP and UDP, and says nothing there.
func keepSilent(addresses ...string) (*silence, error) {
	s := &silence{}
	for _, address := range addresses {
		// Connections wait to be accepted, and what is sent is not read.
		listener, err := net.Listen("tcp", address)
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
