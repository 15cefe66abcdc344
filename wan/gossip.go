package wan

import (
	"net"
	"time"

	"github.com/hashicorp/memberlist"

	"redoubt/model"
)

// gossipPort is memberlist's own default port.
const gossipPort = 7946

// Address is that of a machine in a region, from 0 to 255, on a network that does not exist.
func Address(region model.RegionID, machine byte) *net.UDPAddr {
	return &net.UDPAddr{IP: net.IPv4(10, 0, machine, byte(region)+1).To4(), Port: gossipPort}
}

// regionAt is the region with an address.
func regionAt(text string) model.RegionID {
	at, err := net.ResolveUDPAddr("udp", text)
	if err != nil || at.IP.To4() == nil {
		return model.NoRegion
	}
	return model.RegionID(at.IP.To4()[3] - 1)
}

// MemberPort is a machine's end of the network, a memberlist.Transport.
type MemberPort struct {
	network *Network
	region  model.RegionID
	address *net.UDPAddr
	packets chan *memberlist.Packet
	streams chan net.Conn
}

// MemberPort makes the end of a machine in a region, in place of whoever listened at its address.
func (n *Network) MemberPort(region model.RegionID, machine byte) *MemberPort {
	p := &MemberPort{
		network: n, region: region, address: Address(region, machine),
		packets: make(chan *memberlist.Packet, 1024), streams: make(chan net.Conn, 64),
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.members[p.address.String()] = p
	return p
}

// member is who listens at an address.
func (n *Network) member(at string) *MemberPort {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.members[at]
}

// FinalAdvertiseAddr is part of memberlist.Transport, as are the methods below.
func (p *MemberPort) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return p.address.IP, gossipPort, nil
}

// WriteTo sends a packet.
func (p *MemberPort) WriteTo(bytes []byte, to string) (time.Time, error) {
	other := regionAt(to)
	if delay, ok := p.network.send(p.region, other); ok {
		packet := &memberlist.Packet{Buf: append([]byte(nil), bytes...), From: p.address}
		time.AfterFunc(delay, func() { p.network.arrive(to, packet) })
	}
	return time.Now(), nil
}

// arrive hands a packet over, unless the region was lost in the meantime or nobody listens.
func (n *Network) arrive(to string, packet *memberlist.Packet) {
	packet.Timestamp = time.Now()
	if port := n.member(to); port != nil && n.Up(port.region) {
		select {
		case port.packets <- packet:
		default: // Nobody reads any more.
		}
	}
}

// PacketCh gives the packets that have arrived.
func (p *MemberPort) PacketCh() <-chan *memberlist.Packet { return p.packets }

// DialTimeout connects to an address. It fails when the time is up, or after a round trip where
// nobody listens.
func (p *MemberPort) DialTimeout(to string, timeout time.Duration) (net.Conn, error) {
	other, end := regionAt(to), time.Now().Add(timeout)
	if !p.network.carry(p.region, other, 0, end) {
		time.Sleep(time.Until(end))
		return nil, errUnreachable
	}
	port := p.network.member(to)
	var near net.Conn
	err := errRefused
	if port != nil {
		a, b := newStreams(p, port)
		select {
		case port.streams <- b:
			near, err = a, nil
		default:
		}
	}
	if !p.network.carry(other, p.region, model.AnswerWait, end) {
		time.Sleep(time.Until(end))
		return nil, errUnreachable
	}
	return near, err
}

// StreamCh gives the streams that others have begun.
func (p *MemberPort) StreamCh() <-chan net.Conn { return p.streams }

// Shutdown has nobody listen any more.
func (p *MemberPort) Shutdown() error {
	p.network.mu.Lock()
	defer p.network.mu.Unlock()
	if at := p.address.String(); p.network.members[at] == p {
		delete(p.network.members, at)
	}
	return nil
}
