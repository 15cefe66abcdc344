package sim

import (
	"math"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// following is the region that a copy replicates from, and since when it does.
type following struct {
	region model.RegionID
	since  int64
}

// firstFollowing has every copy follow the home region, as it does when all is well.
func (w *world) firstFollowing() {
	for r := range w.follows {
		for store := range w.follows[r] {
			w.follows[r][store] = following{region: w.policy.Home}
		}
	}
}

// repoint has the replicas of every store follow whoever writes it, those too that an earlier plan
// which was superseded has not come to. One that is out of reach is told when it is back; a copy
// that was left is no replica.
func (w *world) repoint() {
	for store := range int(w.policy.Stores) {
		for r := range model.RegionID(w.regions) {
			left := w.state.Diverged[store][r].Status.Apart()
			if !left && w.follows[r][store].region != w.state.Writers[store] {
				w.follow(r, store)
			}
		}
	}
	w.passOn()
}

// follow has a copy replicate from where its store is written.
func (w *world) follow(r model.RegionID, store int) {
	w.follows[r][store] = following{region: w.state.Writers[store], since: w.now}
	w.reviewLacks()
}

// measuring are the regions that measure how far their copy of a store is behind, and have the log
// hear of it: the copy follows the holder of the store's lease, which is in reach. A backup is of
// whoever writes.
func (w *world) measuring(store int) model.RegionSet {
	writer := w.state.Writers[store]
	copies := w.heard & w.policy.Candidates & w.net.followers(store, writer)
	copies = copies.Without(writer)
	if w.strategy.FromBackup {
		return copies
	}
	holder := w.holder(store)
	for left := copies; left != 0; left = left.Without(left.First()) {
		if r := left.First(); w.follows[r][store].region != holder {
			copies = copies.Without(r)
		}
	}
	return copies
}

// measures reports whether any region measures how far any copy is behind.
func (w *world) measures() bool {
	for store := range int(w.policy.Stores) {
		if w.measuring(store) != 0 {
			return true
		}
	}
	return false
}

// samples reports whether a region is one of those.
func (w *world) samples(r model.RegionID, store int) bool { return w.measuring(store).Has(r) }

// samplesSince is when all that samples asks for came true.
func (w *world) samplesSince(r model.RegionID, store int) int64 {
	since := max(w.heardSince[r], w.net.joinedAt[store][w.state.Writers[store]][r])
	since = max(since, w.granted[store].since) // A sample names the lease that it was measured under.
	if w.strategy.FromBackup {
		return since
	}
	return max(since, w.follows[r][store].since)
}

// sampleLags delivers the last lag sample of each replica that could still be measured.
func (w *world) sampleLags(store int) {
	if w.pulse != nil {
		return
	}
	for left := w.measuring(store); left != 0; left = left.Without(left.First()) {
		r := left.First()
		trip := int64(w.scenario.Latency.OneWay(r, w.raft.leader))
		latest := w.now - trip - w.commitDelay(w.raft.leader)
		measured := w.lastSample(store, r, latest)
		sample := &w.state.Lags[store][r]
		stamp := failover.Instant(w.logTime(measured))
		if measured < w.samplesSince(r, store) || sample.Epoch != 0 && sample.At >= stamp {
			continue
		}
		every := int64(w.scenario.Stores[store].LagSampleEvery)
		if before := measured - every; before >= w.samplesSince(r, store) {
			stamp := failover.Instant(w.logTime(before))
			w.policy.RefreshLag(&w.state, model.StoreID(store), r, stamp)
		}
		w.policy.Record(&w.state, &failover.Event{
			Kind: failover.LagMeasured, At: failover.Instant(w.logTime(measured + trip)), Region: r,
			Store: model.StoreID(store), Epoch: w.state.Leases[store].Epoch, Age: time.Duration(trip),
			Lag: w.measured(store, r, measured),
		})
	}
}

// measure has the agent of a region whose copies were just rewound say at once how far they are
// behind: until then nobody knows that they follow, and nothing returns there as planned work.
func (w *world) measure(r model.RegionID) {
	for store := range int(w.policy.Stores) {
		if !w.samples(r, store) {
			continue
		}
		w.policy.Record(&w.state, &failover.Event{
			Kind: failover.LagMeasured, At: failover.Instant(w.logTime(w.now)), Region: r,
			Store: model.StoreID(store), Epoch: w.state.Leases[store].Epoch,
			Lag: w.measured(store, r, w.now),
		})
	}
}

// measured is what a sample says of a copy at a time: how old the newest thing is that it has. Of a
// cache it says that nothing is at risk, as agents do, whatever the copy lacks: that can be had
// again, and is no reason to stay with a primary that is lost.
func (w *world) measured(store int, r model.RegionID, at int64) time.Duration {
	if w.scenario.Stores[store].Kind.Disposable() {
		return 0
	}
	return w.lagAt(store, r, at) + w.idle(store, r, at)
}

// nextSample is when the next sample of lag will be committed, if none of what it needs changes.
func (w *world) nextSample() int64 {
	at := never
	for store := range int(w.policy.Stores) {
		every := int64(w.scenario.Stores[store].LagSampleEvery)
		for left := w.measuring(store); left != 0; left = left.Without(left.First()) {
			r := left.First()
			delay := int64(w.scenario.Latency.OneWay(r, w.raft.leader)) + w.commitDelay(w.raft.leader)
			after := max(w.now-delay, w.samplesSince(r, store)-1)
			at = min(at, nextTick(after, every, w.samplePhase(store, r))+delay)
		}
	}
	return at
}

// lagAt is how far a replica, or the last backup, is behind the primary at a time. A replica cannot
// be closer than the one-way delay; one whose replication has stalled is further.
func (w *world) lagAt(store int, r model.RegionID, at int64) time.Duration {
	spec := &w.scenario.Stores[store]
	if w.strategy.FromBackup {
		phase := w.src.uniform(backupPhase, store, 0)
		return time.Duration(at - lastTick(at, int64(spec.BackupEvery), phase))
	}
	return w.lagFrom(store, w.state.Writers[store], r, at)
}

// lagFrom is how far a copy is behind that of another region at a time.
func (w *world) lagFrom(store int, from, to model.RegionID, at int64) time.Duration {
	return w.usualLag(store, from, to, at) + w.behind(store, to, at)
}

// sinceGood is how much older the last good backup is than the last one, at a time: what was made
// since the data went bad is of no use.
func (w *world) sinceGood(store int, at int64) time.Duration {
	if !w.strategy.FromBackup || w.net.corrupt[store] == 0 || at < w.spoiledAt[store] {
		return 0
	}
	every := int64(w.scenario.Stores[store].BackupEvery)
	phase := w.src.uniform(backupPhase, store, 0)
	return time.Duration(lastTick(at, every, phase) - lastTick(w.spoiledAt[store], every, phase))
}

// promoteLoss counts what an unplanned promotion of a region loses, if the old primary was out of
// reach when it began: the tail that its replica did not hold when the two were separated, and what
// the old primary still accepted afterwards. Where it was in reach the replica caught up first, if
// its replication was not stalled. It returns until when the new primary holds what was written.
func (w *world) promoteLoss(from, to model.RegionID, store int) int64 {
	broken := w.net.tornAt[store][from][to]
	if w.strategy.FromBackup && w.net.runs(store, from) || w.net.follows(store, from, to) {
		broken = w.now // In reach, and yet not received: a backup, or a copy that is stalled.
	}
	w.noteLost(broken)
	lag := w.lagAt(store, to, broken) + w.sinceGood(store, broken)
	accepted, alone := time.Duration(0), 0.0
	if stopped := w.stoppedAt[from][store]; stopped > broken {
		accepted, alone = time.Duration(stopped-broken), w.unheard[from][store][to]
	}
	switch {
	case w.quorums[store] != 0:
		return w.now // A majority holds every write.
	case w.scenario.Stores[store].Kind.Disposable():
		return broken - int64(lag)
	}
	rate := w.scenario.Traffic.RequestsPerSecond * w.scenario.Traffic.WriteShare
	writes := rate * (w.demanded(broken-int64(lag), broken, model.NoRegion) + alone)
	w.stranded[from][store] = w.lose(lag+accepted, writes)
	return broken - int64(lag)
}

// lose adds lost writes to the trial, and the stretch they cover to the incident. One write touches
// every store, so of the stores of one plan the one that lost most counts. An expected 0.4 writes
// are one write in 40 % of the cases: rounding them to none would lose them from the mean.
func (w *world) lose(stretch time.Duration, writes float64) int64 {
	lost := int64(math.Floor(writes + w.src.keyed(rounding, w.planKey(), 0)))
	w.trial.LostWrites += max(lost-w.effects.lost, 0)
	w.effects.lost = max(w.effects.lost, lost)
	w.effects.rpo = max(w.effects.rpo, stretch)
	w.incident.rpo = max(w.incident.rpo, stretch)
	w.noteUnarrived(model.NoRegion, stretch, lost)
	return lost
}

// noteUnarrived says which stretch of writes did not arrive. There may be none in it: then it is
// that of what would have been lost.
func (w *world) noteUnarrived(from model.RegionID, stretch time.Duration, writes int64) {
	switch stretch = stretch.Round(time.Millisecond); writes {
	case 0:
		w.note(from, "data", "the last %s did not arrive, and no write was acknowledged in that time",
			stretch)
	case 1:
		w.note(from, "data", "one acknowledged write, of the last %s, did not arrive", stretch)
	default:
		w.note(from, "data", "the last %s of acknowledged writes, %d of them, did not arrive", stretch,
			writes)
	}
}
