package execute

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/zone"
)

// named is a name server of the shop until the test is over.
func named(t *testing.T) (*zone.Server, string) {
	t.Helper()
	z := zone.Zone{
		Origin: "shop.example.", Servers: []string{"ns.example."}, Mailbox: "who.example.",
		Service: "www.shop.example.", TTL: 5 * time.Second, Names: shop.Regions,
		Shares: func(model.RegionSet) (all [model.MaxRegions]float64) { return all },
	}
	z.Regions[0] = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	s, err := zone.New(zone.Config{Zone: z, PerSecond: 5, Log: silent()})
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- s.Serve(ctx, udp, tcp) }()
	t.Cleanup(func() {
		if end(); <-ran != nil {
			t.Error("a name server ends with an error")
		}
	})
	return s, tcp.Addr().String()
}

// TestNameServersComeToTheEpoch before a shift is done, and may be out of reach where they are not
// the agent's own.
func TestNameServersComeToTheEpoch(t *testing.T) {
	own, ownAddress := named(t)
	other, otherAddress := named(t)
	d := DNS{
		Names: shop, Origin: "shop.example", Own: ownAddress, Timeout: 300 * time.Millisecond,
		Others: []string{otherAddress, "127.0.0.1:1"},
	}
	shift, verify := promotion(5), promotion(5)
	shift.Step, verify.Step = failover.Shift, failover.Verify
	now := func() context.Context { return timed(t, time.Second) }
	want(t, d.Do(now(), shift), Failed, "does not say in which epoch") // It knows of no state yet.
	own.Publish(&failover.State{Epoch: 5, Serving: model.RegionSet(0).With(0)})
	other.Publish(&failover.State{Epoch: 4, Serving: model.RegionSet(0).With(0)})
	want(t, d.Do(now(), shift), Failed, otherAddress+" is in epoch 4 of 5")
	waits := make(chan Result)
	go func() { waits <- d.Do(timed(t, 10*time.Second), shift) }()
	other.Publish(&failover.State{Epoch: 6, Serving: model.RegionSet(0).With(0)})
	want(t, <-waits, Done, "127.0.0.1:1 does not answer")
	want(t, d.Do(now(), verify), Failed, `sends traffic to "paris" and not to oslo`)
	for _, server := range []*zone.Server{own, other} {
		server.Publish(&failover.State{Epoch: 6, Serving: model.RegionSet(0).With(1)})
	}
	want(t, d.Do(timed(t, 5*time.Second), verify), Done, "")
	want(t, d.Do(now(), promotion(5)), Failed, "does not do the step promote")
	d.Own = "127.0.0.1:1"
	want(t, d.Do(now(), shift), Failed, "does not answer")
	d.Own, d.Origin = ownAddress, "other.example"
	want(t, d.Do(now(), shift), Failed, "REFUSED")
}

// TestALookThatWasCutOffSaysNothing where the one before could be done.
func TestALookThatWasCutOffSaysNothing(t *testing.T) {
	ctx, end := context.WithCancel(context.Background())
	looks := 0
	so, seen := await(ctx, func() (bool, string) {
		if looks++; looks == 2 {
			end()
			return false, "out of time"
		}
		return false, "REFUSED"
	})
	if so || seen != "REFUSED" || looks != 2 {
		t.Errorf("got %v, %q after %d looks", so, seen, looks)
	}
}

// TestLongRecordsAreReadWhole where a name server had to cut one up.
func TestLongRecordsAreReadWhole(t *testing.T) {
	long := strings.Repeat("x", 255)
	if got := whole([]string{"a=1", long, "y", "b=2"}); !slices.Equal(got,
		[]string{"a=1", long + "y", "b=2"}) {
		t.Errorf("got %q", got)
	}
}
