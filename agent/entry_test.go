package agent

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// An entry is read as it was written.
func TestEntryIsReadAsItWasWritten(t *testing.T) {
	p := smallPolicy()
	for _, e := range []Entry{
		{Region: 2, Wall: time.Unix(1_800_000_000, 17).UTC(), Event: failover.Event{
			Kind: failover.Reported, Region: 2, Subject: 1, Sequence: 9, Known: 1, Age: time.Second,
		}},
		{Region: 0, Wall: time.Unix(0, 0).UTC(), Who: "ann", Why: "works on the switch",
			Event: failover.Event{Kind: failover.Ordered, Verb: failover.Pause, Sequence: 3}},
		{Wall: time.Unix(0, -5).UTC(), Policy: failover.AppendPolicy(nil, &p),
			Event: failover.PolicyEvent(0, &p)},
	} {
		written, err := AppendEntry(nil, &e)
		if err != nil || len(written) > entryMax {
			t.Fatalf("%d bytes, %v", len(written), err)
		}
		if got, err := DecodeEntry(written); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("got %+v, %v, want %+v", got, err, e)
		}
		for cut := range written {
			if _, err := DecodeEntry(written[:cut]); err == nil {
				t.Fatalf("%d of %d bytes are taken for an entry", cut, len(written))
			}
		}
	}
}

// What has no room in an entry is refused before it is proposed, and what a later release wrote is
// told from what nobody wrote.
func TestEntryHasBounds(t *testing.T) {
	long := strings.Repeat("x", failover.NoteTextMax+1)
	for _, e := range []Entry{{Who: long}, {Why: long}, {Policy: make([]byte, policyMax+1)}} {
		if _, err := AppendEntry(nil, &e); err == nil {
			t.Error("an entry that is too long is written")
		}
	}
	sound, err := AppendEntry(nil, &Entry{Region: model.NoRegion})
	if err != nil {
		t.Fatal(err)
	}
	later := bytes.Clone(sound)
	later[0] = 2
	var version *VersionError
	if _, err := DecodeEntry(later); !errors.As(err, &version) || version.Version != 2 {
		t.Errorf("got %v, want that it is of encoding 2", err)
	}
	if _, err := DecodeEntry(append(sound, 0)); err == nil || errors.As(err, &version) {
		t.Errorf("got %v of what is too long", err)
	}
}

// FuzzEntry reads any bytes as an entry. Nothing may panic, and what can be read is written again
// as it was.
func FuzzEntry(f *testing.F) {
	p := smallPolicy()
	for _, e := range []Entry{
		{}, {Who: "ann", Why: "because"},
		{Policy: failover.AppendPolicy(nil, &p), Event: failover.PolicyEvent(0, &p)},
	} {
		written, err := AppendEntry(nil, &e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(written)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := DecodeEntry(data)
		if err != nil {
			return
		}
		if again, err := AppendEntry(nil, &e); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%x is written as %x, %v", data, again, err)
		}
	})
}
