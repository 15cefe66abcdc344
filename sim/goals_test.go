package sim

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// benchmarked is what benchmarks print.
const benchmarked = `
BenchmarkIncident/read-local-2   300   62100 ns/op   196.0 events/op   0 B/op   6 allocs/op
BenchmarkIncident/read-local-2   300   61900 ns/op   196.0 events/op   0 B/op   6 allocs/op
BenchmarkIncident/hot-standby-2  300   60000 ns/op   188.0 events/op   0 B/op   6 allocs/op
BenchmarkStrategyYears-2         100   4000 ns/op   13000 strategy-years/s   0 B/op   3 allocs/op
BenchmarkStep-2                  99   201.0 ns/op   0 B/op   0 allocs/op
BenchmarkStep-2                  99   75.40 ns/op   0 B/op   0 allocs/op
BenchmarkStepByValue-2           99   603.0 ns/op   0 B/op   0 allocs/op
BenchmarkRun/workers=1-2         10   110000000 ns/op
BenchmarkRun/workers=2-2         10   55000000 ns/op
BenchmarkHorizon/1_year-2        10   1000 ns/op
BenchmarkHorizon/10_years-2      10   1200 ns/op
BenchmarkDecision-2               1   7600 ns/op   7.8 decide-ms   40.0 median-ms   132.1 worst-ms
BenchmarkDecision-2               1   7600 ns/op   7.8 decide-ms   11.8 median-ms   11.8 worst-ms
BenchmarkIdle-2          1   1.370 leader-%   31.00 leader-MiB   0.5 other-%   30.1 other-MiB
BenchmarkIdle-2          1   0.774 leader-%   33.10 leader-MiB   0.4 other-%   30.2 other-MiB
BenchmarkFirstFrame-2    1   139.7 p50-ms   250.3 p95-ms   11.2 version-p50-ms
BenchmarkFirstFrame-2    1   39.70 p50-ms   50.00 p95-ms   11.2 version-p50-ms
BenchmarkKey-2           1   11.70 p50-ms   18.49 p95-ms
BenchmarkAnswer-2        1   120.0 p50-ms   249.4 p95-ms
BenchmarkStill-2         1   1.200 core-%   0 writes
BenchmarkStill-2         1   0.778 core-%   0 writes
BenchmarkFrame/Compare-2 900   900000 ns/op   29000 B/op   330 allocs/op
BenchmarkFrame/Money-2   900   1100000 ns/op   29000 B/op   330 allocs/op
BenchmarkFrame/Money-2   900   800000 ns/op   29000 B/op   330 allocs/op
`

// What `make bench` prints of its goals follows from the least of all runs, and a goal is missed
// where it is.
func TestGoalsOfTheBenchmarksAreJudged(t *testing.T) {
	awk, err := exec.LookPath("awk")
	switch {
	case err != nil && os.Getenv("REDOUBT_TOOLS") == "required":
		t.Fatal("awk is not installed, and REDOUBT_TOOLS says that it has to be")
	case err != nil:
		t.Skip("awk is not installed, and `make bench` judges its goals with it")
	}
	rows := []struct {
		name, measured string
		want           []string
	}{
		{"all", benchmarked, []string{
			"an incident, read-local|61.9 us|at most 60 us|MISSED",
			"an incident, hot-standby|60.0 us|at most 60 us|reached",
			"a common step of the decision|75 ns|at most 200 ns|reached",
			"the second core|2.00 times as fast|at least 1.8 times|reached",
			"strategy-years a second on two cores|26000 (13000 on one x 2.00)|at least 25000|reached",
			"ten years with the incidents of one|1.20 times as long|at most 1.1 times|MISSED",
			"agents, beyond hold-down, lease and commit|132.1 ms (median 25.9)|at most 100 ms|MISSED",
			"an idle agent, which leads|0.77 % of a core|under 1 %|reached",
			"the memory of an idle agent|33 MiB|at most 64 MiB|reached",
			"the terminal's first frame|50 ms (median 40)|under 50 ms|MISSED",
			"a key at the terminal|18 ms (median 12)|under 20 ms|reached",
			"an answer at the terminal|249 ms (median 120)|under 250 ms|reached",
			"a terminal in which nothing happens|0.78 % of a core|under 1 %|reached",
			"the slowest view's frame|0.90 ms|under 1 ms|reached",
		}},
		{"nothing", "PASS\n", []string{
			"an incident|not measured|at most 60 us",
			"a common step of the decision|not measured|at most 200 ns",
			"the second core|not measured|at least 1.8 times",
			"strategy-years a second on two cores|not measured|at least 25000",
			"ten years with the incidents of one|not measured|at most 1.1 times",
			"agents, beyond hold-down, lease and commit|not measured|at most 100 ms",
			"an idle agent, which leads|not measured|under 1 %",
			"the memory of an idle agent|not measured|at most 64 MiB",
			"the terminal's first frame|not measured|under 50 ms",
			"a key at the terminal|not measured|under 20 ms",
			"an answer at the terminal|not measured|under 250 ms",
			"a terminal in which nothing happens|not measured|under 1 %",
			"the slowest view's frame|not measured|under 1 ms",
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			command := exec.Command(awk, "-f", "testdata/goals.awk")
			command.Stdin = strings.NewReader(row.measured)
			printed, err := command.Output()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(string(printed)) {
				var cells []string
				for cell := range strings.SplitSeq(strings.TrimPrefix(line, "Goal"), "  ") {
					if cell = strings.TrimSpace(cell); cell != "" {
						cells = append(cells, cell)
					}
				}
				got = append(got, strings.Join(cells, "|"))
			}
			if strings.Join(got, "\n") != strings.Join(row.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(row.want, "\n"))
			}
		})
	}
}
