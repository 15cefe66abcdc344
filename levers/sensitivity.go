package levers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// Sensitivity says what the answer to "which of two" hangs on: what their net benefits are as the
// scenario has it, and where each lever in turn is half and double, all else as it is.
type Sensitivity struct {
	Pair [2]model.StrategyKind
	// Trials are those of the comparison, and Tried how many of them were simulated with each change.
	Trials, Tried, Years int
	Seed                 uint64
	// AsIs is without a change: its net benefits are those of the comparison.
	AsIs Worth
	// Swings are those of each lever, that which moves the net benefits most first.
	Swings []Swing
}

// Worth is what two strategies are worth in USD a year.
type Worth struct {
	// Net are the net benefits, 0 for the single region.
	Net [2]model.Estimate
	// Apart is by how much the second is worth more than the first, trial by trial.
	Apart model.Estimate
}

// Swing is what becomes of the net benefits where a lever is half, and where it is double.
type Swing struct {
	Lever        Lever
	Half, Double Variant
}

// Variant is a scenario in which one lever has another value.
type Variant struct {
	// Value is what the lever has, and Limit says why that is not half or double, "" where it is.
	Value float64
	Limit string
	// Worth means nothing where Refused.
	Worth Worth
	// Refused says why the scenario cannot have that value, "" where it can.
	Refused string
}

// Sign is what becomes of the sign of a net benefit, or of a difference of two, by a change.
type Sign uint8

// The sign is Kept unless the change is known to have it Turned; it is Untold where the interval
// has 0 in it, and without the change had not, or the mean has the other sign.
const (
	Kept Sign = iota
	Turned
	Untold
)

// signOf is what becomes of the sign of an estimate that was another one.
func signOf(was, is model.Estimate) Sign {
	turned := (is.Mean > 0) != (was.Mean > 0)
	switch apart := redoubt.Apart(is); {
	case !apart && (turned || redoubt.Apart(was)):
		return Untold
	case turned:
		return Turned
	}
	return Kept
}

// Turns says what is otherwise than without the change, which of the two is worth more and which
// of them pays, and what of that the trials do not tell.
func (s *Sensitivity) Turns(v *Variant) (turned, untold []string) {
	switch ahead, sign := s.Ahead(v); sign {
	case Turned:
		turned = append(turned, s.Pair[ahead].String()+" is ahead")
	case Untold:
		untold = append(untold, "which is ahead")
	case Kept:
	}
	for side, kind := range s.Pair {
		switch pays, sign := s.Pays(v, side); {
		case sign == Untold:
			untold = append(untold, whether(kind))
		case sign == Turned && pays:
			turned = append(turned, kind.String()+" pays")
		case sign == Turned:
			turned = append(turned, kind.String()+" does not pay")
		}
	}
	return turned, untold
}

// Open is what the trials do not tell of the scenario as it is.
func (s *Sensitivity) Open() (untold []string) {
	if !redoubt.Apart(s.AsIs.Apart) {
		untold = append(untold, "which is ahead")
	}
	for side, kind := range s.Pair {
		if s.Unsure(&s.AsIs, side) {
			untold = append(untold, whether(kind))
		}
	}
	return untold
}

// Unsure reports whether the trials do not tell if one of the two pays, as it is or with a change:
// the interval of its net benefit has 0 in it.
func (s *Sensitivity) Unsure(w *Worth, side int) bool {
	return s.Pair[side] != model.SingleRegion && !redoubt.Apart(w.Net[side])
}

func whether(kind model.StrategyKind) string { return "whether " + kind.String() + " pays" }

// Ahead is which of the two is worth more, and what becomes of that by the change.
func (s *Sensitivity) Ahead(v *Variant) (side int, sign Sign) {
	if v.Worth.Apart.Mean > 0 {
		side = 1
	}
	if v.Refused != "" {
		return side, Kept
	}
	return side, signOf(s.AsIs.Apart, v.Worth.Apart)
}

// Pays reports whether one of the two is worth more than the single region, and what becomes of
// that by the change.
func (s *Sensitivity) Pays(v *Variant, side int) (pays bool, sign Sign) {
	is := v.Worth.Net[side]
	if v.Refused != "" || s.Pair[side] == model.SingleRegion {
		return is.Mean > 0, Kept
	}
	return is.Mean > 0, signOf(s.AsIs.Net[side], is)
}

// Moves is how far a lever moves what it moves most: the net benefit of one of the two, or the
// difference of both, in USD a year.
func (s *Sensitivity) Moves(swing *Swing) (most float64) {
	for _, of := range []func(w *Worth) float64{
		func(w *Worth) float64 { return w.Apart.Mean },
		func(w *Worth) float64 { return w.Net[0].Mean },
		func(w *Worth) float64 { return w.Net[1].Mean },
	} {
		low, high := of(&s.AsIs), of(&s.AsIs)
		for _, v := range []*Variant{&swing.Half, &swing.Double} {
			if v.Refused == "" {
				low, high = min(low, of(&v.Worth)), max(high, of(&v.Worth))
			}
		}
		most = max(most, high-low)
	}
	return most
}

// MostTrials are how many trials each change has at most. Over the same outages, what a lever moves
// is known far better than the net benefit, which the other trials of the comparison know.
const MostTrials = 100

// ErrUnpriced says that nothing can hang on anything, since one of the two has no price.
var ErrUnpriced = errors.New("one of the two has no price")

// Weigh simulates the scenario of a comparison with each of its levers at half and at double.
// change gives the scenario with some more edits. Of the options Workers counts, and Progress, by
// variants. The error is that of redoubt.Compare, or ErrUnpriced.
func Weigh(
	ctx context.Context, c *redoubt.Comparison, all []Lever, pair [2]model.StrategyKind,
	change func(edits ...scenarios.Edit) (*model.Scenario, error), o redoubt.CompareOptions,
) (*Sensitivity, error) {
	asIs, err := drawnOf(c, pair)
	if err != nil {
		return nil, err
	}
	tries := &tries{asIs: asIs, change: change, asked: redoubt.CompareOptions{
		Strategies: pair[:], Trials: min(MostTrials, c.Trials), Years: c.Years, Seed: c.Seed,
		Workers: o.Workers,
	}}
	sensitivity := &Sensitivity{
		Pair: pair, Trials: c.Trials, Tried: tries.asked.Trials, Years: c.Years, Seed: c.Seed,
		AsIs: asIs.worth(asIs),
	}
	done, total := 0, 2*len(all)
	for i := range all {
		swing := Swing{Lever: all[i]}
		for _, v := range []struct {
			is *Variant
			by float64
		}{{&swing.Half, 0.5}, {&swing.Double, 2}} {
			if *v.is, err = tries.variant(ctx, &all[i], v.by, pair); err != nil {
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

// tries are what every variant has in common.
type tries struct {
	asIs   drawn
	change func(edits ...scenarios.Edit) (*model.Scenario, error)
	asked  redoubt.CompareOptions
}

// variant simulates a scenario in which a lever has so many times its value.
func (t *tries) variant(
	ctx context.Context, l *Lever, by float64, pair [2]model.StrategyKind,
) (v Variant, err error) {
	v.Value = max(min(l.Value*by, max(l.High, l.Value)), min(l.Low, l.Value))
	limit := fmt.Sprintf("%s goes no further than %s", l.Label, l.Show(v.Value))
	if v.Value == l.Value {
		v.Refused = limit
		return v, nil
	}
	if l.Show(v.Value) != l.Show(l.Value*by) {
		v.Limit = limit
	}
	s, err := t.change(l.To(v.Value)...)
	if err != nil {
		v.Refused = err.Error()
		var problems scenarios.Problems
		if errors.As(err, &problems) { // Nobody has the file in which it would stand.
			v.Refused = problems[0].Text
		}
		return v, nil
	}
	c, err := redoubt.Compare(ctx, s, t.asked)
	if err != nil {
		return v, err
	}
	with, err := drawnOf(c, pair)
	if err != nil {
		return v, err
	}
	v.Worth = t.asIs.worth(with)
	return v, nil
}

// drawn are the net benefits of two strategies in each trial, in USD a year.
type drawn [2][]float64

// drawnOf are those of a comparison, each in the order of the pair.
func drawnOf(c *redoubt.Comparison, pair [2]model.StrategyKind) (drawn, error) {
	var all drawn
	baseline := c.TrialLosses(&c.Strategies[0])
	for side, kind := range pair {
		all[side] = make([]float64, c.Trials)
		if kind == model.SingleRegion {
			continue
		}
		i := slices.IndexFunc(c.Strategies, func(r redoubt.StrategyResult) bool {
			return r.Kind == kind
		})
		switch {
		case i < 0:
			return all, fmt.Errorf("%s was not compared", kind)
		case c.Strategies[i].Excuse != "":
			return all, fmt.Errorf("%s has no figures: %s", kind, c.Strategies[i].Excuse)
		case !c.Strategies[i].Case.Priced:
			return all, ErrUnpriced
		}
		for trial, loss := range c.TrialLosses(&c.Strategies[i]) {
			all[side][trial] = baseline[trial] - loss - c.Strategies[i].Case.Extra.USD()
		}
	}
	return all, nil
}

// worth is what two strategies are worth that have these net benefits in the first trials.
func (d drawn) worth(with drawn) (w Worth) {
	for side := range w.Net {
		w.Net[side] = estimate(d[side], with[side])
	}
	w.Apart = estimate(d.apart(), with.apart())
	return w
}

// apart is by how much the second of two is worth more in each trial.
func (d drawn) apart() []float64 {
	apart := slices.Clone(d[1])
	for i := range apart {
		apart[i] -= d[0][i]
	}
	return apart
}

// estimate is the mean with a change, of which the first trials are known, given all of them as it
// is. Those that the change was not tried in say how far the tried ones are off the mean: what is
// as it is in the same trial is a control variate, by the slope of the one over the other (A. M.
// Law, Simulation Modeling and Analysis, 5th edition, 11.4). What all trials add to it is shared
// out among the tried ones, so that the interval has it too.
func estimate(asIs, with []float64) model.Estimate {
	if tried := asIs[:len(with)]; len(with) == len(asIs) || slices.Equal(with, tried) {
		return cost.EstimateOf(append(slices.Clone(with), asIs[len(with):]...))
	}
	center, slope := mean(asIs), slopeOf(asIs[:len(with)], with)
	values, share := slices.Clone(with), float64(len(with))/float64(len(asIs))
	for i := range values {
		values[i] -= slope * (asIs[i] - center)
	}
	for i, x := range asIs {
		values[i%len(values)] += slope * (x - center) * share
	}
	return cost.EstimateOf(values)
}

// slopeOf is how far one value goes with another, by least squares; 0 where the other one is always
// the same.
func slopeOf(x, y []float64) float64 {
	xs, ys, both, square := mean(x), mean(y), 0.0, 0.0
	for i := range x {
		both += (x[i] - xs) * (y[i] - ys)
		square += (x[i] - xs) * (x[i] - xs)
	}
	if square == 0 {
		return 0
	}
	return both / square
}

func mean(values []float64) (sum float64) {
	for _, x := range values {
		sum += x
	}
	return sum / float64(len(values))
}
