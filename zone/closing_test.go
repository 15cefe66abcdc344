package zone

import (
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestNobodyKeepsAServerFromEnding has somebody hold a connection when a server is to end.
func TestNobodyKeepsAServerFromEnding(t *testing.T) {
	_, address, end, ran := started(t)
	ask(t, "tcp", address, question("example.org.", dns.TypeSOA))
	conn, err := dns.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.WriteMsg(question("example.org.", dns.TypeSOA)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ReadMsg(); err != nil {
		t.Fatal(err)
	}
	end()
	select {
	case err := <-ran:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(tcpIdle / 2):
		t.Error("it has not ended while somebody holds a connection")
	}
}

// TestLongNamesAreTold has regions whose names are longer than one string of a record.
func TestLongNamesAreTold(t *testing.T) {
	z := shop()
	for i := range z.Names {
		z.Names[i] = strings.Repeat("x", 200)
	}
	reply := z.At(in(3, 0b111)).Reply(question("_redoubt.example.org.", dns.TypeTXT), Draw{})
	packed, err := reply.Pack()
	if err != nil {
		t.Fatal(err)
	}
	got := new(dns.Msg)
	if err := got.Unpack(packed); err != nil {
		t.Fatal(err)
	}
	want := "serving=" + strings.Join(z.Names, ",")
	if text := strings.Join(got.Answer[0].(*dns.TXT).Txt, ""); !strings.HasSuffix(text, want) {
		t.Errorf("got %q, want it to end with %q", text, want)
	}
}

// TestEveryReplyToEDNSHasEDNS asks what is refused: RFC 6891, 6.1.1, wants an OPT record in that
// too, and no more than one in a query.
func TestEveryReplyToEDNSHasEDNS(t *testing.T) {
	z := shop()
	answers := z.At(in(3, 1))
	for name, change := range map[string]func(q *dns.Msg) int{
		"as ever":  func(*dns.Msg) int { return dns.RcodeSuccess },
		"transfer": func(q *dns.Msg) int { q.Question[0].Qtype = dns.TypeAXFR; return dns.RcodeRefused },
		"notify":   func(q *dns.Msg) int { q.Opcode = dns.OpcodeNotify; return dns.RcodeNotImplemented },
		"elsewhere": func(q *dns.Msg) int {
			q.Question[0].Name = "example.com."
			return dns.RcodeRefused
		},
		"twice": func(q *dns.Msg) int {
			q.Extra = append(q.Extra, q.Extra[0])
			return dns.RcodeFormatError
		},
	} {
		query := question("shop.eu.example.org.", dns.TypeA).SetEdns0(1232, false)
		want := change(query)
		reply := answers.Reply(query, Draw{})
		if reply.Rcode != want || reply.IsEdns0() == nil {
			t.Errorf("%s: got %v, want %s and an OPT record", name, reply, dns.RcodeToString[want])
		}
	}
}
