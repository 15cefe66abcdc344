package scenarios_test

import (
	"encoding/csv"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// recoveryTimes returns the rows of recovery_times.csv, by component and metric.
func recoveryTimes(t *testing.T) map[string][]string {
	t.Helper()
	file, err := os.Open("data/recovery_times.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, record := range records[1:] {
		rows[record[0]+": "+record[1]] = record
	}
	return rows
}

// numbers finds the numbers of a hint such as "lognormal median 90 s, p95 300 s suggested"; those
// that belong to a word, as in p95, are left out.
func numbers(t *testing.T, hint string) []float64 {
	t.Helper()
	var found []float64
	for _, text := range regexp.MustCompile(`\b\d+(\.\d+)?\b`).FindAllString(hint, -1) {
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, number)
	}
	return found
}

func seconds(number float64) time.Duration { return time.Duration(number * float64(time.Second)) }

// TestRecoveryTimesAreThoseOfTheTable holds what the embedded scenarios take from
// recovery_times.csv.
func TestRecoveryTimesAreThoseOfTheTable(t *testing.T) {
	rows := recoveryTimes(t)
	const hint = 6
	const unplanned = "aurora_global: unplanned managed failover time (warm secondary)"
	aurora := numbers(t, rows[unplanned][hint])
	switchover := numbers(t, rows["aurora_global: planned switchover time"][hint])
	replica := numbers(t, rows["rds_read_replica: promotion time"][hint])
	routing := numbers(t, rows["arc_routing_control: state convergence"][hint])
	scaling := rows["eks_cluster_autoscaler: pod pending to node Ready"]
	for _, name := range scenarios.Estates() {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		want := model.LognormalMedian(seconds(aurora[0]), seconds(aurora[1]), 0.95)
		if name == "ecommerce-three-region" { // Its database is no Aurora.
			want = model.LognormalMedian(seconds(replica[0]), 20*time.Minute, 0.95)
		}
		if got := s.Stores[0].Promotion; got != want {
			t.Errorf("%s: the promotion is %+v, want %+v", name, got, want)
		}
		want = model.Distribution{
			Family: model.Triangular, A: switchover[0], B: switchover[1], C: switchover[2],
		}
		if got := s.Stores[0].Switchover; got != want {
			t.Errorf("%s: the switchover is %+v, want %+v", name, got, want)
		}
		flip := s.Routing.Flip
		within(t, name+", mean of the flip", flip.Mean(), routing[0], 1e-9)
		within(t, name+", longest flip", flip.Quantile(1), routing[1], 1e-3)
		overlay, _ := s.Strategy(model.WarmStandby)
		low, high := numbers(t, scaling[3])[0], numbers(t, scaling[4])[0]
		if got := overlay.Scale; got != (model.Distribution{Family: model.Uniform, A: low, B: high}) {
			t.Errorf("%s: warm standby scales in %+v, want %v to %v s", name, got, low, high)
		}
	}
}

// TestCommentsCiteRowsThatExist holds the names of rows that the comments of the scenarios give.
func TestCommentsCiteRowsThatExist(t *testing.T) {
	var all strings.Builder
	for row := range recoveryTimes(t) {
		all.WriteString(row + "\n")
	}
	citation := regexp.MustCompile(`recovery_times\.csv, ([a-z0-9_]+( [0-9a-z ]+)?)`)
	cited := 0
	for _, name := range scenarios.Names() {
		source, _ := scenarios.Source(name)
		for _, match := range citation.FindAllStringSubmatch(string(source), -1) {
			cited++
			if match[1] != "secondary" && !strings.Contains(all.String(), match[1]) {
				t.Errorf("%s cites %q, which no row has", name, match[1])
			}
		}
	}
	if cited == 0 {
		t.Error("no row is cited: the pattern finds nothing")
	}
}

// TestScenariosCiteTablesThatExist holds every table that a scenario names against the folder, and
// every record against that of the drills.
func TestScenariosCiteTablesThatExist(t *testing.T) {
	table, cited := regexp.MustCompile(`[\w-]+\.csv`), 0
	for _, name := range scenarios.Names() {
		source, _ := scenarios.Source(name)
		for _, file := range table.FindAllString(string(source), -1) {
			cited++
			_, err := os.Stat("data/" + file)
			if _, beside := os.Stat("drills/" + file); err != nil && beside != nil {
				t.Errorf("%s cites %s: %v", name, file, err)
			}
		}
	}
	if cited == 0 {
		t.Error("no table is cited: the pattern finds nothing")
	}
}
