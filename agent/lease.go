package agent

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"redoubt/execute"
	"redoubt/failover"
	"redoubt/guard"
	"redoubt/model"
)

// keepLeases renews the leases that the region holds, and shows its guards what was granted.
func (n *Node) keepLeases(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for i := range model.StoreID(model.MaxStores) {
		if n.config.Guards[i] == nil {
			continue
		}
		k := n.kicked()
		all.Go(func() {
			n.repeat(ctx, repeats{every: n.config.Times.RenewEvery, kick: k,
				say: func(ctx context.Context) error { return n.renew(ctx, i) }})
		})
		all.Go(func() { n.showGrants(ctx, i, k) })
	}
}

// mayRenew reports whether the region's renewal of a store's lease would count now. A safety rule
// that has failed ends no lease: its holder alone may have the store open, and a failover is what
// the agent must not do.
func (n *Node) mayRenew(v *View, store model.StoreID) bool {
	return v.Policy != nil && v.Halted == nil && n.config.accepts(v.State.Under.Policy) &&
		v.Policy.MayRenew(&v.State, store, n.config.Region)
}

// renew renews a lease: with a ticket that the guard issues before that, so that its deadline
// counts from then.
func (n *Node) renew(ctx context.Context, store model.StoreID) error {
	v := n.replica.View()
	if !n.mayRenew(&v, store) {
		return nil
	}
	ticket, err := n.config.Guards[store].Ticket(ctx)
	if err != nil {
		n.often(slog.LevelWarn, "the guard issues no ticket", "store", store, "error", err)
		return err
	}
	return n.apply(ctx, Proposal{Event: failover.Event{
		Kind: failover.LeaseRenewed, Region: n.config.Region, Store: store,
		Epoch: v.State.Leases[store].Epoch, Ticket: uint64(ticket),
	}})
}

// granted is a grant that a guard is shown.
type granted struct {
	epoch  failover.Epoch
	ticket uint64
}

// grantOf is what the agent's own applied state has granted the region, and only the last of it.
func (n *Node) grantOf(v *View, store model.StoreID) (granted, bool) {
	lease := &v.State.Leases[store]
	held := lease.Holder == n.config.Region && lease.Fenced < lease.Epoch && lease.Ticket != 0
	return granted{lease.Epoch, lease.Ticket}, held && v.Policy != nil
}

// showGrants shows a guard each grant once it is in the agent's own applied state, and has the
// lease renewed at once where that has become possible.
func (n *Node) showGrants(ctx context.Context, store model.StoreID, renew kick) {
	changed, stop := n.replica.Watch()
	defer stop()
	var shown granted
	renews := false
	for {
		v := n.replica.View()
		if may := n.mayRenew(&v, store); may != renews {
			if renews = may; may {
				renew.now()
			}
		}
		var again <-chan time.Time
		if grant, held := n.grantOf(&v, store); held && grant != shown {
			if n.show(ctx, store, grant, v.Policy.Lease) {
				shown = grant
			} else {
				again = time.After(retryMin)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-again:
		}
	}
}

// show shows a grant, and reports whether the guard has answered for good. One that has fenced what
// was granted is asked for its record, which the log then has to hear of: nobody else would say so.
func (n *Node) show(
	ctx context.Context, store model.StoreID, grant granted, lease time.Duration,
) bool {
	asking, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
	defer cancel()
	_, err := n.config.Guards[store].Show(asking, guard.Grant{
		Epoch: grant.epoch, Ticket: guard.Ticket(grant.ticket), Lease: lease,
	})
	switch {
	case err == nil:
		return true
	case errors.Is(err, guard.ErrBooting), asking.Err() != nil:
		return false
	}
	n.often(slog.LevelWarn, "the guard takes no grant", "store", store, "epoch", grant.epoch,
		"error", err)
	word, err := n.config.Guards[store].Standing(asking)
	if err != nil {
		return false
	}
	if word.Fenced < grant.epoch {
		return true // A ticket of another boot, or one that is over: the next renewal has another.
	}
	return n.apply(asking, Proposal{Event: failover.Event{
		Kind: failover.Fenced, Region: n.config.Region, Store: store, Epoch: grant.epoch,
	}}) == nil
}

// fence has a store's guard record that it opens nothing of before the plan, or the executor end
// the writes where there is no guard.
func (n *Node) fence(ctx context.Context, a failover.Action) execute.Result {
	if g := n.config.Guards[a.Store]; g != nil {
		word, err := g.Fence(ctx, a.Epoch-1)
		if err != nil {
			return execute.Result{Why: err.Error()}
		}
		if word.Fenced < a.Epoch-1 {
			return execute.Result{Why: "the guard has not recorded the fence"}
		}
		return execute.Result{Outcome: execute.Done}
	}
	return n.config.Executor.Do(ctx, a)
}
