package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt"
	"redoubt/cost"
	"redoubt/deciders"
	"redoubt/model"
)

// policiesView shows what each decider does in cuts of the primary region's links.
type policiesView struct {
	*redoubt.PolicyTest
	// asked is the scenario as it was named on the command line.
	asked source
	// partial says that it was interrupted.
	partial bool
}

func (v policiesView) document() *document {
	d := &document{}
	d.heading("The 43-second test: %s cut off, users stay with it", regionName(v.Scenario,
		v.Scenario.Primary()))
	if v.partial {
		d.paragraph("INTERRUPTED: what follows of redoubt rests on %s of each cut.",
			plural(v.Runs, "run"))
	}
	d.paragraph("In how many %% of all phases a failover is decided on, by the length of the cut:")
	d.table(v.shares())
	d.paragraph("Decides after: how long after the cut began it decides at the earliest and at the " +
		"latest. Old side writes for: how long the region that was cut off accepts writes. Where it " +
		"stops, it stops in cuts too that move nothing: its users cannot write until the cut ends. A " +
		"rule that is off by default is shown as it acts once it is switched on.")
	v.ownSettings(d)
	if v.decided() {
		d.paragraph("Took effect: in how many %% of redoubt's runs the failover moved something while "+
			"the cut lasted. After the cut: in how many it did so once that was over, when nothing needed "+
			"it any more. Beside them is when: a promotion takes its time. In the other runs it was given "+
			"up. These times are the least and the greatest of the %s of each cut, and bound nothing; "+
			"those of the other deciders are bounds, and they end with the decision.",
			plural(v.Runs, "run"))
	}
	d.paragraph("95 %% low, high: redoubt's shares are counted in runs. This is their 95 %% " +
		"interval, Wilson's; those of the other deciders are exact.")
	v.lacking(d)
	if counts := v.counts(); len(counts.rows) > 0 {
		d.heading("redoubt's failovers that took effect, of %s of each cut", plural(v.Runs, "run"))
		d.table(counts)
		d.paragraph("Share: of all runs, with its 95 %% interval. Writes: how many acknowledged ones " +
			"the promoted side lacks on average over these runs, with the 95 %% interval of that mean, " +
			"and in single runs.")
	}
	if remarks := v.remarks(); len(remarks) > 0 {
		d.heading("What to know about each")
		d.list(remarks...)
	}
	d.heading("How this was found")
	d.paragraph("Other deciders: timing rules from their documented defaults over all phases, no "+
		"more; a cut that ends before one acts is taken to be noticed at once. redoubt: the decision "+
		"code itself in the simulator, %s, %d runs for each cut, seed %d, settings of %s.",
		v.Strategy, v.Runs, v.Seed, v.Scenario.Name)
	d.command("redoubt policies %s --strategy %s --runs %d --seed %d", v.asked.words(), v.Strategy,
		v.Runs, v.Seed)
	d.command("redoubt policies %s --rules", v.asked.words())
	return d
}

// ownSettings says what redoubt's own rows are made of, so that nobody takes their times for the
// product's.
func (v policiesView) ownSettings(d *document) {
	for i := range v.Policies {
		p := &v.Policies[i]
		if !p.Simulated || len(p.Constants) == 0 {
			continue
		}
		var settings []string
		for _, c := range p.Constants {
			settings = append(settings, c.Name+" = "+c.Value)
		}
		d.paragraph("The rows of redoubt rest on this estate's settings, not on constants of redoubt: "+
			"%s. Its scenario has them: check[NAME].interval, .timeout and .failures and policy.hold_down "+
			"say when it decides, policy.lease for how long the old side writes. --set "+
			"policy.hold_down=2m, for instance, tests another.", strings.Join(settings, ", "))
		return
	}
}

// lacking shows the writes that are lost.
func (v policiesView) lacking(d *document) {
	d.heading("Writes that the promoted side lacks, where one is promoted")
	rates := fmt.Sprintf("%s writes a second, %s %% of them on the old side",
		shortest(v.Stakes.WritesPerSecond, 3), percent(v.Stakes.Side, 0))
	losses := v.losses()
	if len(losses.rows) == 0 {
		d.paragraph("None is: %s keeps no replica. The deciders above decide, and have nothing to "+
			"promote. %s.", v.Strategy, rates)
		return
	}
	d.table(losses)
	behind := fmt.Sprintf("the replica is %s behind on average", length(v.Stakes.Lag))
	if v.Stakes.NoReplica {
		behind = v.Strategy.String() + " keeps no replica: the others have nothing to promote"
	}
	d.paragraph("On average over what was promoted, of redoubt in the cut and after it. %s; %s.",
		rates, behind)
}

// decided reports whether redoubt's own policy decided anything.
func (v policiesView) decided() bool {
	return slices.ContainsFunc(v.Policies, func(p redoubt.Policy) bool {
		return p.Simulated && p.DecidesLatest > 0
	})
}

// shares has a row for each decider, two more for the interval of a simulated one's shares, and two
// for what it carried through.
func (v policiesView) shares() *table {
	headers := []string{"<decider"}
	for _, cut := range v.Cuts {
		headers = append(headers, length(cut))
	}
	t := newTable(append(headers, "<decides after", "<old side writes for")...)
	for i := range v.Policies {
		p := &v.Policies[i]
		begun, during, after := []string{p.Name}, []string{"  took effect"}, []string{"  after the cut"}
		low, high := []string{"  95 % low"}, []string{"  95 % high"}
		for _, r := range p.Results {
			begun = append(begun, part(r.Begun))
			low, high = append(low, part(r.BegunWithin.Low)), append(high, part(r.BegunWithin.High))
			during = append(during, part(r.InCut.Share.Mean))
			after = append(after, part(r.AfterCut.Share.Mean))
		}
		if p.Simulated && i > 0 && !v.Policies[i-1].Simulated {
			t.rule()
		}
		t.row(append(begun, withinTimes(p.DecidesEarliest, p.DecidesLatest), writesFor(p))...)
		if p.Simulated {
			t.row(append(low, "", "")...)
			t.row(append(high, "", "")...)
		}
		if p.Simulated && p.DecidesLatest > 0 {
			t.row(append(during, tookEffect(p, inCut), "")...)
			t.row(append(after, tookEffect(p, afterCut), "")...)
		}
	}
	return t
}

func inCut(r *redoubt.CutResult) *redoubt.Promotions    { return &r.InCut }
func afterCut(r *redoubt.CutResult) *redoubt.Promotions { return &r.AfterCut }

// tookEffect is when failovers took effect, in the runs of all cuts.
func tookEffect(p *redoubt.Policy, of func(*redoubt.CutResult) *redoubt.Promotions) string {
	earliest, latest := time.Duration(math.MaxInt64), time.Duration(0)
	for i := range p.Results {
		if when := of(&p.Results[i]); when.Runs > 0 {
			earliest, latest = min(earliest, when.Earliest), max(latest, when.Latest)
		}
	}
	return withinTimes(earliest, latest)
}

// part writes a share in percent, so that what happened seldom is not none, and what did not happen
// once not all.
func part(share float64) string {
	text := percent(share, 0)
	switch {
	case share > 0 && text == "0":
		return "<1"
	case share < 1 && text == "100":
		return ">99"
	}
	return text
}

// withinTimes writes a range of times.
func withinTimes(earliest, latest time.Duration) string {
	switch {
	case latest == 0:
		return none
	case length(earliest) == length(latest):
		return length(latest)
	}
	return length(earliest) + " .. " + length(latest)
}

// writesFor says for how long the cut-off side accepts writes.
func writesFor(p *redoubt.Policy) string {
	switch {
	case p.TrafficOnly:
		return none
	case !p.Stops:
		return "the whole cut"
	case p.StopsLatest == 0:
		return "not at all"
	}
	return withinTimes(p.StopsEarliest, p.StopsLatest)
}

func (v policiesView) losses() *table {
	headers := []string{"<decider"}
	for _, cut := range v.Cuts {
		headers = append(headers, length(cut))
	}
	t := newTable(headers...)
	for i := range v.Policies {
		p := &v.Policies[i]
		row, any := []string{p.Name}, false
		for _, r := range p.Results {
			row = append(row, figures(r.WritesAtRisk, 2))
			any = any || !math.IsNaN(r.WritesAtRisk)
		}
		if any {
			t.row(row...)
		}
	}
	return t
}

// counts has a row for each cut in which a failover of redoubt took effect, and for whether it did
// so while the cut lasted.
func (v policiesView) counts() *table {
	t := newTable("<decider", "cut", "<took effect", "runs", "share\n%", "<95 % interval\nlow .. high",
		"writes\nmean", "<95 % interval\nlow .. high", "<writes\nleast .. most")
	for i := range v.Policies {
		p := &v.Policies[i]
		for _, r := range p.Results {
			for _, when := range []struct {
				name string
				of   redoubt.Promotions
			}{{"in the cut", r.InCut}, {"after it", r.AfterCut}} {
				if when.of.Runs > 0 {
					t.row(append([]string{p.Name, length(r.Cut), when.name}, countsOf(when.of)...)...)
				}
			}
		}
	}
	return t
}

func countsOf(p redoubt.Promotions) []string {
	share := func(x float64) string { return percent(x, 1) }
	mean := "n/a (1 run)"
	if cost.HasInterval(p.Writes) {
		mean = figures(p.Writes.Low, 3) + " .. " + figures(p.Writes.High, 3)
	}
	return []string{
		strconv.Itoa(p.Runs), share(p.Share.Mean), interval(p.Share, share), figures(p.Writes.Mean, 3),
		mean, fmt.Sprintf("%d .. %d", p.Least, p.Most),
	}
}

// remarks are what a share alone would not say.
func (v policiesView) remarks() []string {
	remarks := v.undecided()
	for i := range v.Policies {
		p := &v.Policies[i]
		if p.Switch != "" {
			remarks = append(remarks, fmt.Sprintf("%s: off by default; %s switches it on", p.Name,
				p.Switch))
		}
		if p.Blind != "" {
			remarks = append(remarks, fmt.Sprintf("%s: cannot see this cut: %s", p.Name, p.Blind))
		}
		if p.TrafficOnly && p.Blind == "" {
			remarks = append(remarks, p.Name+": moves traffic and promotes no store")
		}
		if p.Synchronous {
			remarks = append(remarks, p.Name+": the old side acknowledges no write from the cut on")
		}
		for _, c := range p.Constants {
			if c.Unverified {
				remarks = append(remarks, fmt.Sprintf("%s: rests on %s = %s, which is unverified", p.Name,
					c.Name, c.Value))
			}
		}
		for _, r := range p.Results {
			if p.Simulated && r.Latest > r.Cut {
				remarks = append(remarks, fmt.Sprintf("%s: in cuts of %s some failovers begin after the "+
					"cut has ended, because its checks have not yet seen that; %s %% of the runs moved "+
					"anything", p.Name, length(r.Cut), part(r.Promoted)))
			}
		}
	}
	return remarks
}

// undecided says why redoubt's own policy does not decide by itself what it runs here.
func (v policiesView) undecided() []string {
	strategy, _ := v.Scenario.Strategy(v.Strategy)
	switch {
	case v.Strategy == model.SingleRegion:
		return []string{"redoubt: single-region has nowhere to fail over to: its rows are 0 whatever " +
			"the policy is"}
	case strategy.Mode != model.Automatic:
		return []string{fmt.Sprintf("redoubt: %s is in mode %s: nothing moves without people, and the "+
			"time that they take is in its own", v.Strategy, strategy.Mode)}
	}
	return nil
}

// rulesView gives the rule of each decider, with its constants and their sources.
type rulesView struct{ policiesView }

func (v rulesView) document() *document {
	d := &document{}
	d.heading("Timing rules of deciders, from their documented defaults")
	d.paragraph("Each rule is a few waits after the primary region was cut off from all others. " +
		"Nothing else of a decider is reproduced: not how it chooses a candidate, not its limits in " +
		"bytes, not how long its promotion takes. Of several lines of evidence the slowest counts; " +
		"every phase is uniform and independent of the others. All times run from the cut, not from " +
		"the last contact before it. When one decides at the earliest and at the latest is given as " +
		"sums of its constants, and why figures that others give differ.")
	for i := range v.Policies {
		v.rule(d, &v.Policies[i])
	}
	return d
}

func (v rulesView) rule(d *document, p *redoubt.Policy) {
	d.heading("%s", p.Name)
	d.paragraph("%s. %s", p.Title, p.Rule)
	if p.Switch != "" {
		d.paragraph("Off by default: %s switches it on.", p.Switch)
	}
	if p.Blind != "" {
		d.paragraph("It cannot see a cut between regions: %s.", p.Blind)
	}
	d.table(waits(p))
	if !p.Simulated {
		d.paragraph("It decides after %s.", withinTimes(p.DecidesEarliest, p.DecidesLatest))
	}
	if p.EarliestSum != "" {
		d.list("at the earliest: "+p.EarliestSum, "at the latest: "+p.LatestSum)
	}
	if p.Differs != "" {
		d.paragraph("Other figures: %s", p.Differs)
	}
	d.paragraph("Left out: %s", p.LeftOut)
	var constants []string
	for _, c := range p.Constants {
		source := c.Source
		if c.Unverified {
			source = "unverified, see " + source
		}
		constants = append(constants, fmt.Sprintf("%s = %s: %s", c.Name, c.Value, source))
	}
	d.list(append(constants, "the rule: "+p.Source)...)
}

// waits are what a decider waits for, line by line of its evidence.
func waits(p *redoubt.Policy) *table {
	t := newTable("<waits for", "<how long", "<part of")
	add := func(part string, list []deciders.Wait) {
		for _, w := range list {
			t.row(w.What, waitLength(w), part)
		}
	}
	for i, path := range p.Paths {
		part := "evidence"
		if len(p.Paths) > 1 {
			part = fmt.Sprintf("evidence %d", i+1)
		}
		add(part, path)
	}
	add("confirmation", p.Then)
	add("the old side's stop", p.Fence)
	return t
}

// waitLength is how long one wait takes.
func waitLength(w deciders.Wait) string {
	if w.Spread == 0 {
		return length(w.Fixed)
	}
	return strings.Join([]string{length(w.Fixed), length(w.Fixed + w.Spread)}, " to ")
}
