package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"redoubt/model"
)

// dnsProbe asks one server for a name.
type dnsProbe struct {
	server string
	name   string
	record uint16
	answer string
}

func newDNSProbe(p *model.Probe, server, name, answer string) (Prober, error) {
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(strings.Trim(server, "[]"), "53")
	}
	if _, ok := dns.IsDomainName(name); !ok {
		return nil, errors.New("asks for what is no name of DNS")
	}
	made := &dnsProbe{server: server, name: dns.CanonicalName(name), answer: answer}
	switch p.Record {
	case model.RecordA:
		made.record = dns.TypeA
	case model.RecordAAAA:
		made.record = dns.TypeAAAA
	case model.RecordTXT:
		made.record = dns.TypeTXT
		return made, nil
	}
	if answer == "" {
		return made, nil
	}
	address, err := netip.ParseAddr(answer)
	if err != nil || address.Is4() != (p.Record == model.RecordA) {
		return nil, errors.New("wants an answer that is no address of its type")
	}
	made.answer = address.String()
	return made, nil
}

func (p *dnsProbe) Probe(ctx context.Context) Result {
	began := time.Now()
	query := new(dns.Msg)
	query.SetQuestion(p.name, p.record)
	reply, err := p.exchange(ctx, "udp", query)
	if err == nil && reply.Truncated {
		reply, err = p.exchange(ctx, "tcp", query)
	}
	if err != nil {
		return judge(ctx, began, err)
	}
	if reply.Rcode != dns.RcodeSuccess {
		return bad("the server answers %s", rcode(reply.Rcode))
	}
	found := p.values(reply.Answer)
	switch {
	case len(found) == 0:
		return bad("there is no such record")
	case p.answer != "" && !slices.Contains(found, p.answer):
		return bad("none of %d records is the one that is wanted", len(found))
	}
	return good()
}

// rcode is the name of what a server answers.
func rcode(number int) string {
	if name, known := dns.RcodeToString[number]; known {
		return name
	}
	return "with a code of its own"
}

// exchange asks over a connection of its own. Answers to another question are passed over: anybody
// can send those.
func (p *dnsProbe) exchange(ctx context.Context, network string, query *dns.Msg) (*dns.Msg, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, p.server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	over := &dns.Conn{Conn: conn, UDPSize: dns.DefaultMsgSize}
	if err := over.WriteMsg(query); err != nil {
		return nil, err
	}
	for {
		reply, err := over.ReadMsg()
		var broken *net.OpError
		switch {
		case err != nil && (network == "tcp" || errors.As(err, &broken)):
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil || !reply.Response || reply.Id != query.Id || len(reply.Question) != 1:
		case dns.CanonicalName(reply.Question[0].Name) == p.name &&
			reply.Question[0].Qtype == p.record:
			return reply, nil
		}
	}
}

// values are the records of the name that was asked for, and of what it is another name of.
func (p *dnsProbe) values(answer []dns.RR) (found []string) {
	const aliasesMax = 8
	owner := p.name
	for range aliasesMax {
		next := ""
		for _, record := range answer {
			if dns.CanonicalName(record.Header().Name) != owner {
				continue
			}
			switch r := record.(type) {
			case *dns.CNAME:
				next = dns.CanonicalName(r.Target)
			case *dns.A:
				found = appendOf(found, p.record == dns.TypeA, r.A.String())
			case *dns.AAAA:
				found = appendOf(found, p.record == dns.TypeAAAA, r.AAAA.String())
			case *dns.TXT:
				found = appendOf(found, p.record == dns.TypeTXT, strings.Join(r.Txt, ""))
			}
		}
		if next == "" || len(found) > 0 {
			break
		}
		owner = next
	}
	return found
}

func appendOf(list []string, wanted bool, value string) []string {
	if wanted {
		return append(list, value)
	}
	return list
}
