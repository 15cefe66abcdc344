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
		if st.Conflicts == st.Kind.Conflicts() || b.d.isBroken(path) {
			continue
		}
		switch {
		case !everywhere && !b.d.isBroken("strategies"):
			b.problem(path, "only active-active writes in several regions",
				"%s is never read: the file does not run %s", path, model.ActiveActive)
		case st.ContendedKeys == 0 && st.Conflicts != model.OneWriterOnly:
			b.problem(path, "say contended_keys", "%s is never read: no two writes of %s meet", path,
				st.Name)
		}
	}
	t := b.s.Traffic
	if b.stated("traffic.answer") && t.Repeated == 0 && !b.d.isBroken("traffic.repeated") {
		b.problem("traffic.answer", "say traffic.repeated",
			"traffic.answer is never read: nobody makes a write again")
	}
	if b.stated("traffic.repeated") && t.Answer == 0 && !b.d.isBroken("traffic.answer") {
		b.problem("traffic.repeated", "say traffic.answer",
			"traffic.repeated is never read: no answer is cut off where it takes no time")
	}
	b.unreadKeys()
}

// unreadKeys refuses idempotency keys that nothing looks up.
func (b *builder) unreadKeys() {
	t := b.s.Traffic
	for i := range b.s.Stores {
		st, path := &b.s.Stores[i], fmt.Sprintf("store[%d].idempotency", i)
		looked := t.Repeated > 0 && t.Answer > 0 || st.OffsetsEvery > 0
		if st.Idempotency != model.NoKeys && !looked && !b.d.isBroken(path) &&
			!b.d.isBroken("traffic") && !b.d.isBroken(fmt.Sprintf("store[%d].offsets_every", i)) {
			b.problem(path, "say traffic.answer and traffic.repeated, or the store's offsets_every",
				"%s is never read: no write to %s is made again", path, st.Name)
		}
	}
}
