package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// pretended is a store that has a server in each region, as far as an agent that measures a lag can
// tell: who beats its heart takes writes, and the others have each beat at once, unless they stall.
type pretended struct {
	mu      sync.Mutex
	writer  int
	newest  heartbeat // what the writer has
	copied  heartbeat // what the others have
	stalled bool
}

// heartbeat is the one row of a store's heartbeat.
type heartbeat struct {
	epoch string
	count int
	at    time.Time
}

// serve has a region's server answer at an address.
func (p *pretended) serve(t *testing.T, region int, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = p.talk(conn, region) // Who asks hears that the connection has ended.
			}()
		}
	}()
}

// stall has the others get nothing any more, or all again.
func (p *pretended) stall(stalled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = stalled
}

// talk speaks as much of PostgreSQL's protocol, version 3, as one statement takes: it answers what
// was parsed and bound once the client waits for all (Sync).
func (p *pretended) talk(conn net.Conn, region int) error {
	if _, err := body(conn, nil); err != nil { // The startup message, which has no letter.
		return err
	}
	const ok, idle = "R\x00\x00\x00\x08\x00\x00\x00\x00", "Z\x00\x00\x00\x05I"
	if _, err := io.WriteString(conn, ok+idle); err != nil {
		return err
	}
	var statement string
	var values []string
	for {
		letter := make([]byte, 1)
		said, err := body(conn, letter)
		if err != nil {
			return err
		}
		answer := ""
		switch letter[0] {
		case 'Q':
			answer = message('C', "SET\x00") + idle
		case 'P':
			statement = string(bytes.SplitN(said, []byte{0}, 3)[1])
		case 'B':
			values = bound(said)
		case 'S':
			answer = message('1', "") + message('2', "") + p.answer(region, statement, values) +
				message('C', "SELECT 1\x00") + idle
		case 'X':
			return nil
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return err
		}
	}
}

// body reads a message, and its letter where it has one.
func body(r io.Reader, letter []byte) ([]byte, error) {
	head := make([]byte, len(letter)+4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	copy(letter, head)
	size := binary.BigEndian.Uint32(head[len(letter):])
	if size < 4 || size > 1<<16 {
		return nil, errors.New("no message is as long as that")
	}
	said := make([]byte, size-4)
	_, err := io.ReadFull(r, said)
	return said, err
}

// message is one with a letter.
func message(letter byte, said string) string {
	return string(binary.BigEndian.AppendUint32([]byte{letter}, uint32(len(said)+4))) + said
}

// bound are the values that a Bind message gives, as text, after two names and its formats.
func bound(said []byte) (values []string) {
	said = bytes.SplitN(said, []byte{0}, 3)[2]
	number := func() int {
		n := int(binary.BigEndian.Uint16(said))
		said = said[2:]
		return n
	}
	for range number() {
		number()
	}
	for range number() {
		size := binary.BigEndian.Uint32(said)
		values, said = append(values, string(said[4:4+size])), said[4+size:]
	}
	return values
}

// answer is the row that a statement finds, as its description and its columns.
func (p *pretended) answer(region int, statement string, values []string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.HasPrefix(statement, "insert into redoubt.heartbeat") {
		p.writer = region
		p.newest = heartbeat{epoch: values[1], count: p.newest.count + 1, at: time.Now()}
		if !p.stalled {
			p.copied = p.newest
		}
		return row(fmt.Sprint(p.newest.count))
	}
	recovers, has := "t", p.copied
	if region == p.writer {
		recovers, has = "f", p.newest
	}
	return row(recovers, "0/1", "0"+has.epoch, fmt.Sprint(has.count),
		fmt.Sprint(has.at.UnixMicro()), fmt.Sprint(time.Now().UnixMicro()))
}

// row describes columns of text, and gives them.
func row(columns ...string) string {
	count := string(binary.BigEndian.AppendUint16(nil, uint16(len(columns))))
	described, given := count, count
	for _, column := range columns {
		const text = "c\x00" + // its name, and of which table, type, size and format it is
			"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00"
		described += text
		given += string(binary.BigEndian.AppendUint32(nil, uint32(len(column)))) + column
	}
	return message('T', described) + message('D', given)
}
