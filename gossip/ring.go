package gossip

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/memberlist"
)

// ringMax bounds the keys: what nobody's key has encrypted is tried with each of them.
const ringMax = 4

// ring are the keys in use.
type ring struct {
	mu   sync.Mutex
	keys *memberlist.Keyring
}

func newRing(keys [][]byte) (*ring, error) {
	if err := checkKeys(keys); err != nil {
		return nil, err
	}
	own := cloneKeys(keys)
	made, err := memberlist.NewKeyring(own, own[0])
	return &ring{keys: made}, err
}

func checkKeys(keys [][]byte) error {
	if len(keys) == 0 || len(keys) > ringMax {
		return fmt.Errorf("gossip needs 1 to %d keys, and has %d", ringMax, len(keys))
	}
	for i, key := range keys {
		if err := memberlist.ValidateKey(key); err != nil {
			return fmt.Errorf("key %d: %w", i+1, err)
		}
		if bytes.Equal(key, make([]byte, len(key))) {
			return fmt.Errorf("key %d is nothing but zeros", i+1)
		}
		if indexKey(keys[:i], key) >= 0 {
			return fmt.Errorf("key %d is there twice", i+1)
		}
	}
	return nil
}

func indexKey(keys [][]byte, key []byte) int {
	return slices.IndexFunc(keys, func(other []byte) bool { return bytes.Equal(key, other) })
}

func cloneKeys(keys [][]byte) [][]byte {
	var own [][]byte
	for _, key := range keys {
		own = append(own, bytes.Clone(key))
	}
	return own
}

// set has the ring be those keys.
func (r *ring) set(keys [][]byte) error {
	if err := checkKeys(keys); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	keys = cloneKeys(keys)
	var errs []error
	for _, key := range keys {
		errs = append(errs, r.keys.AddKey(key))
	}
	errs = append(errs, r.keys.UseKey(keys[0]))
	for _, key := range cloneKeys(r.keys.GetKeys()) {
		if indexKey(keys, key) < 0 {
			errs = append(errs, r.drop(keys, key))
		}
	}
	return errors.Join(errs...)
}

// drop removes a key. memberlist v0.6.0 closes the gap in the very slice that whoever decrypts just
// then goes through; without a gap it changes nothing of it. So the key has to be the last one
// first: each of the others goes to the front in turn, those to be kept at the end.
func (r *ring) drop(keep [][]byte, key []byte) error {
	var errs []error
	held := cloneKeys(r.keys.GetKeys())
	for _, other := range slices.Backward(held) {
		if indexKey(keep, other) < 0 && !bytes.Equal(other, key) {
			errs = append(errs, r.keys.UseKey(other))
		}
	}
	for _, other := range slices.Backward(keep) {
		errs = append(errs, r.keys.UseKey(other))
	}
	return errors.Join(append(errs, r.keys.RemoveKey(key))...)
}
