package failover_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
)

// cutting is a log with the state at which it is to be gone on with in a second file.
type cutting struct {
	p      failover.Policy
	base   failover.State
	events []failover.Event
}

// cutInHalf plays a recording, and returns its second half with the state before it.
func cutInHalf(t *testing.T) cutting {
	t.Helper()
	whole := recordings[0].make(t)
	c := cutting{p: whole.policy}
	seen := 0
	if _, err := failover.ReplayEach(whole.data, func(r *failover.Replayed) {
		switch seen++; {
		case seen == 150:
			c.base = *r.After
		case seen > 150:
			c.events = append(c.events, *r.Event)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return c
}

// write writes the second half as a file of its own.
func (c *cutting) write() (failover.Recorder, []byte) {
	var recorder failover.Recorder
	data := recorder.AppendPolicy(nil, &c.p)
	data = recorder.AppendBase(data, &c.base)
	for i := range c.events {
		data = recorder.AppendEvent(data, &c.events[i])
	}
	return recorder, data
}

// A file that begins in the middle of a log leads to the state that the whole log leads to.
func TestLogMayBeginWithAState(t *testing.T) {
	c := cutInHalf(t)
	recorder, data := c.write()
	want := recordings[0].make(t).state
	first := true
	got, err := failover.ReplayEach(data, func(r *failover.Replayed) {
		if first && *r.Before != c.base {
			t.Error("the first event is not applied to the base")
		}
		first = false
		if r.Hashed || r.Note != nil {
			t.Error("an event has a hash and a note that nobody wrote")
		}
	})
	if err != nil || got != want || first {
		t.Fatalf("it leads elsewhere than the whole log: %v", err)
	}
	right := recorder
	if _, err := failover.Replay(right.AppendHash(bytes.Clone(data), want.Hash())); err != nil {
		t.Errorf("with the right hash: %v", err)
	}
	wrong := want.Hash()
	wrong[31] ^= 1
	state, err := failover.Replay(recorder.AppendHash(bytes.Clone(data), wrong))
	var diverged *failover.HashError
	var damage *failover.LogError
	if !errors.As(err, &diverged) || !errors.As(err, &damage) || damage.Offset != len(data) ||
		diverged.Got != want.Hash() || diverged.Want != wrong || state != want {
		t.Errorf("with a wrong hash: got %v, want that the two have diverged", err)
	}
}

// Notes, hashes and bases say what they said when they are read again, and what was not written so
// is refused.
func TestRecordsBesideEvents(t *testing.T) {
	k := recordings[1].make(t)
	long := strings.Repeat("é", failover.NoteTextMax)
	notes := []failover.Note{
		{Index: 7, Term: 3, Wall: -1, Who: "ann", Why: "the database is to be patched"},
		{Index: 9, Who: long, Why: "x" + long},
	}
	var recorder failover.Recorder
	data := recorder.AppendBase(nil, &k.state)
	for i := range notes {
		data = recorder.AppendNote(data, &notes[i])
	}
	data = recorder.AppendHash(data, k.state.Hash())
	notes[1].Who, notes[1].Why = long[:failover.NoteTextMax], "x"+long[:failover.NoteTextMax-2]
	var got []failover.Record
	for record, err := range failover.ReadLog(data) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, record)
	}
	switch {
	case len(got) != 4:
		t.Fatalf("%d records", len(got))
	case got[0].Kind != failover.BaseRecord || *got[0].Base != k.state:
		t.Error("the base is another one")
	case got[1].Note != notes[0] || got[2].Note != notes[1] || got[2].Kind != failover.NoteRecord:
		t.Error("the notes are others")
	case got[3].Kind != failover.HashRecord || got[3].Hash != k.state.Hash():
		t.Error("the hash is another one")
	}
}

// What a log may not hold, or not where it holds it, is said where it is.
func TestReplayRefusesWhatDoesNotFit(t *testing.T) {
	c := cutInHalf(t)
	tick := failover.Event{Kind: failover.Tick, At: c.base.Now}
	note := func(index uint64) *failover.Note { return &failover.Note{Index: index, Why: "a note"} }
	for _, row := range []struct {
		name  string
		write func(r *failover.Recorder, b []byte) []byte
		want  string
	}{
		{"a base without its policy", func(r *failover.Recorder, b []byte) []byte {
			return r.AppendBase(b, &c.base)
		}, "the log goes on under policy"},
		{"no policy and an event", func(r *failover.Recorder, b []byte) []byte {
			return r.AppendEvent(b, &tick)
		}, "the log does not say under which policy"},
		{"two bases", func(r *failover.Recorder, b []byte) []byte {
			b = r.AppendBase(r.AppendPolicy(b, &c.p), &c.base)
			return r.AppendBase(b, &c.base)
		}, "a base is what a log begins with"},
		{"a base after the log has begun", func(r *failover.Recorder, b []byte) []byte {
			begins := failover.PolicyEvent(0, &c.p)
			b = r.AppendEvent(r.AppendPolicy(b, &c.p), &begins)
			return r.AppendBase(b, &c.base)
		}, "a base is what a log begins with"},
		{"a hash of nothing", func(r *failover.Recorder, b []byte) []byte {
			return r.AppendHash(b, c.base.Hash())
		}, "a hash is of the state after an event"},
		{"notes that go back", func(r *failover.Recorder, b []byte) []byte {
			return r.AppendNote(r.AppendNote(b, note(4)), note(4))
		}, "the note on entry 4 comes after the one on entry 4"},
		{"a note on nothing", func(r *failover.Recorder, b []byte) []byte {
			return r.AppendNote(b, note(0))
		}, "the note on entry 0"},
		{"a sound one", func(r *failover.Recorder, b []byte) []byte {
			b = r.AppendBase(r.AppendPolicy(b, &c.p), &c.base)
			b = r.AppendHash(b, c.base.Hash())
			return r.AppendEvent(r.AppendNote(b, note(1)), &tick)
		}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var recorder failover.Recorder
			_, err := failover.Replay(row.write(&recorder, nil))
			if row.want == "" && err != nil || row.want != "" && err == nil ||
				err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

// The kinds of records that came with format 3 are none of format 2.
func TestEarlierFormatsHoldNoHashes(t *testing.T) {
	data := rawLog(2, rawRecord{failover.HashRecord, make([]byte, 32)})
	_, err := failover.Replay(data)
	if err == nil || !strings.Contains(err.Error(), "there is no record of kind 4 in format 2") {
		t.Errorf("got %v", err)
	}
}

// Each event is shown with its own note, and as it agrees with its own hash.
func TestReplayShowsNotesAndHashes(t *testing.T) {
	k := recordings[0].make(t)
	index := uint64(0)
	if _, err := failover.ReplayEach(k.data, func(r *failover.Replayed) {
		index++
		if r.Note == nil || r.Note.Index != index || r.Note.Why != r.Event.Kind.String() ||
			r.Note.Wall != int64(r.Event.At) || !r.Hashed {
			t.Fatalf("event %d is shown with %+v, hashed %t", index, r.Note, r.Hashed)
		}
	}); err != nil || index < 100 {
		t.Fatalf("%d events, %v", index, err)
	}
	// With another event in place of one of the first, every hash but the last few differs: the file
	// is cut behind it, and the hash that belongs there is written.
	var before, other failover.State
	_, err := failover.ReplayEach(k.data, func(r *failover.Replayed) {
		if r.Note.Index == 40 {
			before = *r.Before
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var recorder failover.Recorder
	data := recorder.AppendBase(recorder.AppendPolicy(nil, &k.policy), &before)
	later := failover.Event{Kind: failover.Tick, At: before.Now.Add(time.Second)}
	data = recorder.AppendEvent(data, &later)
	data = recorder.AppendHash(data, before.Hash())
	shown := 0
	other, err = failover.ReplayEach(data, func(r *failover.Replayed) {
		if shown++; r.Hashed {
			t.Error("a state that differs is taken to agree")
		}
	})
	var diverged *failover.HashError
	if !errors.As(err, &diverged) || shown != 1 || other == before {
		t.Errorf("%d events are shown, then %v", shown, err)
	}
}

// rawRecord is a record of any kind and content.
type rawRecord struct {
	kind    failover.RecordKind
	content []byte
}

// rawLog writes a log whose marks are right, whatever its records hold.
func rawLog(format uint32, records ...rawRecord) []byte {
	data := binary.LittleEndian.AppendUint32([]byte("redoubt log\n"), format)
	var mark [8]byte
	for _, record := range records {
		start := len(data)
		data = append(data, byte(record.kind))
		data = binary.LittleEndian.AppendUint16(data, uint16(len(record.content)))
		data = append(data, record.content...)
		sum := sha256.Sum256(append(mark[:], data[start:]...))
		copy(mark[:], sum[:])
		data = append(data, mark[:]...)
	}
	return data
}

// FuzzLogRecords makes a log of records of any content, whose marks are right, after a policy and a
// base that are sound. Nothing may panic, and what could be read is written again as it was.
func FuzzLogRecords(f *testing.F) {
	p := oneStore()
	base := p.Start()
	known, begun := failover.AppendPolicy(nil, &p), failover.AppendState(nil, &base)
	tick := failover.AppendEvent(nil, failover.Event{Kind: failover.Tick, At: at(5)})
	var recorder failover.Recorder
	note := recorder.AppendNote(nil, &failover.Note{Index: 1, Who: "ann", Why: "because"})[19:]
	f.Add(uint8(failover.EventRecord), tick)
	f.Add(uint8(failover.NoteRecord), note[:len(note)-8])
	f.Add(uint8(failover.BaseRecord), begun)
	f.Add(uint8(failover.PolicyRecord), known)
	f.Fuzz(func(t *testing.T, kind uint8, content []byte) {
		if len(content) > 1<<16-1 {
			return
		}
		record := rawRecord{failover.RecordKind(kind), content}
		policy := rawRecord{failover.PolicyRecord, known}
		for _, data := range [][]byte{
			rawLog(3, record),
			rawLog(3, policy, record, rawRecord{failover.EventRecord, tick}),
			rawLog(3, policy, rawRecord{failover.BaseRecord, begun}, record),
		} {
			_, _ = failover.Replay(data) // Whether it can be read is not the question.
		}
		for read, err := range failover.ReadLog(rawLog(3, record)) {
			if err != nil {
				return
			}
			var again failover.Recorder
			var written []byte
			switch read.Kind {
			case failover.PolicyRecord:
				written = again.AppendPolicy(nil, &read.Policy)
			case failover.EventRecord:
				written = again.AppendEvent(nil, &read.Event)
			case failover.BaseRecord:
				written = again.AppendBase(nil, read.Base)
			case failover.HashRecord:
				written = again.AppendHash(nil, read.Hash)
			case failover.NoteRecord:
				written = again.AppendNote(nil, &read.Note)
			}
			if !bytes.Equal(written, rawLog(3, record)) {
				t.Fatalf("%x is read as %+v", content, read)
			}
		}
	})
}
