package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/scenarios"
)

const (
	// idleFor is how long an agent is looked at, and idleAfter how long it has to come to rest.
	idleFor   = 30 * time.Second
	idleAfter = 15 * time.Second
)

// BenchmarkIdle is what agents take in which nothing happens, with the usual times: the shares of a
// core that the leader and the busier of the two others take, and the memory of either in MiB. They
// are three processes, started as anybody starts them; what they take is what they say at /metrics.
func BenchmarkIdle(b *testing.B) {
	var cpu, memory [2]float64 // Of the leader, and of the busier or larger of the others.
	runs := 0.0
	for b.Loop() {
		agents := idleAgents(b)
		time.Sleep(idleAfter)
		began, before := time.Now(), agents.taken(b)
		time.Sleep(idleFor - time.Since(began))
		after, lasted := agents.taken(b), time.Since(began)
		agents.end()
		var took, holds [2]float64
		leaders := 0
		for r := range after {
			what := 1
			if after[r].leads {
				what = 0
				leaders++
			}
			if after[r].leads != before[r].leads {
				b.Fatal("the lead has changed, and that is not nothing")
			}
			took[what] = max(took[what], (after[r].cpu-before[r].cpu)/lasted.Seconds())
			holds[what] = max(holds[what], after[r].memory)
		}
		if leaders != 1 {
			b.Fatalf("%d agents lead", leaders)
		}
		for i := range cpu {
			cpu[i], memory[i] = cpu[i]+took[i], max(memory[i], holds[i])
		}
		runs++
	}
	const percent, mib = 100, 1 << 20
	for i, who := range []string{"leader", "other"} {
		b.ReportMetric(cpu[i]/runs*percent, who+"-%")
		b.ReportMetric(memory[i]/mib, who+"-MiB")
	}
}

// idling are three agents that have nothing to do.
type idling struct {
	names []string
	port  int
	end   func()
}

// idleAgents starts the agents of the estate of --dev, with the times that a scenario has which
// names none.
func idleAgents(b *testing.B) idling {
	b.Helper()
	dir := b.TempDir()
	program := filepath.Join(dir, "redoubt")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	text := usualTimes(b)
	s, err := scenarios.Read("dev.toml", []byte(text))
	if err != nil {
		b.Fatal(err)
	}
	folder, port := filepath.Join(dir, strconv.FormatInt(time.Now().UnixNano(), 10)), freePorts(b)
	if err := os.Mkdir(folder, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := devFiles(folder, port, s); err != nil {
		b.Fatal(err)
	}
	scenario := filepath.Join(folder, "dev.toml")
	if err := os.WriteFile(scenario, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var names []string
	var agents []*exec.Cmd
	for _, region := range s.Regions {
		names = append(names, region.Name)
		agents = append(agents, exec.Command(program, "agent", "--scenario", scenario, "--region",
			region.Name, "--config", filepath.Join(folder, region.Name+".toml")))
	}
	out, ended := &shared{}, make(chan error, 1)
	go func() { ended <- runAgents(ctx, names, agents, &linesOut{w: out}, func() {}) }()
	end := func() {
		cancel()
		if err := <-ended; err != nil {
			b.Fatalf("%v: %s", err, out.text())
		}
	}
	return idling{names: names, port: port, end: end}
}

// usualTimes is the estate of --dev without the times of its own, which are short so that one sees
// something, and with the checks that scenarios of the library have.
func usualTimes(t testing.TB) string {
	t.Helper()
	text := string(devScenario)
	for _, change := range [][2]string{
		{"interval = \"2s\"\ntimeout = \"1s\"\nfailures = 2\nsuccesses = 2\n",
			"interval = \"10s\"\ntimeout = \"2s\"\n"},
		{"[policy]\nhold_down = \"8s\"\ncooldown = \"1m\"\nreport_every = \"1s\"\n" +
			"stale_after = \"6s\"\n", ""},
		{"[consensus]\nheartbeat = \"1s\"\n", ""},
	} {
		if strings.Count(text, change[0]) != 1 {
			t.Fatalf("dev.toml has not, or not once:\n%s", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	return text
}

// taken is what an agent has taken so far: seconds of CPU, and bytes of memory that it holds.
type taken struct {
	leads       bool
	cpu, memory float64
}

// taken asks each agent what it has taken.
func (i *idling) taken(b *testing.B) (all [3]taken) {
	b.Helper()
	for r := range all {
		answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics",
			i.port+devAPI+r*devStep))
		if err != nil {
			b.Fatal(err)
		}
		found := 0
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), " ")
			number, err := strconv.ParseFloat(value, 64)
			if err != nil {
				continue
			}
			switch name {
			case fmt.Sprintf("redoubt_leader{region=%q}", i.names[r]):
				all[r].leads = number == 1
			case "process_cpu_seconds_total":
				all[r].cpu = number
			case "process_resident_memory_bytes":
				all[r].memory = number
			default:
				continue
			}
			found++
		}
		_ = answer.Body.Close()
		if missing := 3 - found; missing > 0 && os.Getenv("REDOUBT_TOOLS") == "required" {
			b.Fatalf("%d of the 3 figures of an agent are missing", missing)
		} else if missing > 0 { // As where nothing says what a process takes.
			b.Skipf("%d of the 3 figures of an agent are missing", missing)
		}
	}
	return all
}
