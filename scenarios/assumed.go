package scenarios

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"redoubt/model"
)

// assumptions notes which numbers the file leaves to a default that is an assumption, as the
// descriptions of the keys and the kinds of stores have it: of those that something reads here.
func (b *builder) assumptions() {
	b.assumedOfRegions()
	b.assumedOfStores()
	moves := kindsThat(func(k model.StrategyKind) bool { return k != model.SingleRegion })
	rewinds := kindsThat(func(k model.StrategyKind) bool {
		return k != model.SingleRegion && !k.MultiWriter()
	})
	cached, follows := b.s.Cache.Exists(), b.s.Scaling.Reaction > 0
	anycast := b.s.Routing.Choice.Policy == model.AnycastRouting
	for _, row := range []struct {
		key   string
		read  bool
		value string
		kinds []model.StrategyKind
	}{
		{"routing.reconnect", anycast, inFile(b.s.Routing.Choice.Reconnect), servingKinds()},
		{"cache.warm_up", cached, inFile(b.s.Cache.WarmUp), nil},
		{"cache.behind", cached, times(b.s.Cache.Behind), nil},
		{"scaling.shrink", follows, inFile(b.s.Scaling.Shrink), nil},
		{"people.approve", true, middling(b.s.People.Approve), moves},
		{"people.resync", true, middling(b.s.People.Resync), rewinds},
	} {
		if row.read && !b.stated(row.key) {
			b.assume(row.key, nil, row.value, row.kinds)
		}
	}
	b.assumedScale()
}

func (b *builder) assume(key string, of []string, value string, kinds []model.StrategyKind) {
	b.s.Assumed = append(b.s.Assumed, model.Assumption{Key: key, Of: of, Value: value, Kinds: kinds})
}

// assumedOfRegions are those of the regions with a workload, each once.
func (b *builder) assumedOfRegions() {
	var use, burst []string
	for i, r := range b.file.Region {
		if i >= len(b.s.Regions) || b.s.Regions[i].Witness {
			continue
		}
		if r.Utilisation == nil {
			use = append(use, string(r.Name))
		}
		if r.BurstCeiling == nil {
			burst = append(burst, string(r.Name))
		}
	}
	if use != nil {
		value := strconv.FormatFloat(100*defaultUtilisation, 'g', -1, 64) + "%"
		b.assume("region.utilisation", use, value, nil)
	}
	if burst != nil { // A standby is built to take over whole.
		b.assume("region.burst_ceiling", burst, times(defaultBurst), servingKinds())
	}
}

// assumedOfStores are those of each store: what its kind does not say, or says on no authority.
func (b *builder) assumedOfStores() {
	backups := []model.StrategyKind{model.BackupRestore}
	copies := kindsThat(func(k model.StrategyKind) bool {
		return k != model.SingleRegion && k != model.BackupRestore
	})
	promotes := kindsThat(func(k model.StrategyKind) bool {
		return k != model.SingleRegion && k != model.BackupRestore && !k.MultiWriter()
	})
	for i := range b.file.Store {
		if i >= len(b.s.Stores) {
			return
		}
		st, made, id := &b.file.Store[i], &b.s.Stores[i], model.StoreID(i)
		falls := b.s.Stalls(id) || b.s.Slows(id)
		lag, promotion := made.Kind.Assumed()
		lag = lag && st.Lag == nil && st.LagTrace == nil
		_, usual := made.Kind.Switchover()
		lags, _ := made.Kind.Lag()
		for _, row := range []struct {
			key     string
			assumed bool
			value   string
			kinds   []model.StrategyKind
		}{
			{"lag", lag, middling(lags), copies},
			{"promotion", promotion && st.Promotion == nil, middling(made.Promotion), promotes},
			{"switchover", !usual && st.Switchover == nil, middling(made.Switchover), promotes},
			{"catch_up", st.CatchUp == nil && falls, times(made.CatchUp), copies},
			{"write_bytes", st.WriteBytes == nil && b.s.Slows(id), bytesOf(made.WriteBytes), copies},
			{"restore", !b.says(i, "restore"), middling(made.Restore), backups},
		} {
			if row.assumed {
				b.assume("store."+row.key, []string{made.Name}, row.value, row.kinds)
			}
		}
	}
}

// assumedScale are the times in which a standby grows that the file does not state: that of warm
// standby and of regions that serve is what an autoscaler was measured to take.
func (b *builder) assumedScale() {
	for i := range b.s.Strategies {
		s := &b.s.Strategies[i]
		if s.Kind != model.BackupRestore && s.Kind != model.PilotLight {
			continue
		}
		said := false
		for _, overlay := range b.file.Strategy {
			kind, _ := model.ParseStrategy(overlay.key)
			said = said || kind == s.Kind && overlay.value.Scale != nil
		}
		if !said {
			b.assume("strategy."+s.Kind.String()+".scale", nil, middling(s.Scale),
				[]model.StrategyKind{s.Kind})
		}
	}
}

func kindsThat(hold func(model.StrategyKind) bool) (all []model.StrategyKind) {
	for _, kind := range model.StrategyKinds() {
		if hold(kind) {
			all = append(all, kind)
		}
	}
	return all
}

func servingKinds() []model.StrategyKind { return kindsThat(model.StrategyKind.ServesReads) }

// middling words a distribution by two of its quantiles, or by the one value that it has.
func middling(d model.Distribution) string {
	const rare = 0.95
	median, high := inFile(d.Duration(0.5)), inFile(d.Duration(rare))
	if median == high {
		return median
	}
	return fmt.Sprintf("median %s, p95 %s", median, high)
}

// inFile writes a duration as a file does, to the second, or below that to the millisecond.
func inFile(d time.Duration) string {
	unit := time.Millisecond
	if d >= 10*time.Second {
		unit = time.Second
	}
	text := d.Round(unit).String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-len("0s")]
		}
	}
	return text
}

func bytesOf(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) + " bytes" }

func times(factor float64) string { return strconv.FormatFloat(factor, 'g', -1, 64) + "x" }
