package scenarios

import (
	"fmt"
	"time"

	"redoubt/model"
)

// defaultSwitchover is how long a planned promotion takes where nothing was published of the kind:
// what is published for Aurora, secondary (recovery_times.csv).
var defaultSwitchover = model.Distribution{Family: model.Triangular, A: 30, B: 60, C: 180}

// stores builds the stores. What the file leaves out is what was published of the kind.
func (b *builder) stores() {
	for i, st := range b.file.Store {
		path := fmt.Sprintf("store[%d]", i)
		kind := chosen(st.Kind, model.StoreKinds())
		made := model.Store{
			Name: string(st.Name), Kind: kind, LagSampleEvery: time.Duration(st.LagSampleEvery),
			BackupEvery: time.Duration(st.BackupEvery), Restore: st.Restore.Distribution,
			Guarded:       bool(st.Guarded) || kind.Synchronous(),
			ContendedKeys: float64(st.ContendedKeys), Switchover: defaultSwitchover,
			Conflicts:    kind.Conflicts(),
			Idempotency:  chosen(st.Idempotency, model.Idempotencies()),
			OffsetsEvery: time.Duration(st.OffsetsEvery),
		}
		if b.says(i, "conflicts") {
			made.Conflicts = chosen(st.Conflicts, model.ConflictStrategies())
		}
		if made.CatchUp = defaultCatchUp; st.CatchUp != nil {
			made.CatchUp, made.Queues = float64(*st.CatchUp), !kind.Synchronous()
		}
		if usual, ok := kind.Switchover(); ok {
			made.Switchover = usual
		}
		if st.Switchover != nil {
			made.Switchover = st.Switchover.Distribution
		}
		usual, ok := kind.Promotion()
		made.Promotion = b.published(st.Promotion, usual, ok, path, "promotion", kind)
		usual, ok = kind.Lag()
		if st.LagTrace != nil {
			made.LagTrace = b.lagTrace(string(*st.LagTrace), path+".lag_trace")
			usual, ok = model.Fixed(made.LagTrace.Mean()), true
		}
		b.lags(&made, &st, b.published(st.Lag, usual, ok, path, "lag", kind), i)
		made.Allowed = b.allowed(st.Allowed, path+".allowed")
		b.s.Stores = append(b.s.Stores, made)
	}
}

// published is what the file says, or else what is known of the kind; it reports that nobody does.
func (b *builder) published(
	said *distribution, usual model.Distribution, known bool, store, key string, kind model.StoreKind,
) model.Distribution {
	path := store + "." + key
	switch {
	case said != nil:
		return said.Distribution
	case !known && kind != 0 && !b.d.isBroken(path):
		b.problem(path, "", "%s needs the key %q", store, key)
	}
	return usual
}

// lags gives every region with a workload the lag of the store, and some their own; and says where
// each is from.
func (b *builder) lags(made *model.Store, st *store, lag model.Distribution, i int) {
	path := fmt.Sprintf("store[%d].lag", i)
	source := made.Kind.LagSource()
	switch {
	case st.LagTrace != nil:
		source = inScenario + path + "_trace, " + string(*st.LagTrace) + ": its mean"
	case st.Lag != nil:
		source = inScenario + path
	}
	takes := func(r model.RegionID, lag model.Distribution, source string) {
		made.Lag[r] = lag
		if i < model.MaxStores {
			b.s.Sources.Lags[i][r] = source
		}
	}
	for r := range b.s.Regions {
		if r < model.MaxRegions && !b.s.Regions[r].Witness {
			takes(model.RegionID(r), lag, source)
		}
	}
	for _, in := range st.LagIn {
		own := path + "_in." + in.key
		if id := b.region(text(in.key), own); id.Valid() {
			takes(id, in.value.Distribution, inScenario+own)
		}
	}
}

// writeSizes says how large a write to each store is, where the faults have somebody ask.
func (b *builder) writeSizes() {
	for i := range min(len(b.s.Stores), len(b.file.Store)) {
		if !b.s.Slows(model.StoreID(i)) {
			continue
		}
		made := &b.s.Stores[i]
		if made.WriteBytes = defaultWriteBytes; b.file.Store[i].WriteBytes != nil {
			made.WriteBytes = float64(*b.file.Store[i].WriteBytes)
		}
	}
}

// unreadOfStore refuses what nothing reads of a store because of its kind, or because nothing keeps
// its copies from receiving what is written.
func (b *builder) unreadOfStore(i int, st *store) {
	kind := b.s.Stores[i].Kind
	for _, key := range []struct {
		name   string
		stated bool
		unread bool
		why    string
	}{
		{"catch_up", st.CatchUp != nil, kind.Synchronous(), "a majority holds every write"},
		{"catch_up", st.CatchUp != nil, !b.s.Varies() && !b.s.FallsBehind(model.StoreID(i)),
			"nothing keeps the copies of " + string(st.Name) + " from receiving what is written"},
		{"write_bytes", st.WriteBytes != nil, !b.s.Slows(model.StoreID(i)),
			"no fault loses packets on the way to a copy of " + string(st.Name)},
		{"lag", st.Lag != nil, kind.Synchronous(), "a majority holds every write"},
		{"lag_in", st.LagIn != nil, kind.Synchronous(), "a majority holds every write"},
		{"lag_trace", st.LagTrace != nil, kind.Synchronous(), "a majority holds every write"},
		{"lag", st.Lag != nil, st.LagTrace != nil, "lag_trace takes its place"},
		{"lag_in", st.LagIn != nil, st.LagTrace != nil, "lag_trace takes its place"},
		{"contended_keys", st.ContendedKeys != 0, kind.Synchronous(), "no two writes conflict"},
		{"guarded", b.says(i, "guarded"), kind.Synchronous(), "a quorum guards itself"},
	} {
		path := fmt.Sprintf("store[%d].%s", i, key.name)
		if key.stated && key.unread && !b.d.isBroken(path) {
			b.problem(path, "", "%s is never read: %s", path, key.why)
		}
	}
}

// says reports whether the file itself has a key of a store, whatever it says there.
func (b *builder) says(i int, key string) bool {
	stores := b.root.find("store")
	return stores != nil && i < len(stores.value.items) && stores.value.items[i].find(key) != nil
}
