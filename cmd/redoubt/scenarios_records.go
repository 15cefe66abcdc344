package main

import (
	"strconv"

	"redoubt"
	"redoubt/sim"
)

// problemColumns are those of a row that has a problem, findingColumns those of one that has
// something that was expected; each leaves the others empty.
var (
	problemColumns = []string{"file", "line", "column", "text", "hint"}
	findingColumns = []string{
		"expectation", "strategy", "what", "is_seconds", "at_seconds", "expected", "at_least", "at_most",
		"came", "low", "high", "runs", "runs_having", "runs_missed", "first_missed_seed", "as_expected",
		"claim",
	}
)

func (v checkView) records() [][]string {
	records := [][]string{append(append([]string{}, problemColumns...), findingColumns...)}
	for _, p := range v.problems {
		record := []string{v.file, strconv.Itoa(p.Line), strconv.Itoa(p.Column), p.Text, p.Hint}
		records = append(records, append(record, make([]string, len(findingColumns))...))
	}
	for i, f := range v.found {
		for _, row := range findingRecords(f) {
			record := append([]string{v.file}, make([]string, len(problemColumns)-1)...)
			records = append(records, append(append(record, strconv.Itoa(i+1)), row...))
		}
	}
	return records
}

// findingRecords has a row for each row of the table, from the strategy on. A bound that there is
// not, and a value that no run had, are empty.
func findingRecords(f *redoubt.Finding) (records [][]string) {
	data, claim := findingOf(f), claimText(f)
	count := strconv.Itoa
	add := func(misses sim.Misses, what, isSeconds string, cells ...string) {
		first := ""
		if misses.Missed > 0 {
			first = strconv.FormatUint(misses.First, 10)
		}
		record := append([]string{data.Strategy, what, isSeconds}, cells...)
		records = append(records, append(record, count(misses.Missed), first,
			strconv.FormatBool(misses.Missed == 0), claim))
	}
	for i := range f.Values {
		v, d := &f.Values[i], &data.Measures[i]
		add(v.Misses, d.Name, strconv.FormatBool(d.Seconds), "", boundText(v.Bound), d.Least.String(),
			d.Most.String(), cameText(f, v), d.Low.String(), d.High.String(), count(data.Runs),
			count(d.Having))
	}
	for i := range f.Names {
		n, d := &f.Names[i], &data.Names[i]
		add(n.Misses, d.Name, "", d.At.String(), d.Want, "", "", namesText(n), "", "", count(data.Runs),
			count(data.Runs))
	}
	return records
}

// firstMissed is the seed of the first run that is not as expected, null where every one is.
func firstMissed(m sim.Misses) *uint64 {
	if m.Missed == 0 {
		return nil
	}
	return &m.First
}
