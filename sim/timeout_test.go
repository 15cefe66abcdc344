package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

// TestAStepHasTimeForItsWays has each step take just as long, every time, as the policy thinks that
// it takes at most, and one try: what it is asked by and what it answers with take their time too.
func TestAStepHasTimeForItsWays(t *testing.T) {
	for name, slow := range map[string]func(s *model.Scenario){
		"rewind":    func(s *model.Scenario) { s.People.Resync = model.Fixed(5 * time.Hour) },
		"promotion": func(s *model.Scenario) { s.Stores[0].Promotion = model.Fixed(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			s := estate()
			s.Settings.StepTries = 1
			slow(s)
			lose(s, home, time.Hour, time.Hour)
			w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 72*time.Hour))
			if behind := w.state.Diverged[0][home]; behind.Tried != 0 || w.state.Epoch > 5 {
				t.Errorf("in epoch %d the old primary's copy is %s, tried at %s", w.state.Epoch,
					behind.Status, time.Duration(behind.Tried))
			}
		})
	}
}
