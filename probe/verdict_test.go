package probe_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"redoubt/model"
	"redoubt/probe"
)

// TestNobodyKnowsBeforeTheFirstWord has an agent start while a region is down, and while it is up.
func TestNobodyKnowsBeforeTheFirstWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(probe.Bad)
		r, h, end := start(t, probe.Config{Scenario: shop(api()), Observer: 1, Make: always(w.Probe)})
		defer end()
		time.Sleep(19 * time.Second) // At most two probes.
		if got := h.take(); len(got) > 0 {
			t.Errorf("got %v, want no word after two failures", got)
		}
		for _, v := range r.Verdicts() {
			if v.Known != 0 || v.Down != 0 {
				t.Errorf("got %+v, want nobody to know", v)
			}
		}
		time.Sleep(15 * time.Second)
		if got := h.take(); len(got) != 1 || got[0].Known != 1 || got[0].Down != 1 {
			t.Errorf("got %v, want it down after three", got)
		}
		w.set(probe.Good)
		time.Sleep(31 * time.Second)
		if got := h.take(); len(got) != 1 || got[0].Known != 1 || got[0].Down != 0 {
			t.Errorf("got %v, want it up after two that succeed", got)
		}
		now := time.Now()
		if got := r.Verdicts(); len(got) != 1 || got[0].Subject != 0 || !got[0].At.Equal(now) {
			t.Errorf("got %v, want the one other workload as it is now", got)
		}
	})
}

// TestWhatIsNotLearntBecomesUnknown has an agent that cannot tell any more: it keeps its word while
// that is young, says then that it knows nothing, and does not say up because of one success after
// it had said down.
func TestWhatIsNotLearntBecomesUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(probe.Bad)
		r, h, end := start(t, probe.Config{Scenario: shop(api()), Observer: 1, Make: always(w.Probe)})
		defer end()
		time.Sleep(40 * time.Second)
		h.take()
		w.set(probe.Untold)
		at := r.Looks()[0].Told
		time.Sleep(time.Until(at.Add(30*time.Second - time.Millisecond)))
		synctest.Wait()
		if got := h.take(); len(got) > 0 || r.Verdicts()[0].Down != 1 {
			t.Errorf("got %v, want it down until that is stale", got)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got := h.take(); len(got) != 1 || got[0].Known != 0 || got[0].Down != 0 {
			t.Errorf("got %v, want it unknown", got)
		}
		w.set(probe.Good)
		time.Sleep(9 * time.Second)
		if got := h.take(); len(got) > 0 {
			t.Errorf("got %v after at most one success, want no word", got)
		}
		time.Sleep(12 * time.Second)
		if got := h.take(); len(got) != 1 || got[0].Known != 1 || got[0].Down != 0 {
			t.Errorf("got %v after two, want it up", got)
		}
	})
}

// TestMissingDataFailsWhereItIsSaidTo compares two checks of which an agent learns nothing.
func TestMissingDataFailsWhereItIsSaidTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alarm := api()
		alarm.Name, alarm.MissingFails = "alarm", true
		w := newWorld(probe.Good)
		r, h, end := start(t, probe.Config{
			Scenario: shop(api(), alarm), Observer: 1, Make: always(w.Probe),
		})
		defer end()
		time.Sleep(20 * time.Second)
		h.take()
		w.set(probe.Untold)
		time.Sleep(2 * time.Minute)
		if v := r.Verdicts()[0]; v.Known != 2 || v.Down != 2 {
			t.Errorf("got %+v, want the check unknown and the alarm down", v)
		}
		looks := r.Looks()
		if looks[0].Known || !looks[1].Known || !looks[1].Down || looks[0].Untold < 11 {
			t.Errorf("got %+v", looks)
		}
	})
}

// TestAHangIsNoVerdict has a prober that never returns: that is one failure, and then nothing.
func TestAHangIsNoVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		var hangs atomic.Bool
		look := prober(func(context.Context) probe.Result {
			if hangs.Load() {
				<-over
			}
			return probe.Result{Answer: probe.Good}
		})
		r, h, end := start(t, probe.Config{Scenario: shop(api()), Observer: 1, Make: always(look)})
		time.Sleep(20 * time.Second)
		h.take()
		hangs.Store(true)
		time.Sleep(time.Hour)
		if got := h.take(); len(got) != 1 || got[0].Known != 0 {
			t.Errorf("got %v, want it unknown", got)
		}
		if look := r.Looks()[0]; look.Failed != 1 {
			t.Errorf("got %+v, want one failure", look)
		}
		close(over)
		hangs.Store(false)
		time.Sleep(30 * time.Second)
		if got := h.take(); len(got) != 1 || got[0].Known != 1 || got[0].Down != 0 {
			t.Errorf("got %v, want it up again", got)
		}
		end()
	})
}

// TestAnEndingAgentSaysNothing has the context of a runner end in the middle of its probes.
func TestAnEndingAgentSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		look := prober(func(ctx context.Context) probe.Result {
			<-ctx.Done()
			return probe.Result{Answer: probe.Bad, Silent: true}
		})
		check := api()
		check.Failures = 1
		r, h, end := start(t, probe.Config{Scenario: shop(check), Observer: 1, Make: always(look)})
		time.Sleep(time.Second) // Perhaps within the first probe, perhaps before it.
		end()
		if got := h.take(); len(got) > 0 {
			t.Errorf("got %v, want no word", got)
		}
		if err := r.Run(t.Context()); err == nil {
			t.Error("a runner ran twice")
		}
	})
}

// TestARunnerSaysAllThatItCannotLookAt makes one of a scenario that the agent's file does not suit.
func TestARunnerSaysAllThatItCannotLookAt(t *testing.T) {
	s := shop(api(), api())
	_, err := probe.New(probe.Config{Scenario: s, Observer: 2})
	if err == nil || strings.Count(err.Error(), "has no probe") != 2 {
		t.Errorf("got %v, want both checks to lack a probe", err)
	}
	s.Checks[0].Probe = model.Probe{Kind: model.TCPProbe, Target: "{host}:443"}
	s.Checks[1].Probe = model.Probe{Kind: model.HTTPProbe, Target: "https://{api}/{path}", Status: 200}
	s.Anchors = []model.Probe{{Kind: model.DNSProbe, Target: "{resolver}", Name: "example."}}
	some := map[model.RegionID]map[string]string{
		0: {"host": "10.0.0.1", "api": "10.0.0.1", "path": "x"},
	}
	_, err = probe.New(probe.Config{Scenario: s, Observer: 2, Addresses: some})
	for _, want := range []string{
		`check "api" of away: tcp = "{host}:443": nothing says what {host} is`,
		`check "api" of away: http = "https://{api}/{path}": nothing says what {api} is`,
		`anchor[0] of cellar: dns = "{resolver}": nothing says what {resolver} is`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err = probe.New(probe.Config{Scenario: s, Observer: 9})
	if err == nil {
		t.Error("a region that is none is an observer")
	}
	broken := errors.New("broken")
	_, err = probe.New(probe.Config{Scenario: s, Observer: 1, Make: func(model.RegionID, int) (
		probe.Prober, error,
	) {
		return nil, broken
	}})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want what is wrong with a prober", err)
	}
}
