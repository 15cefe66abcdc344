package session

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/api"
)

// The window that speeds are measured in, and the scenario, with all of its trials.
const (
	usualWidth  = 120
	usualHeight = 36
	usual       = "ecommerce-three-region"
)

// report gives the median of some durations and the one that a twentieth of them pass, instead of
// the time of a round, most of which is waiting.
func report(b *testing.B, all []time.Duration) {
	b.Helper()
	slices.Sort(all)
	at := func(share float64) float64 {
		return all[int(math.Ceil(share*float64(len(all))))-1].Seconds() * 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.95), "p95-ms")
	b.ReportMetric(0, "ns/op")
}

// since is how long after a moment the command wrote what made the screen what it is.
func (w *Terminal) since(moment time.Time) time.Duration {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.last.Sub(moment)
}

// BenchmarkFirstFrame is how long after its start the command shows its first screen: with the two
// strategies, whose figures come later. The goal is under 50 ms. In turns with that it measures how
// long redoubt version takes, which does nothing: so much of it is the machine's.
func BenchmarkFirstFrame(b *testing.B) {
	var all, nothing []time.Duration
	for b.Loop() {
		for range 20 {
			began := time.Now()
			if err := exec.Command(program, "version").Run(); err != nil {
				b.Fatal(err)
			}
			nothing = append(nothing, time.Since(began))
			w := start(b, usualWidth, usualHeight, "tui", usual)
			w.Until("the first screen", func(screen string) bool {
				return strings.Contains(screen, "warm-standby") && strings.Contains(screen, "help")
			})
			all = append(all, w.since(w.began))
			w.Quits("q")
		}
	}
	report(b, all)
	slices.Sort(nothing)
	b.ReportMetric(nothing[len(nothing)/2].Seconds()*1000, "version-p50-ms")
}

// BenchmarkKey is how long after a key that moves a cursor the screen has it elsewhere. The goal is
// under 20 ms for nineteen keys of twenty.
func BenchmarkKey(b *testing.B) {
	w := start(b, usualWidth, usualHeight, append([]string{"tui", usual}, quick...)...)
	w.Until("all that was simulated", finished)
	w.Press("2")
	w.Shows("› revenue")
	var all []time.Duration
	for b.Loop() {
		for i := range 100 {
			// Keys do not come in step with the frames.
			time.Sleep(time.Duration(20+7*i%40) * time.Millisecond)
			key, shows := "j", "› outage rate"
			if i%2 == 1 {
				key, shows = "k", "› revenue"
			}
			began := time.Now()
			w.Press(key)
			w.Shows(shows)
			all = append(all, w.since(began))
		}
	}
	report(b, all)
	w.Quits("q")
}

// BenchmarkAnswer is how long after another revenue the screen has an answer to it, by all of the
// scenario's trials at last and by fewer at first. The one before is still being refined then. The
// goal is under 250 ms.
func BenchmarkAnswer(b *testing.B) {
	w := start(b, usualWidth, usualHeight, "tui", usual)
	w.Until("all that was simulated", finished)
	w.Press("2")
	text := w.Shows("› revenue")
	var all []time.Duration
	for b.Loop() {
		for i := range 20 {
			time.Sleep(time.Second) // A person looks at what came.
			before := revenueOf(text)
			began := time.Now()
			w.Press([]string{"l", "h"}[i%2])
			text = w.Until("an answer to another revenue", func(screen string) bool {
				answered := strings.Contains(screen, " coarse, ") || strings.Contains(screen, " done, ")
				return answered && revenueOf(screen) != before
			})
			all = append(all, w.since(began))
		}
	}
	report(b, all)
	w.Quits("<ctrl+c>") // After q it asks whether changes that are not saved may be lost.
}

// BenchmarkStill is what share of a core the command takes while nothing happens, as the kernel
// counts it, and how often it writes then, which is never: of a scenario, and of agents, who are
// asked every second and say the same. The goal is under 1 %.
func BenchmarkStill(b *testing.B) {
	b.Run("scenario", func(b *testing.B) {
		w := start(b, usualWidth, usualHeight, append([]string{"tui", usual}, quick...)...)
		w.Until("all that was simulated", finished)
		w.stands(b)
	})
	b.Run("connect", func(b *testing.B) {
		secret, _ := api.NewToken(api.Person{Name: "otto", Role: api.Viewer})
		token := filepath.Join(b.TempDir(), "otto.token")
		if err := os.WriteFile(token, []byte(secret), 0o600); err != nil {
			b.Fatal(err)
		}
		w := start(b, usualWidth, usualHeight, "tui", "--connect", recordedAgent(b), "--token-file",
			token)
		w.Shows("● live")
		w.stands(b)
	})
}

// stands measures what a command takes that nobody touches.
func (w *Terminal) stands(b *testing.B) {
	const looking = 10 * time.Second
	var took time.Duration
	wrote, rounds := 0, 0
	for b.Loop() {
		time.Sleep(2 * time.Second) // It comes to rest.
		_, before := w.text()
		began, had := time.Now(), w.taken()
		time.Sleep(looking)
		took += time.Duration(float64(w.taken()-had) / time.Since(began).Seconds())
		_, after := w.text()
		wrote += after - before
		rounds++
	}
	b.ReportMetric(took.Seconds()/float64(rounds)*100, "core-%")
	b.ReportMetric(float64(wrote), "writes")
	b.ReportMetric(0, "ns/op")
	w.Quits("q")
}

// recordedAgent is the address of one that answers what a real agent once has, which is recorded
// for the pictures.
func recordedAgent(b *testing.B) string {
	b.Helper()
	text, err := os.ReadFile("../../cmd/screenshots/recorded.json")
	if err != nil {
		b.Fatal(err)
	}
	var recorded struct {
		Moments []struct{ Status, Account, Members json.RawMessage }
		Entries json.RawMessage
	}
	if err := json.Unmarshal(text, &recorded); err != nil || len(recorded.Moments) == 0 {
		b.Fatalf("%d moments are recorded: %v", len(recorded.Moments), err)
	}
	says := func(w http.ResponseWriter, text string) {
		_, _ = io.WriteString(w, text) // Who asked finds out.
	}
	now, answers := recorded.Moments[0], http.NewServeMux()
	for path, text := range map[string]json.RawMessage{
		"/v1/status": now.Status, "/v1/explain": now.Account, "/v1/members": now.Members,
	} {
		answers.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { says(w, string(text)) })
	}
	answers.HandleFunc("/v1/history", func(w http.ResponseWriter, r *http.Request) {
		if entries := recorded.Entries; r.URL.Query().Get("after") == "0" {
			says(w, fmt.Sprintf(`{"entries": %s}`, entries))
			return
		}
		says(w, `{"entries": []}`)
	})
	web := httptest.NewServer(answers)
	b.Cleanup(web.Close)
	return strings.TrimPrefix(web.URL, "http://")
}

// taken is how long the command has run on any core so far.
func (w *Terminal) taken() (all time.Duration) {
	w.t.Helper()
	pattern := fmt.Sprintf("/proc/%d/task/*/schedstat", w.command.Process.Pid)
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		w.t.Skip("nothing says here what a process takes")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // This thread has just ended.
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			w.t.Fatalf("%s: %v", file, err)
		}
		all += time.Duration(ns)
	}
	return all
}
