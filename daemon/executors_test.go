package daemon

import (
	"os"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

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
