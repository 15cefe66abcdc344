package failover

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
)

// A log file is a header and records. A record is its kind (1 byte), the length of its content (2
// bytes), the content, and a mark (8 bytes): the beginning of the SHA-256 of the mark before it
// and all of the record. So a record that was damaged, left out, repeated or moved is found where
// it happens, and two logs are equal up to a record when its marks are.
//
//	header   "redoubt log\n", version of the format (2 bytes), 2 bytes of 0
//	policy   what AppendPolicy writes; it precedes the first event that names it
//	event    what AppendEvent writes; the first one is a PolicyChanged, unless a base is before it
//	base     what AppendState writes of the state with which a file begins that is not a log's
//	         beginning; the policy that it is under precedes it
//	hash     State.Hash after the event before it
//	note     what people want to know of the event that follows, see Note
//
// All numbers are little-endian. The last three kinds came with format 3, and Round with format 2:
// both earlier formats are still read.
const (
	logMagic   = "redoubt log\n"
	logFormat  = 3
	headerSize = len(logMagic) + 4
	markSize   = 8
	// frameSize is what a record has beside its content.
	frameSize = 3 + markSize
)

// RecordKind says what a record of a log file holds.
type RecordKind uint8

// The kinds of records.
const (
	// PolicyRecord holds a policy, which later events may name.
	PolicyRecord RecordKind = iota + 1
	// EventRecord holds an event.
	EventRecord
	// BaseRecord holds the state with which the file begins.
	BaseRecord
	// HashRecord holds the hash of the state after the event before it.
	HashRecord
	// NoteRecord holds a note on the event that follows.
	NoteRecord
)

// Record is one record of a log file. Policy, Event, Base, Hash or Note is set, as the Kind says.
type Record struct {
	Kind RecordKind
	// Offset is where it begins in the file, in bytes.
	Offset int
	Policy Policy
	Event  Event
	Base   *State
	Hash   Digest
	Note   Note
	// Roundless says that the file was written before an event had a Round: what it says of a step
	// counted in whatever round the step was.
	Roundless bool
}

// LogError says that a log file cannot be read, or applied, any further.
type LogError struct {
	// Offset is where the record that is at fault begins, in bytes; all before it is sound.
	Offset int
	// Err is what is wrong with it.
	Err error
}

// Error says where and what.
func (e *LogError) Error() string { return fmt.Sprintf("log: byte %d: %v", e.Offset, e.Err) }

// Unwrap returns what is wrong.
func (e *LogError) Unwrap() error { return e.Err }

// mark is what ties a record to all those before it.
type mark [markSize]byte

// next is the mark of a record that follows.
func (m mark) next(record []byte) (following mark) {
	sum := sha256.New()
	sum.Write(m[:]) // A hash never fails to be written to.
	sum.Write(record)
	copy(following[:], sum.Sum(nil))
	return following
}

// Recorder writes a log file: each method appends to some bytes, for the caller to write out in
// that order. The zero value begins a new file; ResumeLog goes on with one.
type Recorder struct {
	begun bool
	mark  mark
}

// AppendPolicy appends a record of a policy. It is due before the first event that names it.
func (r *Recorder) AppendPolicy(b []byte, p *Policy) []byte {
	return r.append(b, PolicyRecord, func(b []byte) []byte { return AppendPolicy(b, p) })
}

// AppendEvent appends a record of an event.
func (r *Recorder) AppendEvent(b []byte, e *Event) []byte {
	return r.append(b, EventRecord, func(b []byte) []byte { return AppendEvent(b, *e) })
}

// AppendBase appends a record of the state with which a file begins. It is due after the policy
// that the state is under, and before the first event.
func (r *Recorder) AppendBase(b []byte, s *State) []byte {
	return r.append(b, BaseRecord, func(b []byte) []byte { return AppendState(b, s) })
}

// AppendHash appends a record of the hash of the state after the last event.
func (r *Recorder) AppendHash(b []byte, hash Digest) []byte {
	return r.append(b, HashRecord, func(b []byte) []byte { return append(b, hash[:]...) })
}

// AppendNote appends a record of a note on the event that follows. Of texts that are too long it
// keeps the beginning.
func (r *Recorder) AppendNote(b []byte, n *Note) []byte {
	return r.append(b, NoteRecord, n.append)
}

func (r *Recorder) append(b []byte, kind RecordKind, content func([]byte) []byte) []byte {
	if !r.begun {
		r.begun = true
		b = append(b, logMagic...)
		b = binary.LittleEndian.AppendUint32(b, logFormat)
	}
	start := len(b)
	b = content(append(b, byte(kind), 0, 0))
	binary.LittleEndian.PutUint16(b[start+1:], uint16(len(b)-start-3))
	r.mark = r.mark.next(b[start:])
	return append(b, r.mark[:]...)
}

// ResumeLog reads a log file to its end and returns a Recorder that goes on there. The error is a
// LogError; the Recorder then goes on at its Offset, to which the file has to be cut: a process
// that died while it wrote leaves a record that is cut short. Any other error says that the file is
// to be left as it is: this release writes nothing in its format.
func ResumeLog(data []byte) (Recorder, error) {
	r := logReader{data: data}
	for r.more() {
		_, err := r.record()
		if r.format != 0 && r.format != logFormat {
			return Recorder{}, fmt.Errorf(
				"the log is in format %d, and this release goes on with format %d alone: begin a new file",
				r.format, logFormat)
		}
		if err != nil {
			return Recorder{begun: r.at >= headerSize, mark: r.mark}, err
		}
	}
	return Recorder{begun: len(data) > 0, mark: r.mark}, nil
}

// ReadLog yields the records of a log file in order. The last pair has an error, a LogError, if
// the file is damaged or cut short, or was written in a later format; all records before it are
// sound.
func ReadLog(data []byte) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		r := logReader{data: data}
		for r.more() {
			if record, err := r.record(); !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// logReader reads a log file.
type logReader struct {
	data []byte
	// at is where the next record begins.
	at     int
	mark   mark
	format uint32
}

func (r *logReader) more() bool { return r.at < len(r.data) }

func (r *logReader) fail(format string, values ...any) error {
	return &LogError{Offset: r.at, Err: fmt.Errorf(format, values...)}
}

// header moves past the header.
func (r *logReader) header() error {
	head := r.data[:min(len(r.data), headerSize)]
	switch {
	case !bytes.HasPrefix(head, []byte(logMagic)[:min(len(head), len(logMagic))]):
		return r.fail("this is not a redoubt log")
	case len(head) < headerSize:
		return r.fail("the header is cut short: %d of its %d bytes are there", len(head), headerSize)
	}
	r.format = binary.LittleEndian.Uint32(head[len(logMagic):])
	if r.format < 1 || r.format > logFormat {
		return r.fail("the log is in format %d, and this release reads formats 1 to %d", r.format,
			logFormat)
	}
	r.at = headerSize
	return nil
}

// record reads the record that begins at r.at, past the header if that is the file's beginning.
func (r *logReader) record() (Record, error) {
	if r.at == 0 {
		if err := r.header(); err != nil {
			return Record{}, err
		}
		if !r.more() {
			return Record{}, r.fail("the log ends after its header")
		}
	}
	rest := r.data[r.at:]
	size := frameSize
	if len(rest) >= 3 {
		size += int(binary.LittleEndian.Uint16(rest[1:]))
	}
	if len(rest) < size {
		return Record{}, r.fail("the record is cut short: %d of its %d bytes are there", len(rest), size)
	}
	framed := rest[:size-markSize]
	following := r.mark.next(framed)
	if mark(rest[size-markSize:size]) != following {
		return Record{}, r.fail("the record is damaged, or does not follow the one before it")
	}
	record, err := decodeRecord(r.format, RecordKind(framed[0]), framed[3:])
	if err != nil {
		return Record{}, &LogError{Offset: r.at, Err: err}
	}
	record.Offset = r.at
	r.at, r.mark = r.at+size, following
	return record, nil
}
