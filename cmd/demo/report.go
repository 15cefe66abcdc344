package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// report tells a result to people.
func (r *result) report(out io.Writer) {
	fmt.Fprintf(out, "\nMeasured, beside %s of the same file\n\n",
		plural(r.Predicted.Runs, "simulated run"))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	band := "95 of 100 runs"
	if !r.Predicted.Judged {
		band = "least to most"
	}
	fmt.Fprintf(table, "\tmeasured\tmedian\t%s\tpercentile\t\n", band)
	for _, phase := range r.Measured.Phases.each() {
		seconds(table, phase.name, phase.value, r.Predicted.Phases[phase.name])
	}
	seconds(table, "RTO", r.Measured.RTO, r.Predicted.RTO)
	seconds(table, "RPO", r.Measured.RPO, r.Predicted.RPO)
	p := &r.Predicted.Lost
	low, high, percentile := p.shown()
	fmt.Fprintf(table, "rows lost\t%d\t%.0f\t%.0f to %.0f\t%s\t\n", r.Measured.Lost, p.Mid, low, high,
		percentile)
	_ = table.Flush() // A terminal that is gone has nobody to tell.

	fmt.Fprintf(out, "\nThe leader was %s. The first row was acknowledged after %s, the name servers "+
		"answered after %s.\n", r.Leader, rounded(r.Measured.FirstWrite), rounded(r.Measured.DNS))
	fmt.Fprintf(out, "Rows: %d acknowledged, each looked up in the new primary: %d kept, %d lost; "+
		"%d there without an acknowledgement.\n", r.Rows.Acknowledged, r.Rows.Kept, r.Rows.Lost,
		r.Rows.Unasked)
	d := &r.Diverged
	fmt.Fprintf(out, "Diverged: the old primary held %s and %s alone; its agent has archived %s, and "+
		"rewound it, %s after its start.\n", plural(d.Orders, "row"), plural(d.Heartbeats, "heartbeat"),
		plural(d.Archive.Transactions, "transaction"), rounded(r.Reprotected))
	if back := r.Failback; back != nil {
		fmt.Fprintf(out, "Failback: at home %s after the order, with a pause of %s; %d rows looked up, "+
			"%d there.\n", rounded(back.Ordered), rounded(back.Pause), back.Rows.Acknowledged,
			back.Rows.Kept)
	}
	fmt.Fprintf(out, "Writable: tried %d times, every %v in each database.", r.Writable.Samples,
		sampleEvery)
	if !r.Writable.Overlap {
		fmt.Fprint(out, " Never two at one instant.")
	}
	fmt.Fprintf(out, "\nAgents: the same states with %d entries of the log; %s decided anew, state "+
		"by state.\n", r.Audit.Compared, plural(r.Audit.Replayed, "log"))
	fmt.Fprintf(out, "This machine: %.2f to %.2f s for a promotion, and %s late in all from the loss "+
		"to the recovery.\n", r.Machine.Promotion[0], r.Machine.Promotion[1], rounded(r.Machine.Late))
	if p := &r.Predicted; !p.Judged {
		fmt.Fprintf(out, "NOT JUDGED: %s (--seeds) bound nothing; it takes %d.\n",
			plural(p.Runs, "simulated run"), fewest)
	}
	for _, outside := range r.Outside {
		fmt.Fprintf(out, "OUTSIDE of what was predicted: %s.\n", outside)
	}
	for _, wrong := range r.Wrong {
		fmt.Fprintf(out, "WRONG: %s.\n", wrong)
	}
}

// seconds writes a line of what was measured beside what was predicted.
func seconds(table io.Writer, name string, measured float64, p prediction) {
	low, high, percentile := p.shown()
	fmt.Fprintf(table, "%s\t%.2f s\t%.2f s\t%.2f to %.2f s\t%s\t\n", name, measured, p.Mid, low, high,
		percentile)
}

// shown are the band, and where in the runs what was measured lies; of too few runs their ends, and
// no place.
func (p *prediction) shown() (low, high float64, percentile string) {
	if p.Band == nil {
		return p.Least, p.Most, "-"
	}
	return p.Low, p.High, fmt.Sprintf("%.0f", p.Percentile)
}
