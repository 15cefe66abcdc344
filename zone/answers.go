package zone

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"redoubt/failover"
	"redoubt/model"
)

// Answers are what a zone answers in one state.
type Answers struct {
	zone  *Zone
	known bool
	epoch failover.Epoch
	text  []string
	// split says how the traffic is divided while it shifts in stages; to and from are the shares of
	// each side, and from alone counts where it is not divided.
	percent  uint8
	to, from [model.MaxRegions]float64
	// names are all names that exist, those that only lead to others included.
	names map[string]bool
}

// At are the answers of a zone in a state.
func (z *Zone) At(s *failover.State) *Answers {
	a := z.Unknown()
	a.known, a.epoch = true, s.Epoch
	a.from = z.Shares(s.Serving)
	if s.Split.Share > 0 {
		a.percent = s.Split.Share
		a.to, a.from = z.Shares(s.Split.To), z.Shares(s.Split.From)
	}
	for _, text := range []string{
		fmt.Sprintf("epoch=%d", s.Epoch), "primary=" + z.regionName(s.Primary),
		"serving=" + z.regionNames(s.Serving),
	} {
		a.text = append(a.text, inStrings(text)...)
	}
	return a
}

// inStrings is a text as the strings of a TXT record, of which none is longer than RFC 1035 lets it
// be.
func inStrings(text string) (parts []string) {
	const longest = 255
	for part := range slices.Chunk([]byte(text), longest) {
		parts = append(parts, string(part))
	}
	return parts
}

// Unknown are the answers of a zone while no state is known: all but where the service is.
func (z *Zone) Unknown() *Answers {
	a := &Answers{zone: z, names: map[string]bool{}}
	for _, name := range []string{z.Origin, z.Service, epochLabel + z.Origin} {
		a.exists(name)
	}
	for host := range z.Hosts {
		a.exists(host)
	}
	return a
}

// exists notes a name and all between it and the origin: RFC 8020 has those exist too.
func (a *Answers) exists(name string) {
	origin := canonical(a.zone.Origin)
	for name = canonical(name); dns.IsSubDomain(origin, name); {
		a.names[name] = true
		next, end := dns.NextLabel(name, 0)
		if end {
			return
		}
		name = name[next:]
	}
}

func (z *Zone) regionName(r model.RegionID) string {
	if int(r) < len(z.Names) {
		return z.Names[r]
	}
	return "none"
}

func (z *Zone) regionNames(regions model.RegionSet) string {
	var names []string
	for left := regions; left != 0; left = left.Without(left.First()) {
		names = append(names, z.regionName(left.First()))
	}
	return strings.Join(names, ",")
}

// Draw is what chance has to say in an answer: two numbers from 0 up to, and not including, 1. The
// first says which side of a division, the second which region of that side.
type Draw struct{ Side, Region float64 }

// Region is where the service is for whoever is answered by a draw: NoRegion where it is nowhere.
func (a *Answers) Region(d Draw) model.RegionID {
	shares := &a.from
	if a.percent > 0 && d.Side*100 < float64(a.percent) {
		shares = &a.to
	}
	total := 0.0
	for r, share := range shares {
		if len(a.zone.Regions[r]) > 0 {
			total += share
		}
	}
	found, end := model.NoRegion, 0.0
	for r, share := range shares {
		if share <= 0 || len(a.zone.Regions[r]) == 0 {
			continue
		}
		found, end = model.RegionID(r), end+share
		if d.Region*total < end {
			return found
		}
	}
	return found // Rounding has left a little at the end.
}

// Reply answers a query. It never fails: what is wrong with the query is in the answer.
func (a *Answers) Reply(query *dns.Msg, d Draw) *dns.Msg {
	reply := new(dns.Msg)
	reply.SetReply(query)
	edns := query.IsEdns0()
	if edns != nil { // RFC 6891 has one in every reply, a refusal too.
		reply.SetEdns0(payload, false)
	}
	if code := refusal(query); code != dns.RcodeSuccess {
		reply.Rcode = code
		return reply
	}
	if edns != nil && edns.Version() != 0 {
		reply.Rcode = dns.RcodeBadVers
		return reply
	}
	question := &query.Question[0]
	name := canonical(question.Name)
	origin := canonical(a.zone.Origin)
	if !dns.IsSubDomain(origin, name) || question.Qclass != dns.ClassINET {
		reply.Rcode = dns.RcodeRefused
		return reply
	}
	reply.Authoritative = true
	if !a.names[name] {
		reply.Rcode, reply.Ns = dns.RcodeNameError, []dns.RR{a.soa(negativeTTL)}
		return reply
	}
	if name == canonical(a.zone.Service) && !a.known {
		reply.Rcode, reply.Authoritative = dns.RcodeServerFailure, false
		return reply
	}
	for _, record := range a.records(name, question.Name, d) {
		if question.Qtype == record.Header().Rrtype {
			reply.Answer = append(reply.Answer, record)
		}
	}
	if question.Qtype == dns.TypeANY { // RFC 8482: as little as is true.
		reply.Answer = []dns.RR{&dns.HINFO{Hdr: header(question.Name, dns.TypeHINFO, slowTTL),
			Cpu: "RFC8482"}}
	}
	if len(reply.Answer) == 0 {
		reply.Ns = []dns.RR{a.soa(negativeTTL)}
	}
	return reply
}

// payload is the largest answer over UDP that a server says it takes and gives: what no network on
// the way breaks up (DNS flag day 2020).
const payload = 1232

// refusal says what is wrong with a query before anybody looks at its name.
func refusal(query *dns.Msg) int {
	switch {
	case query.Opcode != dns.OpcodeQuery:
		return dns.RcodeNotImplemented
	case len(query.Question) != 1 || query.Response || len(query.Answer)+len(query.Ns) > 0:
		return dns.RcodeFormatError
	}
	options := 0
	for _, record := range query.Extra {
		if record.Header().Rrtype == dns.TypeOPT {
			options++
		}
	}
	if options > 1 {
		return dns.RcodeFormatError
	}
	switch query.Question[0].Qtype {
	case dns.TypeAXFR, dns.TypeIXFR:
		return dns.RcodeRefused
	}
	return dns.RcodeSuccess
}

// records are all records of a name that exists, under the name as it was asked for.
func (a *Answers) records(name, asked string, d Draw) (records []dns.RR) {
	z := a.zone
	switch name {
	case canonical(z.Service):
		if r := a.Region(d); r.Valid() {
			records = addresses(asked, uint32(z.TTL.Seconds()), z.Regions[r])
		}
	case canonical(epochLabel + z.Origin):
		if a.known {
			records = append(records, &dns.TXT{
				Hdr: header(asked, dns.TypeTXT, uint32(z.TTL.Seconds())), Txt: a.text,
			})
		}
	default:
		records = addresses(asked, slowTTL, z.Hosts[name])
	}
	if name == canonical(z.Origin) {
		records = append(records, a.soa(slowTTL))
		for _, server := range z.Servers {
			records = append(records, &dns.NS{Hdr: header(asked, dns.TypeNS, slowTTL), Ns: server})
		}
	}
	return records
}

func addresses(name string, ttl uint32, all []netip.Addr) (records []dns.RR) {
	for _, address := range all {
		if address = address.Unmap(); address.Is4() {
			records = append(records, &dns.A{
				Hdr: header(name, dns.TypeA, ttl), A: address.AsSlice(),
			})
		} else {
			records = append(records, &dns.AAAA{
				Hdr: header(name, dns.TypeAAAA, ttl), AAAA: address.AsSlice(),
			})
		}
	}
	return records
}

func header(name string, kind uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: ttl}
}

// soa is the start of the zone's authority. Its serial is the epoch, which only grows.
func (a *Answers) soa(ttl uint32) dns.RR {
	return &dns.SOA{
		Hdr: header(a.zone.Origin, dns.TypeSOA, ttl), Ns: a.zone.Servers[0], Mbox: a.zone.Mailbox,
		Serial: uint32(a.epoch), Refresh: slowTTL, Retry: 600, Expire: 7 * 86400, Minttl: negativeTTL,
	}
}
