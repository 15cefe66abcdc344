package sim

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// inEveryScenario runs a test for every strategy that can be built in each of the scenarios that
// come with the program: its estates, drills and published incidents.
func inEveryScenario(t *testing.T, test func(*testing.T, *model.Scenario, model.Strategy)) {
	t.Helper()
	for _, name := range scenarios.Names() {
		s := load(t, name)
		for _, strategy := range s.Strategies {
			if s.Excuse(strategy.Kind) == "" {
				t.Run(name+"/"+strategy.Kind.String(), func(t *testing.T) { test(t, s, strategy) })
			}
		}
	}
}

// excused are scenarios in which a relation does not hold, each with the reason. One that holds
// under every strategy has no excuse.
type excused map[string]string

// inEveryScenarioBut runs a test, which returns in what a relation fails, for every strategy and
// scenario, and has it fail exactly where that is excused.
func inEveryScenarioBut(
	t *testing.T, excuses excused, test func(*testing.T, *model.Scenario, model.Strategy) []string,
) {
	t.Helper()
	played, broken := map[string]bool{}, map[string]bool{}
	inEveryScenario(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		off := test(t, s, strategy)
		played[s.Name] = true
		broken[s.Name] = broken[s.Name] || len(off) > 0
		if excuses[s.Name] == "" && len(off) > 0 {
			t.Error(clipped(off))
		}
	})
	for name, why := range excuses {
		if known := slices.Contains(scenarios.Names(), name); !known || played[name] && !broken[name] {
			t.Errorf("%s holds under every strategy, and is excused: %s", name, why)
		}
	}
}

// clipped puts the first of some differences below each other.
func clipped(off []string) string {
	const most = 8
	if left := len(off) - most; left > 0 {
		off = append(slices.Clone(off[:most]), fmt.Sprintf("and %d more", left))
	}
	return "it differs:\n" + strings.Join(off, "\n")
}

// storyOf is one run of a scenario: its timeline, or where it has none the loss of its primary.
func storyOf(
	t *testing.T, s *model.Scenario, strategy model.Strategy, seed uint64,
) *Story {
	t.Helper()
	story, err := PlayWatched(s, strategy, seed, Watch{Untraced: true})
	if err != nil {
		t.Fatal(err)
	}
	return story
}

// differences holds every figure of two values of one type to each other, lengths of time to within
// a slack and everything else exactly, and says in what they differ. Fields that are named are left
// out wherever they are, and so is what a Story keeps for itself.
func differences(is, was any, slack time.Duration, except ...string) []string {
	c := differing{slack: int64(slack), except: except}
	c.hold("", reflect.ValueOf(is), reflect.ValueOf(was))
	return c.off
}

type differing struct {
	slack  int64
	except []string
	off    []string
}

func (c *differing) hold(path string, is, was reflect.Value) {
	switch is.Kind() {
	case reflect.Pointer:
		c.hold(path, is.Elem(), was.Elem())
	case reflect.Struct:
		own := is.Type() == reflect.TypeFor[Story]()
		for i := range is.NumField() {
			field := is.Type().Field(i)
			if (field.IsExported() || !own) && !slices.Contains(c.except, field.Name) {
				c.hold(path+"."+field.Name, is.Field(i), was.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		if is.Len() != was.Len() {
			c.off = append(c.off, fmt.Sprintf("%s: got %d, want %d of them", path, is.Len(), was.Len()))
			return
		}
		for i := range is.Len() {
			c.hold(fmt.Sprintf("%s[%d]", path, i), is.Index(i), was.Index(i))
		}
	default:
		if length := is.Type() == reflect.TypeFor[time.Duration](); length && !is.Equal(was) {
			if off := is.Int() - was.Int(); off < -c.slack || off > c.slack {
				c.off = append(c.off, fmt.Sprintf("%s: got %s, want %s", path,
					time.Duration(is.Int()), time.Duration(was.Int())))
			}
		} else if !is.Equal(was) {
			c.off = append(c.off, fmt.Sprintf("%s: got %v, want %v", path, is, was))
		}
	}
}

// What holds two values to each other sees every figure of them.
func TestDifferencesAreSeen(t *testing.T) {
	whole := result{
		trial: model.Trial{Lost: time.Hour}, rpos: []time.Duration{1, 2},
		incidents: []model.Incident{{Damage: model.Damage{LostWrites: 3}}},
	}
	for what, alter := range map[string]func(r *result){
		"nothing":      func(*result) {},
		"a length":     func(r *result) { r.trial.Lost += 5 },
		"a count":      func(r *result) { r.trial.Merged++ },
		"of a region":  func(r *result) { r.trial.Idle[7] = 5 },
		"of a damage":  func(r *result) { r.incidents[0].Damage.LostWrites++ },
		"one of them":  func(r *result) { r.rpos[1] += 5 },
		"one too many": func(r *result) { r.rpos = append(r.rpos, 0) },
		"an error":     func(r *result) { r.err = fmt.Errorf("stopped") },
	} {
		other := whole
		other.incidents, other.rpos = slices.Clone(whole.incidents), slices.Clone(whole.rpos)
		alter(&other)
		if off := differences(other, whole, 4); (len(off) == 1) != (what != "nothing") {
			t.Errorf("%s: got %q", what, off)
		}
	}
}

// ran is what a run comes to: its figures, what was decided and in which term it ended.
type ran struct {
	result    result
	decisions []Decision
	term      int32
}

// withoutLuck is a scenario in which nothing is drawn by a region's number but who leads, elections
// among them, and when leases are renewed and lags sampled: all probes begin with the fault, links
// do nothing to them, and lags are what they are in the median.
func withoutLuck(s *model.Scenario) *model.Scenario {
	other := *s
	other.Links = nil
	other.Checks, other.Stores = slices.Clone(s.Checks), slices.Clone(s.Stores)
	for i := range other.Checks {
		other.Checks[i].Aligned = true
	}
	for i := range other.Stores {
		for r := range other.Stores[i].Lag {
			other.Stores[i].Lag[r] = model.Fixed(other.Stores[i].Lag[r].Duration(0.5))
		}
	}
	return &other
}

// playedOnce is one run of a scenario, as storyOf has it, led by a region at first.
func playedOnce(
	t *testing.T, s *model.Scenario, strategy model.Strategy, leader model.RegionID,
	prepare func(*world),
) ran {
	t.Helper()
	src := newSource(seedOf(t), 0)
	outages := timelineOutages(nil, s)
	if len(outages) == 0 {
		outages = append(outages, primaryLoss(s, src))
	}
	return newTestWorld(t, s, strategy, playHorizon(outages)).ledBy(t, src, outages, leader, prepare)
}

// playedYears are ten years of a scenario's hazards, so many times.
func playedYears(
	t *testing.T, s *model.Scenario, strategy model.Strategy, trials int, leader model.RegionID,
	prepare func(*world),
) (all []ran) {
	t.Helper()
	w := newTestWorld(t, s, strategy, 10*model.Year)
	for trial := range trials {
		src := newSource(seedOf(t), trial)
		all = append(all, w.ledBy(t, src, drawOutages(nil, s, src, w.horizon), leader, prepare))
	}
	return all
}

func (w *world) ledBy(
	t *testing.T, src source, outages []outage, leader model.RegionID, prepare func(*world),
) ran {
	t.Helper()
	w.begin(src, outages)
	w.raft.leader = leader
	prepare(w)
	finished(t, w)
	return ran{
		result{w.trial, slices.Clone(w.incidents), slices.Clone(w.rpos), nil},
		slices.Clone(w.decisions), w.raft.term,
	}
}

func asItBegins(*world) {}
