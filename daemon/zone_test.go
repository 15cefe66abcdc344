package daemon

import (
	"bytes"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/agent"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/zone"
)

// TestAnswersNeverGoBack applies entries to a zone that was kept, from before it was: what they led
// to then is passed over, and what comes after is not. A file that cannot be read is told of.
func TestAnswersNeverGoBack(t *testing.T) {
	var log bytes.Buffer
	path := filepath.Join(t.TempDir(), answersFile)
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	opened := func() *zoneServer {
		server, err := zone.New(zone.Config{Log: slog.New(slog.DiscardHandler), Zone: zone.Zone{
			Origin: "example.org.", Service: "www.example.org.", Servers: []string{"ns.example.net."},
			Mailbox: "hostmaster.example.org.", TTL: 20e9, Names: []string{"a", "b", "c"},
			Shares:  zone.SharesAt(s, 0),
			Regions: [model.MaxRegions][]netip.Addr{{netip.MustParseAddr("192.0.2.1")}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		z := &zoneServer{
			server: server, path: path, log: slog.New(slog.NewTextHandler(&log, nil)),
			changed: make(chan struct{}, 1),
		}
		z.resume()
		return z
	}
	apply := func(z *zoneServer, index uint64, epoch failover.Epoch) {
		z.told(&agent.Applied{Index: index, After: &failover.State{Epoch: epoch}})
	}
	z := opened()
	apply(z, 7, 1)
	apply(z, 9, 2)
	if err := writeWhole(z.path, &z.last); err != nil {
		t.Fatal(err)
	}
	z = opened()
	if z.shown.epoch != 2 {
		t.Errorf("it resumes with epoch %d, want 2", z.shown.epoch)
	}
	if apply(z, 7, 1); z.shown.epoch != 2 || len(z.changed) != 0 {
		t.Error("it goes back to what an entry had led to before")
	}
	if apply(z, 10, 3); z.shown.epoch != 3 || len(z.changed) != 1 {
		t.Error("it does not go on")
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if z = opened(); z.shown != (answered{}) || !strings.Contains(log.String(), path) {
		t.Errorf("a broken file: %+v; %s", z.shown, &log)
	}
}
