package failover

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Note is what people want to know of an entry of a live log, and nothing that decides anything.
type Note struct {
	// Index and Term are the entry's in the replicated log. The Index rises from note to note.
	Index, Term uint64
	// Wall is the time of day by the clock of who proposed it, in nanoseconds since 1970.
	Wall int64
	// Who ordered it and Why, in at most NoteTextMax bytes each.
	Who, Why string
}

// NoteTextMax bounds each text of a Note, in bytes.
const NoteTextMax = 1024

// noteSize is the length of a note without its texts.
const noteSize = 3*8 + 2*2

// append appends the note: index, term, wall clock, and each text after its length (2 bytes).
func (n *Note) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, n.Index)
	b = binary.LittleEndian.AppendUint64(b, n.Term)
	b = binary.LittleEndian.AppendUint64(b, uint64(n.Wall))
	for _, text := range [...]string{n.Who, n.Why} {
		text = shorten(text)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
		b = append(b, text...)
	}
	return b
}

// shorten cuts a text to NoteTextMax bytes, between two characters.
func shorten(text string) string {
	if len(text) <= NoteTextMax {
		return text
	}
	end := NoteTextMax
	for end > NoteTextMax-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// decodeNote reads what append wrote.
func decodeNote(b []byte) (Note, error) {
	c := codec{bytes: b, reading: true}
	var n Note
	long(&c, &n.Index)
	long(&c, &n.Term)
	long(&c, &n.Wall)
	for _, text := range [...]*string{&n.Who, &n.Why} {
		var size uint16
		if short(&c, &size); size > NoteTextMax {
			c.fail(outOfRange)
			break
		}
		content := make([]byte, size)
		c.take(content)
		*text = string(content)
	}
	if len(c.bytes) > 0 {
		c.fail(tooLong)
	}
	if c.wrong != "" {
		return Note{}, fmt.Errorf("this is no note: %s", c.wrong)
	}
	return n, nil
}

// decodeRecord reads the content of a record of a file in a format.
func decodeRecord(format uint32, kind RecordKind, content []byte) (Record, error) {
	record := Record{Kind: kind}
	var err error
	switch {
	case kind == PolicyRecord:
		record.Policy, err = DecodePolicy(content)
	case kind == EventRecord:
		record.Roundless = format == 1
		record.Event, err = decodeEvent(content, record.Roundless)
	case format < 3:
		err = fmt.Errorf("there is no record of kind %d in format %d", kind, format)
	case kind == BaseRecord:
		var base State
		base, err = DecodeState(content)
		record.Base = &base
	case kind == HashRecord && len(content) != len(record.Hash):
		err = fmt.Errorf("a hash has %d bytes, this one %d", len(record.Hash), len(content))
	case kind == HashRecord:
		copy(record.Hash[:], content)
	case kind == NoteRecord:
		record.Note, err = decodeNote(content)
	default:
		err = fmt.Errorf("there is no record of kind %d in format %d", kind, format)
	}
	if err != nil {
		return Record{}, err
	}
	return record, nil
}

// decodeEvent reads an event of all of some bytes, which may be from before it had a Round.
func decodeEvent(content []byte, roundless bool) (Event, error) {
	size := EventSize
	if roundless {
		size--
	}
	if len(content) != size {
		return Event{}, fmt.Errorf("an event has %d bytes, this one %d", size, len(content))
	}
	if roundless {
		content = slices.Concat(content[:roundAt], []byte{0}, content[roundAt:])
	}
	e, _ := DecodeEvent(content)
	return e, nil
}
