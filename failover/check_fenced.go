package failover

import "fmt"

// fencedHeard holds a plan that begins anew, since a promotion of it was fenced: how often that has
// happened is not forgotten with the epoch, and people hear of it once it was as often as a step is
// tried, unless an alarm over it stands that is not older than people's word lasts.
func fencedHeard(t *transition) string {
	was, is := &t.before.Plan, &t.after.Plan
	same := was.Kind == is.Kind && was.Subject == is.Subject && was.Target == is.Target
	goesOn := same && (was.Kind == Reopen || hasMoved(t.before, was))
	if was.Epoch == is.Epoch || is.Kind == NoPlan || !goesOn || !t.refenced() || t.begun() {
		return ""
	}
	for _, now := range is.Steps[:is.Count] {
		lease := t.after.Leases[now.Store]
		fenced := lease.Epoch == was.Epoch && lease.Fenced >= lease.Epoch
		if now.Kind != Promote || !fenced {
			continue
		}
		tries, opened := uint8(0), false
		for i, then := range was.Steps[:was.Count] {
			if then.Kind == Promote && then.Store == now.Store {
				tries = then.Tries
				opened = then.Status == Done || promotes(t) && int(t.e.Step) == i
			}
		}
		if opened {
			continue
		}
		if now.Tries <= tries && tries < 254 {
			return fmt.Sprintf("nobody counts how often the promotion of store %d was fenced", now.Store)
		}
		heard := false
		for _, notice := range t.after.Notices {
			about := notice.Epoch != 0 && notice.Step == Promote && notice.Store == now.Store
			heard = heard || about && t.after.Now < notice.At+Instant(ApprovalLasts)
		}
		if now.Tries >= t.p.StepTries && !heard {
			return fmt.Sprintf("the promotion of store %d is fenced again and again, and nobody hears",
				now.Store)
		}
	}
	return ""
}
