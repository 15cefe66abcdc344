package levers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// Sensitivity says what the answer to "which of two" hangs on: what their net benefits are as the
// scenario has it, and where each lever in turn is half and double, all else as it is.
type Sensitivity struct {
	Pair          [2]model.StrategyKind
	Trials, Years int
	Seed          uint64
	// Net are the net benefits in USD a year, 0 for the single region.
	Net [2]float64
	// Swings are those of each lever, that which moves the net benefits most first.
	Swings []Swing
}

// Swing is what becomes of the net benefits where a lever is half, and where it is double.
type Swing struct {
	Lever        Lever
	Half, Double Variant
}

// Variant is a scenario in which one lever has another value.
type Variant struct {
	// Value is what the lever has: not quite half or double, where its slider ends before that.
	Value float64
	// Net are the net benefits in USD a year, and mean nothing where Refused.
	Net [2]float64
	// Refused says why the scenario cannot have that value, "" where it can.
	Refused string
}

// Apart is by how much the second of two is worth more than the first.
func Apart(net [2]float64) float64 { return net[1] - net[0] }

// Turned says what is otherwise than without the change: which of the two is worth more, and which
// of them pays.
func (s *Sensitivity) Turned(v *Variant) (all []string) {
	if ahead, turned := s.Ahead(v); turned {
		all = append(all, s.Pair[ahead].String()+" is ahead")
	}
	for side, kind := range s.Pair {
		switch pays, turned := s.Pays(v, side); {
		case turned && pays:
			all = append(all, kind.String()+" pays")
		case turned:
			all = append(all, kind.String()+" does not pay")
		}
	}
	return all
}

// Ahead is which of the two is worth more, and whether without the change it is the other one.
func (s *Sensitivity) Ahead(v *Variant) (side int, turned bool) {
	if Apart(v.Net) > 0 {
		side = 1
	}
	return side, v.Refused == "" && Apart(v.Net)*Apart(s.Net) < 0
}

// Pays reports whether one of the two is worth more than the single region, and whether that is
// otherwise without the change.
func (s *Sensitivity) Pays(v *Variant, side int) (pays, turned bool) {
	pays = v.Net[side] > 0
	known := v.Refused == "" && s.Pair[side] != model.SingleRegion
	return pays, known && pays != (s.Net[side] > 0)
}

// Moves is how far a lever moves what it moves most: the net benefit of one of the two, or the
// difference of both, in USD a year.
func (s *Sensitivity) Moves(swing *Swing) (most float64) {
	for _, of := range []func([2]float64) float64{
		Apart, func(net [2]float64) float64 { return net[0] },
		func(net [2]float64) float64 { return net[1] },
	} {
		low, high := of(s.Net), of(s.Net)
		for _, v := range []*Variant{&swing.Half, &swing.Double} {
			if v.Refused == "" {
				low, high = min(low, of(v.Net)), max(high, of(v.Net))
			}
		}
		most = max(most, high-low)
	}
	return most
}

// MostTrials are how many trials each variant has at most: over the same outages, what a lever
// moves is known far better than either figure.
const MostTrials = 100

// ErrUnpriced says that nothing can hang on anything, since one of the two has no price.
var ErrUnpriced = errors.New("one of the two has no price")

// Weigh simulates a scenario with each of its levers at half and at double. change gives the
// scenario with some more edits. Of the options the trials count up to MostTrials, the years and
// the seed, and Progress, by variants. The error is that of redoubt.Compare, or ErrUnpriced.
func Weigh(
	ctx context.Context, s *model.Scenario, all []Lever, pair [2]model.StrategyKind,
	change func(edits ...scenarios.Edit) (*model.Scenario, error), o redoubt.CompareOptions,
) (*Sensitivity, error) {
	asked := redoubt.CompareOptions{
		Strategies: pair[:], Trials: min(MostTrials, s.Run.Trials), Years: o.Years, Seed: o.Seed,
		Workers: o.Workers,
	}
	if o.Trials > 0 {
		asked.Trials = min(MostTrials, o.Trials)
	}
	sensitivity := &Sensitivity{Pair: pair}
	c, err := redoubt.Compare(ctx, s, asked)
	if err != nil {
		return nil, err
	}
	sensitivity.Trials, sensitivity.Years, sensitivity.Seed = c.Trials, c.Years, c.Seed
	if sensitivity.Net, err = netOf(c, pair); err != nil {
		return nil, err
	}
	done, total := 0, 2*len(all)
	for i := range all {
		swing := Swing{Lever: all[i]}
		for _, v := range []struct {
			is *Variant
			by float64
		}{{&swing.Half, 0.5}, {&swing.Double, 2}} {
			if *v.is, err = variant(ctx, &all[i], v.by, pair, change, asked); err != nil {
				return nil, err
			}
			if done++; o.Progress != nil {
				o.Progress(done, total)
			}
		}
		sensitivity.Swings = append(sensitivity.Swings, swing)
	}
	slices.SortStableFunc(sensitivity.Swings, func(a, b Swing) int {
		return cmp.Compare(sensitivity.Moves(&b), sensitivity.Moves(&a))
	})
	return sensitivity, nil
}

// variant simulates a scenario in which a lever has so many times its value.
func variant(
	ctx context.Context, l *Lever, by float64, pair [2]model.StrategyKind,
	change func(edits ...scenarios.Edit) (*model.Scenario, error), asked redoubt.CompareOptions,
) (v Variant, err error) {
	v.Value = max(min(l.Value*by, max(l.High, l.Value)), min(l.Low, l.Value))
	if v.Value == l.Value {
		v.Refused = fmt.Sprintf("%s goes no further than %s", l.Label, l.Show(l.Value))
		return v, nil
	}
	s, err := change(l.To(v.Value)...)
	if err != nil {
		v.Refused = err.Error()
		var problems scenarios.Problems
		if errors.As(err, &problems) { // Nobody has the file in which it would stand.
			v.Refused = problems[0].Text
		}
		return v, nil
	}
	c, err := redoubt.Compare(ctx, s, asked)
	if err != nil {
		return v, err
	}
	v.Net, err = netOf(c, pair)
	return v, err
}

// netOf are the net benefits of two strategies, each in the order of the pair.
func netOf(c *redoubt.Comparison, pair [2]model.StrategyKind) (net [2]float64, err error) {
	for i := range c.Strategies {
		r := &c.Strategies[i]
		for side, kind := range pair {
			switch {
			case r.Kind != kind || kind == model.SingleRegion:
			case r.Excuse != "":
				return net, fmt.Errorf("%s cannot be built: %s", kind, r.Excuse)
			case !r.Case.Priced:
				return net, ErrUnpriced
			default:
				net[side] = r.Case.NetPerYear.Mean
			}
		}
	}
	return net, nil
}
