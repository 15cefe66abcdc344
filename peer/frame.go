package peer

import (
	"bufio"
	"encoding/binary"
	"io"
)

// FrameMax bounds a question, and an answer.
const FrameMax = 256 << 10

// refusalMax bounds the words of a refusal.
const refusalMax = 4 << 10

// A frame is a header of 13 bytes and what it carries: the number of bytes that follow the header
// (4 bytes, the highest first), the number of the question (8), and its kind.
const frameHeader = 13

// kind is what a frame is.
type kind uint8

const (
	question kind = iota + 1
	answer
	refusal
)

// frame is one message.
type frame struct {
	number uint64
	kind   kind
	bytes  []byte
}

// append adds the frame to a buffer, as it goes over the wire.
func (f *frame) append(to []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(f.bytes)))
	to = binary.BigEndian.AppendUint64(to, f.number)
	return append(append(to, byte(f.kind)), f.bytes...)
}

// readFrame reads one frame. Nothing is allocated for one that is too large, or of no kind.
func readFrame(from *bufio.Reader) (frame, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(from, header[:]); err != nil {
		return frame{}, err
	}
	size := binary.BigEndian.Uint32(header[:4])
	f := frame{number: binary.BigEndian.Uint64(header[4:12]), kind: kind(header[12])}
	if f.kind < question || f.kind > refusal {
		return frame{}, refuse(Malformed, "a frame of kind %d", f.kind)
	}
	if size > FrameMax {
		return frame{}, refuse(Oversized, "a frame of %d bytes, %d at most", size, FrameMax)
	}
	f.bytes = make([]byte, size)
	if _, err := io.ReadFull(from, f.bytes); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return frame{}, err
	}
	return f, nil
}
