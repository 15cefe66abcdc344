package daemon

import (
	"os"
	"path/filepath"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

// TestWhoTellsPeopleSaysWhatAGateFound in whatever shape they are told.
func TestWhoTellsPeopleSaysWhatAGateFound(t *testing.T) {
	key := filepath.Join(t.TempDir(), "routing")
	if err := os.WriteFile(key, []byte("R0UT1NG\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &daemon{Config: Config{Scenario: &model.Scenario{Name: "shop"}}}
	service := &scenarios.Service{URL: "https://people.example", RoutingKey: key}
	for _, kind := range []model.ExecutorKind{model.PeopleExecutor, model.PagerDutyExecutor} {
		made, err := d.teller(service, kind)
		if err != nil {
			t.Fatal(err)
		}
		if made.Why == nil {
			t.Errorf("%v: nobody says why", kind)
		}
	}
}

// TestADatabaseHasAFolderToWorkIn has an agent be started for the first time: what archives and
// rewinds keep is to go into a folder that nobody has made.
func TestADatabaseHasAFolderToWorkIn(t *testing.T) {
	d := &daemon{Config: Config{
		Scenario: &model.Scenario{Stores: []model.Store{{Name: "orders"}}},
		Agent: &scenarios.Agent{
			Data:   t.TempDir(),
			Stores: [model.MaxStores]scenarios.StoreFile{{Data: t.TempDir()}},
		},
	}}
	made, err := d.database(0)
	if err != nil {
		t.Fatal(err)
	}
	if about, err := os.Stat(made.Copy.Work); err != nil || !about.IsDir() {
		t.Errorf("got %v and %v, want a folder", about, err)
	}
}
