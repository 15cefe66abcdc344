package execute

import (
	"context"
	"log/slog"

	"redoubt/failover"
)

// Dry does nothing, and says what somebody else would do in its place.
type Dry struct {
	Names Names
	Log   *slog.Logger
}

// Do says what would be done.
func (d Dry) Do(_ context.Context, a failover.Action) Result {
	order := d.Names.OrderOf(a, Doing)
	d.Log.Info("this would be done", "id", order.ID, "step", order.Step, "epoch", order.Epoch,
		"store", order.Store, "subject", order.Subject, "target", order.Target, "share", order.Share,
		"look", order.Look)
	return done("nothing was done: it is a dry run")
}
