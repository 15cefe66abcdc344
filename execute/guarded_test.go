package execute

import (
	"context"
	"errors"

	"redoubt/failover"
	"redoubt/guard"
)

// fakeGuard is a guard that says what a test has it say.
type fakeGuard struct {
	phase         string
	epoch, fenced failover.Epoch
}

func (g *fakeGuard) Standing(context.Context) (guard.Word, error) {
	return guard.Word{Phase: g.phase, Epoch: g.epoch, Fenced: g.fenced}, nil
}

func (g *fakeGuard) Fence(context.Context, failover.Epoch) (guard.Word, error) {
	return guard.Word{}, errors.New("no")
}

func (g *fakeGuard) Rest(ctx context.Context) (guard.Word, error) { return g.Standing(ctx) }

func (g *fakeGuard) Boot(ctx context.Context) (guard.Word, error) { return g.Standing(ctx) }
