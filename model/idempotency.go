package model

import "time"

// Idempotency says where a store keeps the keys by which it knows a request again that was made
// before (aws-multi-region-dr, section 10.3).
type Idempotency uint8

// The places of idempotency keys.
const (
	// NoKeys: whatever is made again has its effect again.
	NoKeys Idempotency = iota
	// RegionalKeys are known in their own region, and forgotten when another one takes over.
	RegionalKeys
	// ReplicatedKeys follow with the store: the region that takes over lacks those of the lag.
	ReplicatedKeys
	idempotencyCount
)

// Idempotencies returns all of them, in their order.
func Idempotencies() []Idempotency { return []Idempotency{NoKeys, RegionalKeys, ReplicatedKeys} }

// String gives the name as scenario files write it.
func (i Idempotency) String() string {
	names := [idempotencyCount]string{"none", "regional", "replicated"}
	if i < idempotencyCount {
		return names[i]
	}
	return "unknown"
}

// maxAnswer and maxOffsetsEvery bound Traffic.Answer and Store.OffsetsEvery.
const (
	maxAnswer       = time.Hour
	maxOffsetsEvery = 24 * time.Hour
)

// memory demands of a store what tells whether it knows a write again.
func (v *validator) memory(path string, st *Store) {
	if st.Idempotency.String() == "unknown" {
		v.add(path+".idempotency", "", "%s.idempotency is none that is known", path)
	}
	v.duration(path+".offsets_every", st.OffsetsEvery, 0, maxOffsetsEvery)
}

// repetition demands of writes that are made again what their number follows from.
func (v *validator) repetition() {
	v.share("traffic.repeated", v.s.Traffic.Repeated, true)
	v.duration("traffic.answer", v.s.Traffic.Answer, 0, maxAnswer)
}
