package failover_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"redoubt/failover"
)

// TestRecordOnlyPutsTheDecisionOff says that Record and then a Tick are Apply, for what Record
// takes, and that Record alone changes nothing but the time, a lease and a sample.
func TestRecordOnlyPutsTheDecisionOff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reader := &byteReader{data: rapid.SliceOfN(rapid.Byte(), 20, 900).Draw(t, "bytes")}
		p := reader.policy()
		s := p.Start()
		var did, again failover.Actions
		for len(reader.data) > 0 {
			e := reader.event(&s)
			recorded := s
			p.Record(&recorded, &e)
			taken := e.Kind == failover.LeaseRenewed || e.Kind == failover.LagMeasured
			if !taken && recorded != s {
				t.Fatalf("%+v was recorded", e)
			}
			rest := recorded
			rest.Now, rest.Leases, rest.Lags = s.Now, s.Leases, s.Lags
			if rest != s {
				t.Fatalf("%+v: got %+v, want %+v", e, rest, s)
			}
			p.Apply(&s, &e, &did)
			p.Apply(&recorded, &failover.Event{Kind: failover.Tick}, &again)
			if taken && (recorded != s || !slices.Equal(again.All(), did.All())) {
				t.Fatalf("%+v: got %+v, want %+v", e, recorded, s)
			}
		}
	})
}
