package zone

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"redoubt/failover"
	"redoubt/model"
)

// only sends everybody to the first region that serves.
func only(serving model.RegionSet) (shares [model.MaxRegions]float64) {
	if serving != 0 {
		shares[serving.First()] = 1
	}
	return shares
}

// evenly sends everybody to each region that serves, equally often.
func evenly(serving model.RegionSet) (shares [model.MaxRegions]float64) {
	for left := serving; left != 0; left = left.Without(left.First()) {
		shares[left.First()] = 1 / float64(serving.Count())
	}
	return shares
}

func shop() Zone {
	z := Zone{
		Origin: "example.org.", Servers: []string{"ns1.example.org.", "ns.elsewhere.net."},
		Mailbox: "hostmaster.example.org.", Service: "shop.eu.example.org.", TTL: 20 * time.Second,
		Hosts:  map[string][]netip.Addr{"ns1.example.org.": {netip.MustParseAddr("192.0.2.53")}},
		Names:  []string{"paris", "dublin", "tokyo"},
		Shares: only,
	}
	for r := range 3 {
		z.Regions[r] = []netip.Addr{
			netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", r+1)),
			netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", r+1)),
		}
	}
	return z
}

// in is a state in which some regions serve.
func in(epoch failover.Epoch, serving model.RegionSet) *failover.State {
	return &failover.State{Epoch: epoch, Primary: serving.First(), Serving: serving}
}

func question(name string, kind uint16) *dns.Msg {
	return new(dns.Msg).SetQuestion(name, kind)
}

// told is what a reply says, in short: its code, whether it is of the authority, its answers, and
// what stands in its authority section.
func told(m *dns.Msg) string {
	text := dns.RcodeToString[m.Rcode]
	if m.Authoritative {
		text += " aa"
	}
	for _, record := range m.Answer {
		fields := strings.Fields(record.String())
		text += " " + strings.Join(fields[1:2], "") + " " + strings.Join(fields[3:], " ")
	}
	for _, record := range m.Ns {
		text += " /" + dns.TypeToString[record.Header().Rrtype]
	}
	return text
}

// TestReplies is what each kind of question gets.
func TestReplies(t *testing.T) {
	z := shop()
	if err := z.Validate(); err != nil {
		t.Fatal(err)
	}
	known, unknown := z.At(in(7, 0b110)), z.Unknown()
	for _, c := range []struct {
		answers *Answers
		name    string
		kind    uint16
		want    string
	}{
		{known, "shop.eu.example.org.", dns.TypeA, "NOERROR aa 20 A 192.0.2.2"},
		{known, "sHoP.Eu.example.ORG.", dns.TypeAAAA, "NOERROR aa 20 AAAA 2001:db8::2"},
		{known, "shop.eu.example.org.", dns.TypeMX, "NOERROR aa /SOA"},
		{known, "shop.eu.example.org.", dns.TypeANY, `NOERROR aa 3600 HINFO "RFC8482" ""`},
		{known, "eu.example.org.", dns.TypeA, "NOERROR aa /SOA"},
		{known, "us.example.org.", dns.TypeA, "NXDOMAIN aa /SOA"},
		{known, "a.shop.eu.example.org.", dns.TypeA, "NXDOMAIN aa /SOA"},
		{known, "ns1.example.org.", dns.TypeA, "NOERROR aa 3600 A 192.0.2.53"},
		{known, "example.org.", dns.TypeNS,
			"NOERROR aa 3600 NS ns1.example.org. 3600 NS ns.elsewhere.net."},
		{known, "example.org.", dns.TypeSOA, "NOERROR aa 3600 SOA ns1.example.org. " +
			"hostmaster.example.org. 7 3600 600 604800 30"},
		{known, "_redoubt.example.org.", dns.TypeTXT,
			`NOERROR aa 20 TXT "epoch=7" "primary=dublin" "serving=dublin,tokyo"`},
		{known, "example.com.", dns.TypeA, "REFUSED"},
		{known, "xexample.org.", dns.TypeA, "REFUSED"},
		{known, ".", dns.TypeNS, "REFUSED"},
		{known, "example.org.", dns.TypeAXFR, "REFUSED"},
		{unknown, "shop.eu.example.org.", dns.TypeA, "SERVFAIL"},
		{unknown, "_redoubt.example.org.", dns.TypeTXT, "NOERROR aa /SOA"},
		{unknown, "ns1.example.org.", dns.TypeA, "NOERROR aa 3600 A 192.0.2.53"},
		{z.At(in(8, 0)), "shop.eu.example.org.", dns.TypeA, "NOERROR aa /SOA"},
	} {
		if got := told(c.answers.Reply(question(c.name, c.kind), Draw{})); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.name, dns.TypeToString[c.kind], got, c.want)
		}
	}
}

// TestOddQueries are those that no resolver sends, and those of other protocols.
func TestOddQueries(t *testing.T) {
	z := shop()
	answers := z.At(in(7, 1))
	for name, c := range map[string]struct {
		change func(*dns.Msg)
		want   int
	}{
		"an update":   {func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate }, dns.RcodeNotImplemented},
		"no question": {func(m *dns.Msg) { m.Question = nil }, dns.RcodeFormatError},
		"two questions": {
			func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }, dns.RcodeFormatError,
		},
		"a reply":   {func(m *dns.Msg) { m.Response = true }, dns.RcodeFormatError},
		"an answer": {func(m *dns.Msg) { m.Answer = []dns.RR{answers.soa(1)} }, dns.RcodeFormatError},
		"chaos":     {func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }, dns.RcodeRefused},
		"EDNS to come": {
			func(m *dns.Msg) { m.SetEdns0(4096, false); m.IsEdns0().SetVersion(1) }, dns.RcodeBadVers,
		},
		"EDNS as it is":  {func(m *dns.Msg) { m.SetEdns0(4096, false) }, dns.RcodeSuccess},
		"a plain answer": {func(*dns.Msg) {}, dns.RcodeSuccess},
	} {
		query := question("shop.eu.example.org.", dns.TypeA)
		c.change(query)
		reply := answers.Reply(query, Draw{})
		if reply.Rcode != c.want {
			t.Errorf("%s: got %s, want %s", name, dns.RcodeToString[reply.Rcode],
				dns.RcodeToString[c.want])
		}
		if _, err := reply.Pack(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDrawsAreThoseOfTheState draws many answers, and holds how many went where within 4.5 standard
// errors of what the routing and the stage say.
func TestDrawsAreThoseOfTheState(t *testing.T) {
	z := shop()
	z.Shares = evenly
	staged := in(3, 0b111)
	staged.Split = failover.Split{From: 0b001, To: 0b110, Share: 10}
	nowhere := shop()
	nowhere.Shares, nowhere.Regions[1] = evenly, nil
	for name, c := range map[string]struct {
		answers *Answers
		want    [3]float64
	}{
		"one":                      {z.At(in(3, 0b010)), [3]float64{0, 1, 0}},
		"two":                      {z.At(in(3, 0b101)), [3]float64{0.5, 0, 0.5}},
		"a stage of 10 %":          {z.At(staged), [3]float64{0.9, 0.05, 0.05}},
		"one without an address":   {nowhere.At(in(3, 0b011)), [3]float64{1, 0, 0}},
		"all, and one has nothing": {nowhere.At(in(3, 0b111)), [3]float64{0.5, 0, 0.5}},
	} {
		const draws = 40_000
		source := rand.New(rand.NewPCG(1, 2))
		var got [3]float64
		for range draws {
			got[c.answers.Region(Draw{Side: source.Float64(), Region: source.Float64()})]++
		}
		for r, want := range c.want {
			deviation := math.Sqrt(want * (1 - want) / draws)
			if share := got[r] / draws; math.Abs(share-want) > 4.5*deviation {
				t.Errorf("%s: %.4f went to region %d, want %.4f", name, share, r, want)
			}
		}
	}
}

// TestAServerSendsWhoIsNearIt compares the shares of a region's server with the routing itself.
func TestAServerSendsWhoIsNearIt(t *testing.T) {
	s := &model.Scenario{
		Regions: []model.Region{{Name: "paris"}, {Name: "tokyo"}, {Name: "lima", Witness: true}},
		Populations: []model.Population{
			{Name: "europe", Share: 0.7, Nearest: 0}, {Name: "asia", Share: 0.3, Nearest: 1},
		},
	}
	s.Latency[0][1], s.Latency[1][0] = 200*time.Millisecond, 200*time.Millisecond
	for at, want := range map[model.RegionID][2]float64{0: {0.7, 0}, 1: {0, 0.3}, 2: {0.7, 0.3}} {
		if got := SharesAt(s, at)(0b11); got[0] != want[0] || got[1] != want[1] {
			t.Errorf("at region %d: got %v, want %v", at, got[:2], want)
		}
	}
	if got := SharesAt(s, 0)(0b10); got[0] != 0 || got[1] != 0.7 {
		t.Errorf("with one region left: got %v, want everybody of Europe there", got[:2])
	}
}

// TestValidateFindsAll wants every mistake of a zone at once.
func TestValidateFindsAll(t *testing.T) {
	z := Zone{
		Origin: "example.org", Service: "shop.example.com.", Mailbox: "x..y.",
		TTL: 1500 * time.Millisecond, Hosts: map[string][]netip.Addr{"NS.example.org.": nil},
	}
	err := z.Validate()
	for _, want := range []string{
		`origin "example.org"`, `service "shop.example.com." is not in`, `mailbox "x..y."`,
		"no name server", "in small letters", "TTL of 1.5s", "no address in any region",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
