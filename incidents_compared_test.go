package redoubt

import (
	"context"
	"math"
	"slices"
	"testing"
)

// What is compared is neither played nor an echo of what is, is within its tolerance where nothing
// is said to be missing, and is not where something is.
func TestPublishedFiguresAreHeldToWhatCame(t *testing.T) {
	misses := map[string][]string{
		"cloudflare-2023-11-02": {"people_decided_seconds", "restored_seconds"},
	}
	for _, k := range knownIncidents() {
		if len(k.compared) == 0 {
			continue
		}
		r, err := k.play(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Comparisons {
			if within := !slices.Contains(misses[k.name], c.Published); c.Within != within {
				t.Errorf("%s: %s is within its tolerance: %t, want %t (%g to %g)", k.name, c.Published,
					c.Within, within, c.Low, c.High)
			}
			if c.Within != (c.Why == "") || c.Because == "" || !(c.Low > 0 && c.Low <= c.High) {
				t.Errorf("%s: got %+v", k.name, c)
			}
			if f := figureOf(c.Figures(r), c.Simulated); f.Echoes != "" {
				t.Errorf("%s: %s is compared, and echoes %s", k.name, c.Simulated, f.Echoes)
			}
			for _, p := range r.Published {
				if p.Key == c.Published && p.Input {
					t.Errorf("%s: %s is compared, and is played", k.name, p.Key)
				}
			}
		}
		within, compared := r.WithinTolerance()
		if want := len(misses[k.name]) == 0; !compared || within != want {
			t.Errorf("%s: compared %t, within tolerance %t, want %t", k.name, compared, within, want)
		}
	}
}

// Every published figure is played, or compared, or it is said why it is neither; and an incident
// of which nothing is compared says so, and is not within any tolerance.
func TestWhatIsNotComparedSaysWhy(t *testing.T) {
	reports, err := Incidents(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		for _, p := range r.Published {
			ways := 0
			for _, is := range []bool{p.Input, r.Compared(p.Key), p.Uncompared != ""} {
				if is {
					ways++
				}
			}
			if ways != 1 {
				t.Errorf("%s: %s is played %t, compared %t, and not compared because %q", r.Name, p.Key,
					p.Input, r.Compared(p.Key), p.Uncompared)
			}
		}
		_, compared := r.WithinTolerance()
		if compared != (len(r.Comparisons) > 0) || compared == (r.Incomparable != "") {
			t.Errorf("%s: %d figures are compared, and nothing is because %q", r.Name,
				len(r.Comparisons), r.Incomparable)
		}
		for _, c := range r.Comparisons {
			if !r.Compared(c.Published) || math.IsNaN(figureOf(c.Figures(r), c.Simulated).Low) {
				t.Errorf("%s: %s is held to %s, of which nothing came", r.Name, c.Published, c.Simulated)
			}
		}
	}
}

// A comparison can fail: with what comes of something else it does.
func TestAComparisonCanFail(t *testing.T) {
	rows := []struct {
		name   string
		alter  func(k *known)
		swap   func(r *IncidentReport)
		within []bool
	}{
		{
			"github-2018-10-21", func(k *known) { k.decider = "patroni" }, func(*IncidentReport) {},
			[]bool{true, false},
		},
		{
			"github-2018-10-21", func(k *known) { k.decider = "repmgr" }, func(*IncidentReport) {},
			[]bool{false, false},
		},
		{
			"cloudflare-2023-11-02", func(*known) {},
			func(r *IncidentReport) { r.Simulated = r.Others[1].Figures }, []bool{false, false},
		},
		{
			"cloudflare-2024-03-26", func(*known) {},
			func(r *IncidentReport) { r.WithRedoubt = r.Simulated }, []bool{false, false},
		},
		{
			"cloudflare-2024-03-26", func(*known) {},
			func(r *IncidentReport) { r.WithRedoubt = nil }, []bool{false, false},
		},
		{
			"facebook-2021-10-04", func(*known) {},
			func(r *IncidentReport) { r.WithRedoubt = r.Others[0].Figures }, []bool{false},
		},
		{
			"aws-2021-12-07", func(*known) {},
			func(r *IncidentReport) { r.Others[1].Figures = r.WithRedoubt }, []bool{false},
		},
		{
			"aws-2025-10-20", func(*known) {},
			func(r *IncidentReport) { r.WithRedoubt = r.Simulated }, []bool{false},
		},
	}
	for _, row := range rows {
		k := knownIncidents()[slices.IndexFunc(knownIncidents(), func(k known) bool {
			return k.name == row.name
		})]
		row.alter(&k)
		r, err := k.play(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		row.swap(r)
		for i, c := range k.compared {
			if got := c.compare(r).Within; got != row.within[i] {
				t.Errorf("%s: %s is within its tolerance: %t, want %t", row.name, c.Published, got,
					row.within[i])
			}
		}
	}
}

// What only repeats an input says so: in a single region how long it is down is what is played, and
// what fails is that times a rate.
func TestEchoesOfWhatIsPlayedSaySo(t *testing.T) {
	rows := []struct{ name, key, echoes string }{
		{"aws-2021-12-07", "down_seconds", "gateway_seconds"},
		{"aws-2021-12-07", "outage_seconds", "gateway_seconds"},
		{"aws-2021-12-07", "requests_failed", "gateway_seconds"},
		{"aws-2025-10-20", "down_seconds", "table_down_seconds"},
		{"facebook-2021-10-04", "down_seconds", "outage_seconds"},
		{"facebook-2021-10-04", "requests_failed", "outage_seconds"},
		{"facebook-2021-10-04", "failovers", ""},
		{"github-2018-10-21", "decided_seconds", ""},
		{"github-2018-10-21", "stranded_seconds", "cut_seconds"},
	}
	played := map[string]*IncidentReport{}
	for _, row := range rows {
		if played[row.name] == nil {
			reports, err := Incidents(context.Background(), row.name)
			if err != nil {
				t.Fatal(err)
			}
			played[row.name] = reports[0]
		}
		if got := figureOf(played[row.name].Simulated, row.key).Echoes; got != row.echoes {
			t.Errorf("%s: %s echoes %q, want %q", row.name, row.key, got, row.echoes)
		}
	}
	with := played["aws-2021-12-07"].WithRedoubt
	if got := figureOf(with, "outage_seconds").Echoes; got != "records_seconds" {
		t.Errorf("the outage with redoubt echoes %q, want how long no record can be changed", got)
	}
}
