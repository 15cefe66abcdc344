package sim

import (
	"math"
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// losing adds a fault that loses a share of the packets between two regions to a timeline.
func losing(s *model.Scenario, a, b model.RegionID, share float64, at, lasts time.Duration) {
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.PacketLoss, Region: a, Peer: b, Share: share, At: at, Duration: lasts,
	})
}

// The formula against its terms worked out by hand, and against the law of the square root that it
// comes to where little is lost (Mathis, Semke, Mahdavi and Ott, 1997).
func TestOracleThroughputOfTCP(t *testing.T) {
	const rtt = 100 * time.Millisecond
	// 0.1 s x sqrt(0.04/3) + 0.3 s x 3 sqrt(0.06/8) x 0.01 x 1.0032
	if got := throughput(rtt, 0.01); math.Abs(got-118_410) > 20 {
		t.Errorf("got %g bytes a second, want 118410", got)
	}
	// Where half is lost, 0.1 s x sqrt(2/3) + 0.3 s x 1 x 0.5 x 9: more than 1 no term is.
	if got := throughput(rtt, 0.5); math.Abs(got-1019.8) > 0.1 {
		t.Errorf("got %g bytes a second, want 1019.8", got)
	}
	for _, lost := range []float64{1e-6, 1e-5, 1e-4} {
		want := segment / rtt.Seconds() * math.Sqrt(3/(2*acknowledged*lost))
		if got := throughput(rtt, lost); got > want || got < 0.98*want {
			t.Errorf("at %g: got %g bytes a second, want 0.98 to 1 times %g", lost, got, want)
		}
	}
	for lost := 0.01; lost < 0.99; lost += 0.01 {
		if throughput(rtt, lost+0.01) >= throughput(rtt, lost) {
			t.Errorf("more passes at a loss of %g than at %g", lost+0.01, lost)
		}
	}
}

// A copy receives what one connection of TCP lets through, so that it lacks the rest for as long as
// packets are lost, and it is lost with the primary.
func TestCopyOverALossyLinkFallsBehind(t *testing.T) {
	const begins, lasts, lost = time.Hour, 10 * time.Minute, 0.01
	s := estate()
	s.Stores[0].WriteBytes = 5000
	s.Settings.DataAtRiskMax = 24 * time.Hour
	losing(s, home, standby, lost, begins, lasts)
	lose(s, home, begins+lasts, 6*time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	passes := throughput(80*time.Millisecond, lost) / (200 * 5000)
	lag := s.Stores[0].Lag[standby].Mean() + 0.04 // And the way there.
	finished(t, w)
	got, want := float64(w.trial.LostWrites), 200*(lag+(1-passes)*lasts.Seconds())
	if math.Abs(got-want) > 1 {
		t.Errorf("got %g lost writes, want %.0f: the copy receives %.3f of them", got, want, passes)
	}
	s.Stores[0].WriteBytes = 1 // All of it passes.
	w = finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	if got := float64(w.trial.LostWrites); math.Abs(got-200*lag) > 1 {
		t.Errorf("got %g lost writes where all pass, want %g, those of the lag", got, 200*lag)
	}
}

// What it lacks when the loss ends it catches up with, and nothing is lost later.
func TestCopyCatchesUpAfterTheLoss(t *testing.T) {
	const begins, lasts, lost = time.Hour, 10 * time.Minute, 0.01
	s := estate()
	s.Stores[0].WriteBytes = 5000
	losing(s, home, standby, lost, begins, lasts)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.load()
	missed := (1 - throughput(80*time.Millisecond, lost)/(200*5000)) * lasts.Seconds()
	end := int64(begins + lasts)
	for w.step() {
	}
	for _, after := range []float64{0, 100, 200} { // It receives 3 s a second, and 1 is written.
		at := warmup + end + int64(after*1e9)
		want := max(0, missed-2*after)
		if got := w.behind(0, standby, at).Seconds(); math.Abs(got-want) > 1 {
			t.Errorf("%g s later it lacks %g s of writes, want %g", after, got, want)
		}
	}
}

// A write that is brought to another region is sent again until nobody waits for it any more, after
// a minute: the share of all six tries is lost, and what was sent again is late.
func TestWritesThatAreForwardedOverALossyLink(t *testing.T) {
	const lasts, share = 2 * time.Hour, 0.4
	s := readers(1000)
	s.Checks[0].Failures = 1000 // Nobody takes the lost probes for more.
	losing(s, home, standby, share, time.Hour, lasts)
	w := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour))
	lost := 1 - (1-share)*(1-share)
	abroad := s.Populations[1].Share * s.Traffic.WriteShare
	if want := abroad * math.Pow(lost, 6) * lasts.Seconds(); math.Abs(w.lost/1e9-want) > 1e-6*want {
		t.Errorf("lost %g s of the load, want %g", w.lost/1e9, want)
	}
	late := abroad * (lost - math.Pow(lost, 6)) * lasts.Seconds()
	if math.Abs(w.lateness/1e9-late) > 1e-6*late {
		t.Errorf("%g s of the load were late, want %g", w.lateness/1e9, late)
	}
}

// A link that loses nearly all is as good as one that is cut, to agents, copies and users; one that
// loses a fifth keeps all of them in touch.
func TestALinkThatLosesNearlyAllIsAsGoodAsCut(t *testing.T) {
	played := func(kind model.StrategyKind, share float64) model.Trial {
		s := readers(1000)
		s.Checks[0].Failures = 1000 // What the probes see is another matter: some always pass.
		for _, pair := range [][2]model.RegionID{{home, standby}, {home, witness}} {
			if share == 1 {
				cut(s, pair[0], pair[1], time.Hour, time.Hour)
			} else {
				losing(s, pair[0], pair[1], share, time.Hour, time.Hour)
			}
		}
		return finished(t, stage(t, s, kind, seedOf(t), witness, 24*time.Hour)).trial
	}
	for _, kind := range []model.StrategyKind{model.HotStandby, model.ReadLocal, model.ActiveActive} {
		was, is := played(kind, 1), played(kind, 0.97)
		if was != is || was.Lost == 0 && kind != model.ActiveActive {
			t.Errorf("%s: cut it comes to\n%+v, and losing nearly all to\n%+v", kind, was, is)
		}
		if little := played(kind, 0.2); little.Down > 0 || little.Lost > time.Second {
			t.Errorf("%s: losing a fifth it comes to\n%+v, want next to nothing", kind, little)
		}
	}
}

// In between leaders are lost ever more often, and those that follow have ever less time to renew a
// lease.
func TestTheMoreIsLostTheLessIsLed(t *testing.T) {
	const lasts = 12 * time.Hour
	last := time.Duration(0)
	for _, share := range []float64{0.4, 0.5, 0.6, 0.66} {
		s := estate()
		s.Checks[0].Failures = 100_000 // What the probes see is another matter.
		for _, pair := range [][2]model.RegionID{{home, standby}, {home, witness}, {standby, witness}} {
			losing(s, pair[0], pair[1], share, time.Hour, lasts)
		}
		w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
		if is := w.trial.Down; is <= last || is > lasts*2/3 {
			t.Errorf("losing %g it is down for %s, want more than %s, and a third of %s served",
				share, is, last, lasts)
		}
		last = w.trial.Down
	}
}

// A promotion does not wait for a copy that cannot keep up, though its primary is in reach: what it
// lacks is lost, as of one that is stalled, and no planned work is begun meanwhile.
func TestPromotionDoesNotWaitForACopyThatTrails(t *testing.T) {
	const begins, lasts, lost = time.Hour, 10 * time.Minute, 0.01
	s := estate()
	s.Stores[0].WriteBytes = 5000
	s.Settings.DataAtRiskMax = 24 * time.Hour
	losing(s, home, standby, lost, begins, 24*time.Hour)
	during(s, model.ServiceLoss, home, begins+lasts, begins+lasts+6*time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.load()
	for w.step() && w.now < warmup+int64(begins) {
	}
	if w.receives(standby) {
		t.Error("planned work may begin while the copy falls behind")
	}
	for w.step() && w.trial.LostWrites == 0 {
	}
	passes := throughput(80*time.Millisecond, lost) / (200 * 5000)
	// It falls behind until the primary is fenced, and catches up a little while it is promoted.
	fenced := time.Duration(w.stoppedAt[home][0] - warmup - int64(begins)).Seconds()
	want := 200 * ((1-passes)*fenced - passes*40 + s.Stores[0].Lag[standby].Mean())
	if got := float64(w.trial.LostWrites); math.Abs(got-want) > 200 || fenced < lasts.Seconds() {
		t.Errorf("got %g lost writes of a primary fenced after %g s, want %.0f", got, fenced, want)
	}
	at := warmup + int64(begins+5*time.Minute)
	if got := w.lacked(0, home, standby, at); got < int64(4*time.Minute) {
		t.Errorf("the copy lacks %s of what it may be asked for again", time.Duration(got))
	}
}

// What a user waits for while packets are lost: half of the forwarded writes are sent again, after
// a second.
func TestLatencyOverALossyLink(t *testing.T) {
	s := readers(1000)
	s.Traffic.ServiceTime = time.Microsecond
	s.Traffic.WriteShare = 0.2
	share := 1 - math.Sqrt(0.5)
	losing(s, home, standby, share, time.Hour, time.Hour)
	all := latencies(s, strategyOf(t, s, model.ReadLocal))
	far, near := all[1].Slow, all[0].Slow
	if far.P95 < time.Second || far.P95 > 1100*time.Millisecond || all[1].Well.P99 > time.Second {
		t.Errorf("standby's users wait %s, and %s when all is well", far.P95, all[1].Well.P99)
	}
	if near != all[0].Well {
		t.Errorf("home's users wait %+v, want the %+v of when all is well", near, all[0].Well)
	}
}

// A trace shows the packets that a fault loses, and not those that a link loses by nature.
func TestTraceShowsTheLossesOfFaults(t *testing.T) {
	s := estate()
	s.Links = []model.Link{{From: home, To: witness, Loss: 0.01, LossBack: 0.01}}
	losing(s, home, standby, 0.3, time.Hour, time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.story = &Story{}
	finished(t, w).endTrace()
	var shown []string
	for _, span := range w.story.Spans {
		if span.Part == PartLink {
			shown = append(shown, w.name(span.Region)+" "+span.Lane+" "+span.Name)
		}
	}
	want := []string{
		"home standby 30% of the packets lost", "standby home 30% of the packets lost",
	}
	if slices.Sort(shown); !slices.Equal(shown, want) {
		t.Errorf("got %q, want %q", shown, want)
	}
}

// Only what is lost on the way to a copy slows it down, and a majority's writes not at all.
func TestOnlyTheWayToACopySlowsItDown(t *testing.T) {
	behind := func(from, to model.RegionID, kind model.StoreKind) time.Duration {
		s := estate()
		s.Stores[0].WriteBytes, s.Stores[0].Kind = 5000, kind
		losing(s, from, to, 0.01, time.Hour, time.Hour)
		s.Timeline[0].OneWay = true
		w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
		w.load()
		for w.step() && w.now < warmup+int64(90*time.Minute) {
		}
		return w.behind(0, standby, warmup+int64(90*time.Minute))
	}
	if got := behind(home, standby, model.SingleWriter); got < 20*time.Minute {
		t.Errorf("lost on its way, it is behind by %s", got)
	}
	if got := behind(standby, home, model.SingleWriter); got != 0 {
		t.Errorf("lost on the way back, it is behind by %s", got)
	}
	if got := behind(home, standby, model.Quorum); got != 0 {
		t.Errorf("a quorum's is behind by %s", got)
	}
}

// Reads that go to where a store is written, since the region's own copy is down, are lost and late
// as the writes are.
func TestReadsOverALossyLink(t *testing.T) {
	const lasts, share = 2 * time.Hour, 0.4
	s := readers(1000)
	s.Checks[0].Failures = 1000
	losing(s, home, standby, share, time.Hour, lasts)
	during(s, model.StoreLoss, standby, time.Hour, time.Hour+lasts)
	w := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour))
	lost := 1 - (1-share)*(1-share)
	abroad := s.Populations[1].Share
	if want := abroad * math.Pow(lost, 6) * lasts.Seconds(); math.Abs(w.lost/1e9-want) > 1e-6*want {
		t.Errorf("lost %g s of the load, want %g", w.lost/1e9, want)
	}
	late := abroad * (lost - math.Pow(lost, 6)) * lasts.Seconds()
	if math.Abs(w.lateness/1e9-late) > 1e-6*late {
		t.Errorf("%g s of the load were late, want %g", w.lateness/1e9, late)
	}
}

// What a link loses by nature costs a copy nothing, however much is written: users' waits and
// probes tell of it, and a promotion within reach of the old primary loses no write.
func TestNoCopyFallsBehindForWhatALinkLosesByNature(t *testing.T) {
	for _, lost := range []float64{0, 0.2} {
		s := estate()
		s.Stores[0].WriteBytes = 50_000
		s.Links = []model.Link{{From: home, To: standby, Loss: lost, LossBack: lost}}
		during(s, model.ServiceLoss, home, time.Hour, 3*time.Hour)
		w := recounted(t, s, model.HotStandby)
		if trial := &w.trial; trial.Failovers != 1 || trial.Failbacks != 1 || trial.LostWrites != 0 {
			t.Errorf("%.0f %% lost: %d failovers, %d failbacks, %d writes lost; want one of each and none",
				100*lost, trial.Failovers, trial.Failbacks, trial.LostWrites)
		}
	}
}

// A question over a link is lost with its answer, whichever way a fault loses more than the link
// does by nature; and where none does, nothing of it counts.
func TestALinkLosesWhereAFaultHasIt(t *testing.T) {
	var l lossy
	l.native[home][standby], l.native[standby][home] = 0.1, 0.2
	for _, c := range []struct{ there, back, want float64 }{
		{0.1, 0.2, 0}, {0.5, 0.2, 0.6}, {0.1, 0.5, 0.55}, {0.5, 0.5, 0.75},
	} {
		d := damage{dropped: l.native}
		d.dropped[home][standby], d.dropped[standby][home] = c.there, c.back
		for i, got := range []float64{l.lost(&d, home, standby), l.lost(&d, standby, home)} {
			if math.Abs(got-c.want) > 1e-12 {
				t.Errorf("%g there and %g back, asked by %d: %g is lost, want %g", c.there, c.back, i, got,
					c.want)
			}
		}
		l.part(&d)
		if got, want := d.lossy, c.want > 0; got != want {
			t.Errorf("%g there and %g back: lossy is %v", c.there, c.back, got)
		}
	}
}

// A link is a cut where most questions stay without an answer though they are sent six times in a
// minute: where 0.8909 of them do each time, the sixth root of a half.
func TestALinkIsACutWhereMostIsGivenUp(t *testing.T) {
	for lost, want := range map[float64]bool{0.88: false, 0.89: false, 0.892: true, 0.91: true} {
		l := lossy{waits: 6}
		var d damage
		d.dropped[home][standby] = lost
		l.part(&d)
		if got := d.torn[home].Has(standby) && d.torn[standby].Has(home); got != want {
			t.Errorf("losing %g it is a cut: %v", lost, got)
		}
		if d.torn[home].Has(witness) || d.torn[witness] != 0 {
			t.Errorf("losing %g, a link that loses nothing is a cut", lost)
		}
	}
}

// A request that asks two regions is answered where both answer, and nothing is asked of who is
// asked nothing. Of links that lose a fifth and a half of what is sent six times it takes 0.4 to be
// answered at once.
func TestARequestCrossesSeveralLinks(t *testing.T) {
	w := stage(t, estate(), model.HotStandby, seedOf(t), witness, time.Hour)
	w.policy.Stores, w.net.links.waits = 3, 6
	w.writers = [model.MaxStores]model.RegionID{standby, witness, home}
	w.net.dropped[home][standby], w.net.dropped[home][witness] = 0.2, 0.5
	got := w.crosses(home, func(_ model.RegionID, store int) bool { return store < 2 })
	arrives := (1 - math.Pow(0.2, 6)) * (1 - math.Pow(0.5, 6))
	want := crossing{arrives, 1 - 0.4/arrives}
	if math.Abs(got.arrives-want.arrives) > 1e-12 || math.Abs(got.again-want.again) > 1e-12 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	none := w.crosses(home, func(model.RegionID, int) bool { return false })
	if want := (crossing{arrives: 1}); none != want {
		t.Errorf("got %+v of a request that asks nobody, want %+v", none, want)
	}
}

// Writes are brought to where they are written, and nowhere if nobody writes, if every region does,
// or if the region does itself.
func TestWhoBringsWritesElsewhere(t *testing.T) {
	w := stage(t, estate(), model.HotStandby, seedOf(t), witness, time.Hour)
	w.load()
	for name, c := range map[string]struct {
		writer     model.RegionID
		open       bool
		everywhere bool
		without    bool
		want       bool
	}{
		"another region writes": {writer: home, want: true},
		"nobody writes":         {writer: model.NoRegion},
		"every region writes":   {writer: home, everywhere: true},
		"it writes itself":      {writer: standby, open: true},
		"its store is lost":     {writer: home, open: true, without: true, want: true},
	} {
		w.writers[0], w.guards[standby][0].open = c.writer, c.open
		w.policy.MultiWriter, w.net.storeless[0] = c.everywhere, 0
		if c.without {
			w.net.storeless[0] = w.net.storeless[0].With(standby)
		}
		if got := w.forwards(standby, 0); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
		if name == "nobody writes" && (w.usesOwn(standby, 0) || w.asks(standby, 0)) {
			t.Errorf("%s: it reads somewhere", name)
		}
	}
}

// Nothing is said of how fast a copy receives where every region writes.
func TestACopyOfManyWritersIsNotHeldBack(t *testing.T) {
	s := estate()
	s.Stores[0].WriteBytes = 1000
	w := stage(t, s, model.HotStandby, seedOf(t), witness, time.Hour)
	w.net.dropped[home][standby] = 0.5
	for _, many := range []bool{false, true} {
		w.policy.MultiWriter = many
		if got := w.throttle(0, home, standby); math.IsInf(got, 1) != many {
			t.Errorf("every region writes: %v; it receives %g seconds a second", many, got)
		}
	}
}
