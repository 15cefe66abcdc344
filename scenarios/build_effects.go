package scenarios

import (
	"fmt"

	"redoubt/model"
)

// unreadEffects refuses what is said about the effects of writes where nothing reads it.
func (b *builder) unreadEffects() {
	_, everywhere := b.s.Strategy(model.ActiveActive)
	for i := range b.s.Stores {
		st := &b.s.Stores[i]
		path := fmt.Sprintf("store[%d].conflicts", i)
		if st.Conflicts == model.ByHand || b.d.isBroken(path) {
			continue
		}
		switch {
		case !everywhere && !b.d.isBroken("strategies"):
			b.problem(path, "only active-active writes in several regions",
				"%s is never read: the file does not run %s", path, model.ActiveActive)
		case st.ContendedKeys == 0 && st.Conflicts != model.OneWriter:
			b.problem(path, "say contended_keys", "%s is never read: no two writes of %s meet", path,
				st.Name)
		}
	}
}
