package calibrate

import (
	"net"
	"time"

	"github.com/hashicorp/memberlist"
)

// gossipPort is memberlist's own default port.
const gossipPort = 7946

// address is that of a region on a network that does not exist.
func address(region int) *net.UDPAddr {
	return &net.UDPAddr{IP: net.IPv4(10, 0, 0, byte(region+1)).To4(), Port: gossipPort}
}

// regionAt is the region with an address.
func regionAt(text string) int {
	at, err := net.ResolveUDPAddr("udp", text)
	if err != nil || at.IP.To4() == nil {
		return -1
	}
	return int(at.IP.To4()[3]) - 1
}

// memberPort is a region's end of the network, a memberlist.Transport.
type memberPort struct {
	wan     *WAN
	region  int
	ports   []*memberPort
	packets chan *memberlist.Packet
	streams chan net.Conn
}

func newMemberPorts(wan *WAN, regions int) []*memberPort {
	ports := make([]*memberPort, regions)
	for r := range ports {
		ports[r] = &memberPort{
			wan: wan, region: r, ports: ports, packets: make(chan *memberlist.Packet, 1024),
			streams: make(chan net.Conn, 64),
		}
	}
	return ports
}

// FinalAdvertiseAddr is part of memberlist.Transport, as are the methods below.
func (p *memberPort) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return address(p.region).IP, gossipPort, nil
}

func (p *memberPort) WriteTo(bytes []byte, to string) (time.Time, error) {
	other := regionAt(to)
	if other >= 0 && p.wan.Reachable(p.region, other) {
		packet := &memberlist.Packet{Buf: append([]byte(nil), bytes...), From: address(p.region)}
		time.AfterFunc(p.wan.OneWay(p.region, other), func() { p.ports[other].arrive(packet) })
	}
	return time.Now(), nil
}

// arrive hands a packet over, unless the region was lost in the meantime.
func (p *memberPort) arrive(packet *memberlist.Packet) {
	packet.Timestamp = time.Now()
	if p.wan.Up(p.region) {
		select {
		case p.packets <- packet:
		default: // Nobody reads any more.
		}
	}
}

func (p *memberPort) PacketCh() <-chan *memberlist.Packet { return p.packets }

func (p *memberPort) DialTimeout(to string, timeout time.Duration) (net.Conn, error) {
	other := regionAt(to)
	if other < 0 || !p.wan.Reachable(p.region, other) {
		time.Sleep(timeout)
		return nil, errUnreachable
	}
	near, far := newStreams(p.wan, p.region, other)
	time.Sleep(p.wan.OneWay(p.region, other))
	select {
	case p.ports[other].streams <- far:
	default:
	}
	time.Sleep(p.wan.OneWay(p.region, other))
	return near, nil
}

func (p *memberPort) StreamCh() <-chan net.Conn { return p.streams }

func (p *memberPort) Shutdown() error { return nil }
