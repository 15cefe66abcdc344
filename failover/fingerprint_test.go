package failover_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// A fingerprint stands for a code: the first half of its SHA-256. With 10^8 codes the chance that
// any two of them share one is 10^16 / 2^129, below 10^-22: what a walk leaves out by that is less
// than what a machine does wrong.
type fingerprint [2]uint64

func fingerprintOf(code []byte) fingerprint {
	sum := sha256.Sum256(code)
	return fingerprint{binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])}
}

// fingerprints is a set, as an open hash table in which the empty fingerprint is a free place. No
// code is known whose fingerprint is empty, and none will be.
type fingerprints struct {
	table []fingerprint
	count int
}

func newFingerprints() fingerprints { return fingerprints{table: make([]fingerprint, 1<<12)} }

// add reports whether a fingerprint is new to the set.
func (f *fingerprints) add(of fingerprint) bool {
	at := f.place(of)
	if f.table[at] == of {
		return false
	}
	f.table[at] = of
	f.count++
	if 3*f.count > 2*len(f.table) {
		old := f.table
		f.table = make([]fingerprint, 2*len(old))
		for _, known := range old {
			if known != (fingerprint{}) {
				f.table[f.place(known)] = known
			}
		}
	}
	return true
}

// place is where a fingerprint is in the table, or would be.
func (f *fingerprints) place(of fingerprint) int {
	mask := len(f.table) - 1
	at := int(of[0]) & mask
	for f.table[at] != of && f.table[at] != (fingerprint{}) {
		at = (at + 1) & mask
	}
	return at
}

// TestFingerprintsAreASet holds the table against a map.
func TestFingerprintsAreASet(t *testing.T) {
	source := rand.New(rand.NewPCG(5, 6))
	set, want := newFingerprints(), map[uint64]bool{}
	for range 40_000 {
		n := source.Uint64N(15_000)
		var code [8]byte
		binary.LittleEndian.PutUint64(code[:], n)
		if got := set.add(fingerprintOf(code[:])); got == want[n] {
			t.Fatalf("%d: got new %t, want %t", n, got, !want[n])
		}
		want[n] = true
	}
	if set.count != len(want) {
		t.Errorf("got %d fingerprints, want %d", set.count, len(want))
	}
}
