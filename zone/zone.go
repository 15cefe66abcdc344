package zone

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"redoubt/model"
)

// Zone is a zone that a server is the authority for.
type Zone struct {
	// Origin is its name, such as "example.org.".
	Origin string
	// Servers are the names of its name servers, and Mailbox the one of whoever answers for it, as
	// a SOA record has it: "hostmaster.example.org.".
	Servers []string
	Mailbox string
	// Hosts are fixed addresses in it, by name: those of its name servers, if they are in it.
	Hosts map[string][]netip.Addr
	// Service is the name that follows the state, TTL for how long its answers may be kept, and
	// Regions its addresses by region.
	Service string
	TTL     time.Duration
	Regions [model.MaxRegions][]netip.Addr
	// Names are what the regions are called.
	Names []string
	// Shares are the shares of the clients of this server that are sent to each region while a set
	// of regions serves; see SharesAt.
	Shares func(serving model.RegionSet) [model.MaxRegions]float64
}

// epochLabel is under which name of a zone the epoch stands.
const epochLabel = "_redoubt."

// negativeTTL is for how long it may be kept that a name does not exist, and slowTTL that of what
// changes with the zone's file only.
const (
	negativeTTL = 30
	slowTTL     = 3600
)

// longestTTL is the longest time that an answer may be kept: RFC 2181 has 31 bits of seconds.
const longestTTL = 1<<31 - 1

// SharesAt are the shares of the users nearest to a region, or of all users where none are, that
// the scenario's routing sends to each region. A server that stands in the region is asked by the
// resolvers of those users: which region is nearest to a resolver is all that it can tell of them.
func SharesAt(
	s *model.Scenario, at model.RegionID,
) func(model.RegionSet) [model.MaxRegions]float64 {
	near := func(p *model.Population) bool { return p.Nearest == at }
	if !slices.ContainsFunc(s.Populations, func(p model.Population) bool { return near(&p) }) {
		near = func(*model.Population) bool { return true }
	}
	return func(serving model.RegionSet) (shares [model.MaxRegions]float64) {
		for i := range s.Populations {
			population := &s.Populations[i]
			if !near(population) {
				continue
			}
			for r, share := range s.Sent(population, serving) {
				shares[r] += share * population.Share
			}
		}
		return shares
	}
}

// Validate finds all that is wrong with a zone.
func (z *Zone) Validate() error {
	var found []error
	wrong := func(format string, arguments ...any) {
		found = append(found, fmt.Errorf(format, arguments...))
	}
	name := func(what, value string, inside bool) {
		switch _, valid := dns.IsDomainName(value); {
		case !valid || !dns.IsFqdn(value):
			wrong("%s %q is no full name of a domain, which ends with a dot", what, value)
		case inside && !dns.IsSubDomain(z.Origin, value):
			wrong("%s %q is not in the zone %q", what, value, z.Origin)
		}
	}
	name("origin", z.Origin, false)
	name("service", z.Service, true)
	name("mailbox", z.Mailbox, false)
	if len(z.Servers) == 0 {
		wrong("the zone has no name server")
	}
	for _, server := range z.Servers {
		name("name server", server, false)
		if dns.IsSubDomain(z.Origin, server) && len(z.Hosts[canonical(server)]) == 0 {
			wrong("name server %q is in the zone, and has no address in it", server)
		}
	}
	for host := range z.Hosts {
		name("host", host, true)
		if host != canonical(host) {
			wrong("host %q has to be written in small letters", host)
		}
		if host == canonical(z.Service) {
			wrong("host %q is the service, whose addresses follow the state", host)
		}
	}
	if z.TTL < time.Second || z.TTL > longestTTL*time.Second || z.TTL%time.Second != 0 {
		wrong("a TTL of %v is no whole number of seconds from 1 to %d", z.TTL, longestTTL)
	}
	if z.Shares == nil || !slices.ContainsFunc(z.Regions[:], func(a []netip.Addr) bool {
		return len(a) > 0
	}) {
		wrong("the service has no address in any region, or nothing says who is sent where")
	}
	return errors.Join(found...)
}

// canonical is a name as it is compared: RFC 4343.
func canonical(name string) string { return strings.ToLower(dns.Fqdn(name)) }
