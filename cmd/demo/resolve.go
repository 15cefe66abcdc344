package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/miekg/dns"
)

// resolver asks the agents' name servers, as a client's does: it keeps an answer for its TTL, goes
// on with the server that answered last, and tries the next one when that does not.
type resolver struct {
	servers []string
	next    int

	address string
	until   time.Time
}

// lookup is the service's address.
func (r *resolver) lookup(ctx context.Context) (string, error) {
	if time.Now().Before(r.until) {
		return r.address, nil
	}
	var errs []error
	for range r.servers {
		asked := time.Now()
		address, ttl, err := ask(ctx, r.servers[r.next])
		if err == nil {
			r.address, r.until = address, asked.Add(ttl)
			return address, nil
		}
		errs = append(errs, err)
		r.next = (r.next + 1) % len(r.servers)
	}
	return "", errors.Join(errs...)
}

// dnsTimeout is how long a name server may take, before the next one is asked.
const dnsTimeout = 500 * time.Millisecond

// ask asks one name server for the service.
func ask(ctx context.Context, server string) (address string, ttl time.Duration, err error) {
	query := new(dns.Msg)
	query.SetQuestion(service, dns.TypeA)
	query.RecursionDesired = false
	ctx, end := context.WithTimeout(ctx, dnsTimeout)
	defer end()
	reply, _, err := (&dns.Client{Timeout: dnsTimeout}).ExchangeContext(ctx, query, server)
	if err != nil {
		return "", 0, fmt.Errorf("ask the name server %s: %w", server, err)
	}
	for _, record := range reply.Answer {
		if a, ok := record.(*dns.A); ok {
			return a.A.String(), time.Duration(a.Hdr.Ttl) * time.Second, nil
		}
	}
	return "", 0, fmt.Errorf("the name server %s answers %s, and no address", server,
		dns.RcodeToString[reply.Rcode])
}
