package probe_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/probe"
)

// pair is a primary in region 0 with its heart, and a replica in region 1 with its meter.
type pair struct {
	*testing.T
	home, away *cluster
	heart      *probe.Heart
	meter      *probe.Meter
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{T: t, home: primary(t)}
	p.away = p.home.replica(t)
	var err error
	if p.heart, err = probe.NewHeart("orders", p.home.address(password), nil); err != nil {
		t.Fatal(err)
	}
	p.meter = p.newMeter()
	return p
}

func (p *pair) newMeter() *probe.Meter {
	p.Helper()
	meter, err := probe.NewMeter(probe.MeterConfig{
		Store: "orders", Region: 1, Servers: map[model.RegionID]string{
			0: p.home.address(password), 1: p.away.address(password),
		},
	})
	if err != nil {
		p.Fatal(err)
	}
	return meter
}

// beat writes a beat that succeeds.
func (p *pair) beat(epoch failover.Epoch) {
	p.Helper()
	if err := p.heart.Beat(p.Context(), epoch); err != nil {
		p.Fatal(err)
	}
}

// measure measures once.
func (p *pair) measure() (probe.Lag, error) {
	ctx, end := context.WithTimeout(p.Context(), 2*time.Second)
	defer end()
	return p.meter.Measure(ctx, 0)
}

// lag measures a lag that is known.
func (p *pair) lag() probe.Lag {
	p.Helper()
	lag, err := p.measure()
	if err != nil {
		p.Fatal(err)
	}
	return lag
}

// settles beats, and waits until the replica has that.
func (p *pair) settles(epoch failover.Epoch) {
	p.Helper()
	p.beat(epoch)
	within(p.T, "the replica has it", func() bool {
		lag, err := p.measure()
		return err == nil && lag.Epoch == epoch && lag.Lag < time.Second && lag.Bytes == 0
	})
}

// TestLagGrowsWhileAReplicaIsCutOff has a replica that follows, applies nothing, is cut off, and
// then has its primary hang as well.
func TestLagGrowsWhileAReplicaIsCutOff(t *testing.T) {
	p := newPair(t)
	if _, err := p.measure(); err == nil {
		t.Error("a lag is known without a heartbeat")
	}
	p.settles(7)
	pause, resume := "select pg_wal_replay_pause()", "select pg_wal_replay_resume()"
	follow := "alter system set primary_conninfo = '" + p.home.address(password) + "'"
	cut := "alter system set primary_conninfo = ''"
	for _, c := range []struct {
		name       string
		away, back []string
	}{
		{"replay is paused", []string{pause}, []string{resume}},
		{"it is cut off", []string{cut, "select pg_reload_conf()"},
			[]string{follow, "select pg_reload_conf()"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.T = t
			p.away.must(t, c.away...)
			time.Sleep(time.Second) // It stops in the course of that.
			before := p.lag()
			p.home.must(t, "create table if not exists much (n int)",
				"insert into much select generate_series(1, 20000)")
			p.beat(7)
			time.Sleep(1500 * time.Millisecond)
			after := p.lag()
			if !grew(before, after) {
				t.Errorf("%+v came after %+v", after, before)
			}
			if after.Bytes < 1<<20 {
				t.Errorf("it lacks %d bytes, of a million and more", after.Bytes)
			}
			p.away.must(t, c.back...)
			p.settles(7)
		})
	}
	p.T = t
	p.home.signal(syscall.SIGSTOP)
	before := p.lag()
	time.Sleep(time.Second)
	after := p.lag()
	p.home.signal(syscall.SIGCONT)
	if !grew(before, after) || after.Lag-before.Lag < after.At.Sub(before.At) {
		t.Errorf("%+v came after %+v while nobody knew of the primary", after, before)
	}
	p.settles(7)
}

// grew reports whether a lag has grown with the time. Each is too high by as much as it took a busy
// machine to answer.
func grew(before, after probe.Lag) bool {
	const answering = 500 * time.Millisecond
	off := after.Lag - before.Lag - after.At.Sub(before.At)
	return after.Lag > before.Lag && -answering < off && off < answering
}

// TestALagIsOfTheEpochThatItsPrimaryWritesIn has the lease change hands, and an epoch that is over
// write no more.
func TestALagIsOfTheEpochThatItsPrimaryWritesIn(t *testing.T) {
	p := newPair(t)
	p.settles(7)
	p.away.must(t, "select pg_wal_replay_pause()")
	p.beat(8)
	if lag := p.lag(); lag.Epoch != 7 {
		t.Errorf("got epoch %d, want that of what the replica has", lag.Epoch)
	}
	p.away.must(t, "select pg_wal_replay_resume()")
	p.settles(8)
	if err := p.heart.Beat(t.Context(), 7); !errors.Is(err, probe.ErrSuperseded) {
		t.Errorf("got %v, want an older epoch to write nothing", err)
	}
	lag := p.lag()
	e := lag.Event(1, 2, lag.At.Add(3*time.Second))
	if e.Kind != failover.LagMeasured || e.Region != 1 || e.Store != 2 || e.Epoch != 8 ||
		e.Lag != lag.Lag || e.Age != 3*time.Second {
		t.Errorf("got %+v", e)
	}
	elsewhere, err := probe.NewHeart("orders", p.away.address(password), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := elsewhere.Beat(t.Context(), 9); err == nil || !strings.Contains(err.Error(), "25006") {
		t.Errorf("got %v, want no beat to be written to a replica", err)
	}
	p.away.must(t, "select pg_promote()")
	if _, err := p.measure(); err == nil || !strings.Contains(err.Error(), "no replica") {
		t.Errorf("got %v, want no lag of what is no replica", err)
	}
}

// TestAMeterThatHasNotHeardOfThePrimarySaysNothing starts while that hangs.
func TestAMeterThatHasNotHeardOfThePrimarySaysNothing(t *testing.T) {
	p := newPair(t)
	p.settles(7)
	p.home.signal(syscall.SIGSTOP)
	p.meter = p.newMeter()
	if lag, err := p.measure(); err == nil {
		t.Errorf("got %+v by nobody's clock", lag)
	}
	p.home.signal(syscall.SIGCONT)
	p.settles(7)
	if _, err := p.meter.Measure(t.Context(), 1); err == nil {
		t.Error("a replica follows itself")
	}
	if _, err := p.meter.Measure(t.Context(), 5); err == nil {
		t.Error("a replica follows a region that nobody knows")
	}
}
