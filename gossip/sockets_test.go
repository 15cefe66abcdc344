package gossip_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"

	"redoubt/gossip"
	"redoubt/model"
)

// until waits until something is so.
func until(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after 30 s: %s", what)
		}
	}
}

// pair runs two agents on loopback that see each other.
func pair(t testing.TB) [2]*view {
	t.Helper()
	var views [2]*view
	for r := range model.RegionID(2) {
		c := gossip.Config{
			Cluster: "orders", Region: r, Regions: []string{"east", "west"}, Keys: [][]byte{key(1)},
			Bind: "127.0.0.1:0",
		}
		j := new(journal)
		if c.Log = j.log(); r == 1 {
			c.Addresses = []string{views[0].Address(), ""}
		}
		m, err := gossip.New(c)
		must(t, err)
		t.Cleanup(func() { must(t, m.Shutdown()) })
		views[r] = &view{m, j}
	}
	until(t, "both see each other", func() bool {
		return views[0].Seen().Has(1) && views[1].Seen().Has(0)
	})
	return views
}

// packet is a ping in the clear, as memberlist writes it.
var packet = []byte("\x00\x82\xa5SeqNo\x01\xa4Node\xa4east")

// labelled adds the header of a label.
func labelled(label string, rest []byte) []byte {
	return append(append([]byte{244, byte(len(label))}, label...), rest...)
}

// encrypted encrypts something as memberlist would with another key.
func encrypted(t testing.TB, label string, with, plain []byte) []byte {
	t.Helper()
	capture := &tap{packets: make(chan []byte, 10)}
	config := memberlist.DefaultLANConfig()
	config.Transport, config.SecretKey, config.Label = capture, with, label
	config.LogOutput = io.Discard
	list, err := memberlist.Create(config)
	must(t, err)
	defer list.Shutdown()
	to := &memberlist.Node{Name: "east", Addr: net.IPv4(127, 0, 0, 1), Port: 1}
	must(t, list.SendBestEffort(to, plain))
	return <-capture.packets
}

// tap is a transport that keeps what is sent.
type tap struct{ packets chan []byte }

func (tap) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return net.IPv4(127, 0, 0, 1), 1, nil
}

func (c *tap) WriteTo(b []byte, _ string) (time.Time, error) {
	select {
	case c.packets <- bytes.Clone(b):
	default:
	}
	return time.Now(), nil
}

func (tap) PacketCh() <-chan *memberlist.Packet { return nil }
func (tap) StreamCh() <-chan net.Conn           { return nil }
func (tap) Shutdown() error                     { return nil }

func (tap) DialTimeout(string, time.Duration) (net.Conn, error) {
	return nil, errors.New("nobody is there")
}

func TestPacketsWithoutTheKeyAreRefused(t *testing.T) {
	views := pair(t)
	conn, err := net.Dial("udp", views[0].Address())
	must(t, err)
	defer conn.Close()
	huge := bytes.Repeat([]byte{0xff}, 60_000)
	for name, bytes := range map[string][]byte{
		"in the clear":               packet,
		"in the clear, with a label": labelled("redoubt/orders", packet),
		"another key": encrypted(t, "redoubt/orders", key(9),
			[]byte("x")),
		"another label":       encrypted(t, "redoubt/invoices", key(1), []byte("x")),
		"a label that ends":   {244, 200, 'x'},
		"a label of nothing":  {244, 0, 'x'},
		"one byte":            {1},
		"huge":                huge,
		"huge, with a label":  labelled("redoubt/orders", huge),
		"garbage with a type": labelled("redoubt/orders", []byte("\x0a\xff\x00\x11\x22")),
	} {
		before := views[0].Counts().Refused
		_, err := conn.Write(bytes)
		must(t, err)
		until(t, name+" is refused", func() bool { return views[0].Counts().Refused > before })
	}
	holds(t, views)
}

// holds checks that both agents still see each other, and that no log has a key.
func holds(t testing.TB, views [2]*view) {
	t.Helper()
	time.Sleep(2 * time.Second) // A probe.
	for i, v := range views {
		if v.Lost() != 0 || v.Seen().Count() != 1 {
			t.Errorf("%d has lost %b and sees %b", i, v.Lost(), v.Seen())
		}
		if strings.Contains(v.journal.String(), string(key(1)[:8])) {
			t.Errorf("the log of %d has the key", i)
		}
	}
}

// hears sends something over a stream, and returns what comes until it ends.
func hears(t testing.TB, to string, say []byte) ([]byte, error) {
	t.Helper()
	conn, err := net.Dial("tcp", to)
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, _ = conn.Write(say) // The other may have hung up already.
	return io.ReadAll(conn)
}

func TestStreamsWithoutTheKeyAreRefused(t *testing.T) {
	views := pair(t)
	huge := binary.BigEndian.AppendUint32([]byte{10}, 19<<20)
	huge = append(huge, make([]byte, 1<<20)...)
	for name, say := range map[string][]byte{
		"HTTP":                  []byte("GET / HTTP/1.1\r\n\r\n"),
		"in the clear":          labelled("redoubt/orders", []byte("\x06\x83\xa5Nodes\x01")),
		"another label":         labelled("redoubt/invoices", []byte("\x0a\x00\x00\x00\x20")),
		"huge":                  labelled("redoubt/orders", huge),
		"larger than it can be": labelled("redoubt/orders", []byte("\x0a\xff\xff\xff\xff")),
		"garbage that is no state": labelled("redoubt/orders",
			append([]byte("\x0a\x00\x00\x00\x40"), make([]byte, 64)...)),
	} {
		before := views[0].Counts().Refused
		got, err := hears(t, views[0].Address(), say)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the stream is open after 20 s", name)
		}
		if bytes.Contains(got, []byte("west")) {
			t.Errorf("%s: heard the state", name)
		}
		until(t, name+" is refused", func() bool { return views[0].Counts().Refused > before })
	}
	holds(t, views)
}

func TestStreamsAreBounded(t *testing.T) {
	views := pair(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var group sync.WaitGroup
	for range 60 {
		group.Go(func() {
			conn, err := net.Dial("tcp", views[0].Address())
			if err != nil {
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(3 * time.Second))
			_, _ = conn.Write(binary.BigEndian.AppendUint32(labelled("redoubt/orders",
				[]byte{10}), 19<<20))
			for range 64 {
				if _, err := conn.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
			_, _ = io.Copy(io.Discard, conn)
		})
	}
	group.Wait()
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 64<<20 {
		t.Errorf("%d MiB for streams of strangers", grown>>20)
	}
	holds(t, views)
	// Streams that say nothing crowd others out for as long as they last, and no longer.
	var idle []net.Conn
	for range 40 {
		conn, err := net.Dial("tcp", views[0].Address())
		must(t, err)
		defer conn.Close()
		idle = append(idle, conn)
	}
	until(t, "some were crowded out", func() bool { return views[0].Counts().Crowded > 0 })
	holds(t, views)
	for _, conn := range idle {
		conn.Close()
	}
	until(t, "streams are taken again", func() bool {
		_, err := hears(t, views[0].Address(), []byte{0})
		return err == nil
	})
}

func TestAFloodOfRefusalsDoesNotFloodTheLog(t *testing.T) {
	views := pair(t)
	conn, err := net.Dial("udp", views[0].Address())
	must(t, err)
	defer conn.Close()
	for range 500 {
		_, err := conn.Write(packet)
		must(t, err)
	}
	until(t, "most of them are counted", func() bool { return views[0].Counts().Refused > 250 })
	if lines := strings.Count(views[0].journal.String(), "unacceptable label"); lines == 0 ||
		lines > 60 {
		t.Errorf("%d lines of log for 500 packets", lines)
	}
}

func TestKeysCanChangeInTheMiddleOfPackets(t *testing.T) {
	views := pair(t)
	conn, err := net.Dial("udp", views[0].Address())
	must(t, err)
	defer conn.Close()
	stray := encrypted(t, "redoubt/orders", key(9), []byte("x"))
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		keys := [][]byte{key(1)}
		for i := range rand.N(4) {
			keys = append(keys, key(byte(10+i+rand.N(2)*4)))
		}
		for range 5 {
			_, _ = conn.Write(stray)
		}
		rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		must(t, views[0].Rotate(keys...))
	}
	must(t, views[0].Rotate(key(1)))
	holds(t, views)
}

// FuzzStrangers sends anything in packets and streams to an agent: nothing of it counts for
// anything.
func FuzzStrangers(f *testing.F) {
	f.Add(packet)
	f.Add(labelled("redoubt/orders", packet))
	f.Add(encrypted(f, "redoubt/orders", key(9), []byte("x")))
	f.Add(encrypted(f, "redoubt/invoices", key(1), []byte("x")))
	f.Add(labelled("redoubt/orders", []byte("\x0a\x00\x00\x00\x20")))
	f.Add([]byte("\x0a\xff\xff\xff\xff"))
	in := &inlet{packets: make(chan *memberlist.Packet), streams: make(chan net.Conn)}
	j := new(journal)
	m, err := gossip.New(gossip.Config{
		Cluster: "orders", Regions: []string{"east", "west"}, Keys: [][]byte{key(1)}, Transport: in,
		Log: j.log(),
	})
	must(f, err)
	f.Cleanup(func() { must(f, m.Shutdown()) })
	f.Fuzz(func(t *testing.T, input []byte) {
		in.packets <- &memberlist.Packet{
			Buf: bytes.Clone(input), From: &net.UDPAddr{IP: net.IPv4(9, 9, 9, 9), Port: 9},
			Timestamp: time.Now(),
		}
		near, far := net.Pipe()
		must(t, near.SetDeadline(time.Now().Add(20*time.Millisecond)))
		in.streams <- far
		go func() { _, _ = near.Write(input) }()
		_, _ = io.Copy(io.Discard, near) // Until it is refused, or waits for more.
		_ = near.Close()
		if m.Seen() != 0 {
			t.Fatal("a stranger is a member")
		}
	})
}

// inlet is a transport that has come what a test sends.
type inlet struct {
	tap
	packets chan *memberlist.Packet
	streams chan net.Conn
}

func (i *inlet) WriteTo([]byte, string) (time.Time, error) { return time.Now(), nil }
func (i *inlet) PacketCh() <-chan *memberlist.Packet       { return i.packets }
func (i *inlet) StreamCh() <-chan net.Conn                 { return i.streams }
