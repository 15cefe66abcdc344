package scenarios

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"redoubt/model"
)

// durationBounds is what a duration must be within: a string is what it must be, a table says at
// least and at most what.
type durationBounds struct{ least, most float64 }

// countBounds is the same of a count.
type countBounds struct{ least, most float64 }

// durationBoundsTable is the table form of durationBounds.
type durationBoundsTable struct {
	AtLeast *duration `toml:"at_least" optional:"true"`
	AtMost  *duration `toml:"at_most" optional:"true"`
}

// countBoundsTable is the table form of countBounds.
type countBoundsTable struct {
	AtLeast *count `toml:"at_least" optional:"true"`
	AtMost  *count `toml:"at_most" optional:"true"`
}

func (v *durationBounds) read(d *decoder, n *node, path string) {
	if n.kind != tableNode {
		var exact duration
		exact.read(d, n, path)
		v.least = time.Duration(exact).Seconds()
		v.most = v.least
		return
	}
	var table durationBoundsTable
	d.table(n, reflect.ValueOf(&table).Elem(), path)
	v.most = math.Inf(1)
	if table.AtLeast != nil {
		v.least = time.Duration(*table.AtLeast).Seconds()
	}
	if table.AtMost != nil {
		v.most = time.Duration(*table.AtMost).Seconds()
	}
	boundSomething(d, n, path)
}

func (v *countBounds) read(d *decoder, n *node, path string) {
	if n.kind != tableNode {
		var exact count
		exact.read(d, n, path)
		v.least, v.most = float64(exact), float64(exact)
		return
	}
	var table countBoundsTable
	d.table(n, reflect.ValueOf(&table).Elem(), path)
	v.most = math.Inf(1)
	if table.AtLeast != nil {
		v.least = float64(*table.AtLeast)
	}
	if table.AtMost != nil {
		v.most = float64(*table.AtMost)
	}
	boundSomething(d, n, path)
}

// boundSomething refuses a table without a key, which would let everything pass.
func boundSomething(d *decoder, n *node, path string) {
	if len(n.entries) == 0 {
		d.problem(path, n.at, "at_least, at_most or both", "%s bounds nothing", path)
	}
}

func (*durationBounds) schema() object {
	return boundsSchema(new(duration), reflect.TypeFor[durationBoundsTable]())
}

func (*countBounds) schema() object {
	return boundsSchema(new(count), reflect.TypeFor[countBoundsTable]())
}

func boundsSchema(exact leaf, table reflect.Type) object {
	bounds := tableSchema(table)
	bounds["minProperties"] = 1
	return object{"anyOf": []object{exact.schema(), bounds}}
}

// expectations builds what every run of the timeline must show.
func (b *builder) expectations() {
	for i := range b.file.Expect {
		e, path := &b.file.Expect[i], fmt.Sprintf("expect[%d]", i)
		made := model.Expectation{
			Strategy: chosen(e.Strategy, model.StrategyKinds()), Runs: int(e.Runs),
			Primary: model.NoRegion, Bounds: e.bounds(),
		}
		if e.At != nil {
			made.At = time.Duration(*e.At)
		}
		if e.Primary != nil {
			made.Primary = b.region(*e.Primary, path+".primary")
		}
		for _, words := range []struct {
			from *text
			to   *string
		}{
			{e.WithheldBy, &made.WithheldBy}, {e.Claim, &made.Claim},
			{e.Contradicts, &made.Contradicts},
		} {
			if words.from != nil {
				*words.to = string(*words.from)
			}
		}
		b.moment(e, path)
		b.s.Expected = append(b.s.Expected, made)
	}
}

// moment demands a time for what is looked at at a time, and refuses one that nothing reads.
func (b *builder) moment(e *expect, path string) {
	looked := e.Primary != nil || e.WithheldBy != nil
	switch {
	case looked && e.At == nil:
		b.problem(path+".at", `for instance at = "1h", since the start of the run`,
			"%s says what is so at a time, and needs the key \"at\"", path)
	case !looked && e.At != nil:
		b.problem(path+".at", "primary and withheld_by are looked at at a time",
			"%s.at is never read", path)
	}
}

// bounds are those that the file gives, in the order of their measures.
func (e *expect) bounds() (all []model.Bound) {
	counts := map[model.Measure]*countBounds{
		model.MeasureRequestsFailed: e.RequestsFailed, model.MeasureLostWrites: e.LostWrites,
		model.MeasureLostSessions: e.LostSessions,
		model.MeasureFailovers:    e.Failovers, model.MeasureFalseFailovers: e.FalseFailovers,
		model.MeasureCancelled: e.Cancelled, model.MeasureWithheld: e.Withheld,
		model.MeasureFailbacks: e.Failbacks, model.MeasureConflicts: e.Conflicts,
		model.MeasureRejected: e.Rejected, model.MeasureCompensated: e.Compensated,
		model.MeasureReconciled: e.Reconciled,
		model.MeasureDuplicates: e.Duplicates, model.MeasureStaleReads: e.StaleReads,
		model.MeasureReleased: e.Released, model.MeasureRequestsLate: e.RequestsLate,
		model.MeasureBacklog: e.Backlog, model.MeasureFalseAlarms: e.FalseAlarms,
	}
	times := map[model.Measure]*durationBounds{
		model.MeasureDecided: e.Decided, model.MeasureShifted: e.Shifted,
		model.MeasureRTO: e.RTO, model.MeasureRPO: e.RPO,
		model.MeasureDown: e.Down, model.MeasureSplitBrain: e.SplitBrain,
		model.MeasureAlerted: e.Alerted, model.MeasureDrained: e.Drained,
		model.MeasureLatencyP50: e.LatencyP50, model.MeasureLatencyP95: e.LatencyP95,
		model.MeasureLatencyP99: e.LatencyP99, model.MeasureSlowP95: e.SlowP95,
	}
	for _, m := range model.Measures() {
		if b := counts[m]; b != nil {
			all = append(all, model.Bound{Measure: m, Least: b.least, Most: b.most})
		}
		if b := times[m]; b != nil {
			all = append(all, model.Bound{Measure: m, Least: b.least, Most: b.most})
		}
	}
	return all
}
