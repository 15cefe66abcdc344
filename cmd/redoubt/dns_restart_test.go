package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
)

// answersOf are what an agent's DNS says of the state, and where the service is; "" while it says
// that it does not know.
func (c *company) answersOf(region int) string {
	names := resolver(c.port + devDNS + region*devStep)
	ctx, end := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer end()
	texts, err := names.LookupTXT(ctx, "_redoubt.dev.example.")
	if err != nil || len(texts) == 0 {
		return ""
	}
	at, err := names.LookupHost(ctx, "www.dev.example.")
	if err != nil {
		return ""
	}
	slices.Sort(at)
	return strings.Join(texts, " ") + " " + strings.Join(at, " ")
}

// Three agents take a region's traffic away, and all of them are lost. One that comes back finds
// nobody to lead, has no snapshot yet, and its DNS answers as before, and not with that region.
func TestDNSAnswersAsBeforeWithoutAQuorum(t *testing.T) {
	c := foundCompany(t)
	c.must(1, "evacuate", third, "--why", "a test")
	c.all("its traffic has gone", serves(third, false))
	c.until("what DNS answers is kept", time.Minute, func() bool {
		var kept struct{ State []byte }
		data, err := os.ReadFile(filepath.Join(c.folder, crewNames[1], "answers.json"))
		if err != nil || json.Unmarshal(data, &kept) != nil {
			return false
		}
		s, err := failover.DecodeState(kept.State)
		return err == nil && !s.Serving.Has(2)
	})
	before := c.answersOf(1)
	if !strings.Contains(before, "epoch=2") || strings.Contains(before, third) {
		t.Fatalf("DNS answers %q", before)
	}
	for _, r := range c.running() {
		c.kill(r)
	}
	c.start(1)
	c.until("DNS answers", time.Minute, func() bool { return c.answersOf(1) != "" })
	for range 20 { // It stays so, whatever is read of the log.
		if after := c.answersOf(1); after != before {
			t.Fatalf("DNS answers %q, and %q before it was started anew", after, before)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if s, ok := c.status(1); ok && s.Leader != "" {
		t.Errorf("%s leads, so that this shows nothing", s.Leader)
	}
}
