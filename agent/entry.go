package agent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Entry is what one entry of the replicated log holds.
type Entry struct {
	// Wall is the time of day by the leader's clock, for people alone.
	Wall time.Time
	// Region is whose agent proposed it.
	Region model.RegionID
	// Who ordered it, and why, in failover.NoteTextMax bytes each at most.
	Who, Why string
	// Policy is the policy that a PolicyChanged names, as failover.AppendPolicy writes it.
	Policy []byte
	Event  failover.Event
}

// entryVersion is the encoding of this release.
const entryVersion = 1

// policyMax bounds an encoded policy, in bytes.
const policyMax = 4096

// entryMax bounds an encoded entry, in bytes.
const entryMax = 2 + 8 + 3*2 + 2*failover.NoteTextMax + policyMax + failover.EventSize

// VersionError says that an entry was written in a later encoding. The log cannot be applied past
// it.
type VersionError struct {
	// Version is the encoding's number.
	Version uint8
}

// Error says what to do.
func (e *VersionError) Error() string {
	return fmt.Sprintf("an entry of the log is in encoding %d, and this release knows %d: "+
		"run a later release", e.Version, entryVersion)
}

var errEntry = errors.New("this is no entry of a log")

func tooLong(what string, size, most int) error {
	return fmt.Errorf("%s takes %d bytes, %d at most", what, size, most)
}

// AppendEntry appends an entry: its version (1 byte), the region (1), the time of day in
// nanoseconds since 1970 (8), who, why and the policy, each after its length (2), and the event.
// All numbers are little-endian. It is an error when a part is longer than its bound.
func AppendEntry(b []byte, e *Entry) ([]byte, error) {
	switch {
	case len(e.Who) > failover.NoteTextMax:
		return b, tooLong("who ordered it", len(e.Who), failover.NoteTextMax)
	case len(e.Why) > failover.NoteTextMax:
		return b, tooLong("the reason", len(e.Why), failover.NoteTextMax)
	case len(e.Policy) > policyMax:
		return b, tooLong("the policy", len(e.Policy), policyMax)
	}
	b = append(b, entryVersion, byte(e.Region))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Wall.UnixNano()))
	for _, part := range [...]string{e.Who, e.Why, string(e.Policy)} {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(part)))
		b = append(b, part...)
	}
	return failover.AppendEvent(b, e.Event), nil
}

// DecodeEntry reads what AppendEntry wrote, from all of b. The error is a VersionError for an
// encoding that this release does not know.
func DecodeEntry(b []byte) (Entry, error) {
	if len(b) > 0 && b[0] > entryVersion {
		return Entry{}, &VersionError{Version: b[0]}
	}
	if len(b) < 10 || len(b) > entryMax || b[0] != entryVersion {
		return Entry{}, errEntry
	}
	e := Entry{
		Region: model.RegionID(b[1]),
		Wall:   time.Unix(0, int64(binary.LittleEndian.Uint64(b[2:]))).UTC(),
	}
	b = b[10:]
	var parts [3][]byte
	for i, most := range [...]int{failover.NoteTextMax, failover.NoteTextMax, policyMax} {
		if len(b) < 2 {
			return Entry{}, errEntry
		}
		size := int(binary.LittleEndian.Uint16(b))
		if b = b[2:]; size > most || size > len(b) {
			return Entry{}, errEntry
		}
		parts[i], b = b[:size], b[size:]
	}
	e.Who, e.Why = string(parts[0]), string(parts[1])
	if len(parts[2]) > 0 {
		e.Policy = append([]byte(nil), parts[2]...)
	}
	if len(b) != failover.EventSize {
		return Entry{}, errEntry
	}
	e.Event, _ = failover.DecodeEvent(b)
	return e, nil
}
