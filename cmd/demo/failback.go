package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// goBack has an operator bring the writes back, and looks every row up where they are then.
func (d *drill) goBack(ctx context.Context) error {
	home := d.regions[east]
	if d.result.Diverged.Archive.Transactions > 0 {
		if err := d.order(ctx, "reconcile", home.name, "--why",
			"the demo has counted what the archive holds"); err != nil {
			return err
		}
	}
	began := time.Now()
	// A region that has just come back, or a move that was just made, holds a failback up for a while.
	err := await(ctx, "the failback is let through", failbackMost, func(ctx context.Context) error {
		began = time.Now()
		return d.order(ctx, "failback", home.name, "--why", "the demo goes home")
	})
	if err != nil {
		return err
	}
	d.say("an operator has ordered the failback")
	if err := d.awaitRow(ctx, east, began, failbackMost); err != nil {
		return d.blame(fmt.Errorf("nothing went back: %w", err))
	}
	first := firstAt(d.writer.noted(), home.address, began)
	before := lastBefore(d.writer.noted(), first)
	if before == nil {
		return errors.New("nothing was written before the failback")
	}
	d.result.Failback = &wentBack{
		Ordered: first.known.Sub(began).Seconds(), Pause: first.known.Sub(before.known).Seconds(),
	}
	sleep(ctx, writesAfter)
	conn, err := home.db.local(ctx)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	d.result.Failback.Rows, err = lookUp(ctx, conn, d.writer.noted())
	d.say("%s writes again, after a pause of %.1f s; of %d acknowledged rows it has %d", home.name,
		d.result.Failback.Pause, d.result.Failback.Rows.Acknowledged, d.result.Failback.Rows.Kept)
	return err
}

// lastBefore is the row that was acknowledged before another one.
func lastBefore(rows []row, next *row) *row {
	var found *row
	for i := range rows {
		if rows[i].id < next.id {
			found = &rows[i]
		}
	}
	return found
}

// order gives an order as people do, to the agent of a region that lives.
func (d *drill) order(ctx context.Context, arguments ...string) error {
	_, err := d.redoubt(ctx, append(arguments, "--address", local(d.regions[west].api),
		"--token-file", filepath.Join(d.folder, "keys", "operator.token"))...)
	return err
}
