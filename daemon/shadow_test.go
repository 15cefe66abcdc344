package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/agent"
	"redoubt/model"
	"redoubt/scenarios"
)

// livedAs is the folder of an agent that has lived, with a mark in its log.
func livedAs(t *testing.T, change func(*model.Scenario, *scenarios.Agent)) string {
	t.Helper()
	dir := t.TempDir()
	d, err := started(t, dir, change)
	if err != nil {
		t.Fatal(err)
	}
	stores, err := agent.OpenStores(dir, d.Log)
	if err != nil {
		t.Fatal(err)
	}
	if err := stores.Log.SetUint64([]byte("whose"), 4711); err != nil {
		t.Fatal(err)
	}
	if err := stores.Close(); err != nil {
		t.Fatal(err)
	}
	if err := recordOf(d.Scenario, d.Agent, &d.policy).write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// markIn is the mark of the log in a folder, 0 where it has none.
func markIn(t *testing.T, dir string) uint64 {
	t.Helper()
	stores, err := agent.OpenStores(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stores.Close()
	is, _ := stores.Log.GetUint64([]byte("whose")) // The error is that it has none.
	return is
}

// The log of a shadow is set aside when that is asked for, and not else; that of agents that act
// stays where it is.
func TestAShadowsLogIsSetAside(t *testing.T) {
	advises := func(_ *model.Scenario, file *scenarios.Agent) { file.Shadow = true }
	for _, c := range []struct {
		name    string
		was, is func(*model.Scenario, *scenarios.Agent)
		leave   bool
		want    string
		set     bool
	}{
		{"a shadow goes on", advises, advises, true, "", false},
		{"agents that act go on", nil, nil, true, "", false},
		{"a shadow is to act", advises, nil, false, "--leave-shadow", false},
		{"a shadow acts", advises, nil, true, "", true},
		{"who acts is to be a shadow", nil, advises, true, "policy change", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := livedAs(t, c.was)
			d, err := started(t, dir, c.is)
			if err != nil {
				t.Fatal(err)
			}
			d.LeaveShadow = c.leave
			for range 2 { // The second time there is nothing to do, or it is refused again.
				err := d.leaveShadow()
				if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			}
			aside := filepath.Join(dir, "shadow-1")
			if c.set {
				if got := markIn(t, aside); got != 4711 {
					t.Errorf("%d is what was set aside", got)
				}
				if kept, err := readRecord(dir); err != nil || kept != nil {
					t.Errorf("the record is %v still, %v", kept, err)
				}
			} else if _, err := os.Stat(aside); err == nil {
				t.Error("something was set aside")
			}
			if got := markIn(t, dir); (got == 4711) == c.set {
				t.Errorf("the log is that of %d", got)
			}
		})
	}
}

// What an agent goes on with that runs still is not set aside.
func TestALogInUseIsNotSetAside(t *testing.T) {
	dir := t.TempDir()
	d, err := started(t, dir, func(_ *model.Scenario, file *scenarios.Agent) { file.Shadow = true })
	if err != nil {
		t.Fatal(err)
	}
	if err := recordOf(d.Scenario, d.Agent, &d.policy).write(dir); err != nil {
		t.Fatal(err)
	}
	stores, err := agent.OpenStores(dir, d.Log)
	if err != nil {
		t.Fatal(err)
	}
	defer stores.Close()
	d.Agent.Shadow, d.LeaveShadow = false, true
	if err := d.leaveShadow(); err == nil || !strings.Contains(err.Error(), "another agent uses") {
		t.Errorf("got %v, want that another one uses it", err)
	}
}
