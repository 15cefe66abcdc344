package probe_test

import (
	"net"
	"testing"

	"github.com/miekg/dns"

	"redoubt/model"
	"redoubt/probe"
)

// nameServer answers as a handler says, over UDP and TCP, and gives its address.
func nameServer(t *testing.T, handler dns.HandlerFunc) string {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []*dns.Server{
		{Listener: tcp, Handler: handler}, {PacketConn: udp, Handler: handler},
	} {
		ready := make(chan struct{})
		server.NotifyStartedFunc = func() { close(ready) }
		go func() { _ = server.ActivateAndServe() }()
		<-ready
		t.Cleanup(func() { _ = server.Shutdown() })
	}
	return tcp.Addr().String()
}

// record makes a record of a line of a zone file.
func record(t *testing.T, line string) dns.RR {
	t.Helper()
	made, err := dns.NewRR(line)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// zone answers with the records of a name, and NXDOMAIN for others. What has many of them is cut
// off over UDP.
func zone(t *testing.T, lines ...string) dns.HandlerFunc {
	var records []dns.RR
	for _, line := range lines {
		records = append(records, record(t, line))
	}
	return func(w dns.ResponseWriter, query *dns.Msg) {
		reply := new(dns.Msg)
		reply.SetReply(query)
		reply.Rcode = dns.RcodeNameError
		for _, r := range records {
			if dns.CanonicalName(r.Header().Name) == query.Question[0].Name {
				reply.Rcode = dns.RcodeSuccess
			}
			if reply.Rcode == dns.RcodeSuccess {
				reply.Answer = append(reply.Answer, r)
			}
		}
		if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
			reply.Truncate(dns.MinMsgSize)
		}
		_ = w.WriteMsg(reply)
	}
}

func TestDNS(t *testing.T) {
	at := nameServer(t, zone(t, "www.example. 60 CNAME shop.example.", "shop.example. 60 A 10.0.0.1",
		"shop.example. 60 A 10.0.0.2", "shop.example. 60 AAAA fd00::1",
		`shop.example. 60 TXT "epoch " "7"`, "other.example. 60 A 10.0.0.9"))
	for name, c := range map[string]struct {
		name, answer string
		record       model.RecordType
		want         probe.Answer
		why          string
	}{
		"any":             {"shop.example", "", model.RecordA, probe.Good, ""},
		"one of two":      {"Shop.Example.", "10.0.0.2", model.RecordA, probe.Good, ""},
		"an alias":        {"www.example.", "10.0.0.2", model.RecordA, probe.Good, ""},
		"IPv6":            {"shop.example.", "FD00:0::1", model.RecordAAAA, probe.Good, ""},
		"a text in parts": {"shop.example.", "epoch 7", model.RecordTXT, probe.Good, ""},
		"another address": {"shop.example.", "10.0.0.3", model.RecordA, probe.Bad, "none of 2 records"},
		"another's":       {"shop.example.", "10.0.0.9", model.RecordA, probe.Bad, "none of 2 records"},
		"another type":    {"other.example.", "", model.RecordTXT, probe.Bad, "no such record"},
		"no such name":    {"none.example.", "", model.RecordA, probe.Bad, "NXDOMAIN"},
	} {
		t.Run(name, func(t *testing.T) {
			p := model.Probe{
				Kind: model.DNSProbe, Target: "{at}", Name: c.name, Record: c.record, Answer: c.answer,
			}
			want(t, looker{}.look(t, p, at), c.want, c.why)
		})
	}
}

// TestALongAnswerIsFetchedOverTCP has one that UDP does not hold.
func TestALongAnswerIsFetchedOverTCP(t *testing.T) {
	var lines []string
	for _, last := range "123456789" {
		for _, before := range "123456789" {
			lines = append(lines, "shop.example. 60 A 10.0."+string(before)+"."+string(last))
		}
	}
	p := model.Probe{
		Kind: model.DNSProbe, Target: "{at}", Name: "shop.example.", Answer: "10.0.9.9",
	}
	want(t, looker{}.look(t, p, nameServer(t, zone(t, lines...))), probe.Good, "")
}

// TestServersThatAnswerNothingUseful refuse, are silent, or answer what nobody has asked.
func TestServersThatAnswerNothingUseful(t *testing.T) {
	p := model.Probe{Kind: model.DNSProbe, Target: "{at}", Name: "shop.example."}
	refuses := nameServer(t, func(w dns.ResponseWriter, query *dns.Msg) {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(query, dns.RcodeRefused))
	})
	want(t, looker{}.look(t, p, refuses), probe.Bad, "answers REFUSED")
	for name, handler := range map[string]dns.HandlerFunc{
		"silent": func(dns.ResponseWriter, *dns.Msg) {},
		"another's answer": func(w dns.ResponseWriter, query *dns.Msg) {
			reply := new(dns.Msg)
			reply.SetReply(query)
			reply.Id++
			reply.Answer = []dns.RR{record(t, "shop.example. 60 A 10.0.0.1")}
			_ = w.WriteMsg(reply)
		},
		"another question": func(w dns.ResponseWriter, query *dns.Msg) {
			reply := new(dns.Msg)
			reply.SetReply(query)
			reply.Question[0].Name = "other.example."
			_ = w.WriteMsg(reply)
		},
		"no message": func(w dns.ResponseWriter, _ *dns.Msg) { _, _ = w.Write([]byte{1, 2, 3}) },
	} {
		t.Run(name, func(t *testing.T) {
			got := quick.look(t, p, nameServer(t, handler))
			want(t, got, probe.Bad, "no answer within 300ms")
			if !got.Silent {
				t.Error("it is not taken for silence")
			}
		})
	}
	want(t, looker{}.look(t, p, nobody(t)), probe.Bad, "connection refused")
}
