package failover

import (
	"encoding/binary"

	"redoubt/model"
)

// codec writes values to bytes, or reads them back, in a fixed little-endian encoding without
// padding. Both directions go through one list of fields for each type, so that they cannot differ.
type codec struct {
	// bytes is what was written so far, or what is left to read.
	bytes   []byte
	reading bool
	// wrong is the first thing that was wrong with what was read, or nothing.
	wrong string
}

// What can be wrong with bytes that are read.
const (
	tooShort   = "it ends too early"
	outOfRange = "a value in it is out of range"
	tooLong    = "there is more of it than there should be"
)

func (c *codec) fail(why string) {
	if c.wrong == "" {
		c.wrong = why
	}
}

// take returns the next bytes to read, or zeros when there are too few.
func (c *codec) take(into []byte) {
	if len(c.bytes) < len(into) {
		c.fail(tooShort)
		c.bytes = nil
		clear(into)
		return
	}
	copy(into, c.bytes)
	c.bytes = c.bytes[len(into):]
}

// below moves one byte that is at most highest.
func below[T ~uint8](c *codec, value *T, highest T) {
	if !c.reading {
		c.bytes = append(c.bytes, byte(*value))
		return
	}
	var b [1]byte
	c.take(b[:])
	if *value = T(b[0]); *value > highest {
		c.fail(outOfRange)
		*value = 0
	}
}

// octet moves one byte that can have any value.
func octet[T ~uint8](c *codec, value *T) { below(c, value, 255) }

// region moves the number of a region, or of none.
func (c *codec) region(value *model.RegionID) {
	octet(c, value)
	if c.reading && !value.Valid() && *value != model.NoRegion {
		c.fail(outOfRange)
		*value = model.NoRegion
	}
}

// flag moves a yes or no.
func (c *codec) flag(value *bool) {
	b := byte(0)
	if *value {
		b = 1
	}
	below(c, &b, 1)
	*value = b == 1
}

// short, word and long move numbers of two, four and eight bytes.
func short[T ~uint16](c *codec, value *T) {
	if !c.reading {
		c.bytes = binary.LittleEndian.AppendUint16(c.bytes, uint16(*value))
		return
	}
	var b [2]byte
	c.take(b[:])
	*value = T(binary.LittleEndian.Uint16(b[:]))
}

func word[T ~uint32](c *codec, value *T) {
	if !c.reading {
		c.bytes = binary.LittleEndian.AppendUint32(c.bytes, uint32(*value))
		return
	}
	var b [4]byte
	c.take(b[:])
	*value = T(binary.LittleEndian.Uint32(b[:]))
}

func long[T ~int64 | ~uint64](c *codec, value *T) {
	if !c.reading {
		c.bytes = binary.LittleEndian.AppendUint64(c.bytes, uint64(*value))
		return
	}
	var b [8]byte
	c.take(b[:])
	*value = T(binary.LittleEndian.Uint64(b[:]))
}

// edition is which of the encodings of a thing it has, from the one that this code has known from
// the first. Each holds all that the one before it does, and something more.
type edition uint16

// The editions. What has nothing of what a later one holds keeps an earlier one, and the digest
// that it had.
const (
	original edition = iota
	// withStages holds what comes of traffic that shifts in stages too.
	withStages
	// withCatchUps holds when replicas caught up too.
	withCatchUps
)

// edition moves the number of an encoding: the first, and which edition it is of those up to the
// last.
func (c *codec) edition(first uint16, has, last edition) edition {
	found := first + uint16(has)
	if short(c, &found); found < first || found > first+uint16(last) {
		c.fail(outOfRange)
		return original
	}
	return edition(found - first)
}
