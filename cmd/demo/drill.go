package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"
)

// How long the writer writes before the region is lost and after each move, and how long things may
// take at most: what takes longer has not come about.
const (
	writesBefore = 4 * time.Second
	writesAfter  = 2 * time.Second

	failoverMost    = 40 * time.Second
	reprotectMost   = 60 * time.Second
	failbackMost    = 40 * time.Second
	everythingAtAll = 4 * time.Minute
)

// drill is one run: what happens in it, and what was seen.
type drill struct {
	*estate
	out     io.Writer
	began   time.Time
	writer  *writer
	watcher *watcher
	clients *clients
	sees    *sees
	pulse   *pulse

	result result
}

// say tells what happens, and when.
func (d *drill) say(format string, arguments ...any) {
	words := fmt.Sprintf(format, arguments...)
	fmt.Fprintf(d.out, "%7.1f s  %s\n", time.Since(d.began).Seconds(), words)
}

// run plays the drill. An error is that something could not be done or seen; what was seen that
// must not be is in the result.
func (d *drill) run(ctx context.Context) error {
	ctx, end := context.WithTimeout(ctx, everythingAtAll)
	defer end()
	if err := d.build(ctx); err != nil {
		return err
	}
	d.say("the files of three agents and two databases are made")
	runs, err := d.predict(ctx)
	if err != nil {
		return err
	}
	d.say("the simulator has played the loss of %s %d times", regionNames[east], len(runs))
	if err := d.estate.start(ctx); err != nil {
		return err
	}
	d.say("%s takes writes, %s follows", regionNames[east], regionNames[west])
	observed, stop := context.WithCancel(ctx)
	var observers sync.WaitGroup
	if err := d.observe(observed, &observers); err != nil {
		stop()
		return err
	}
	err = d.play(ctx, runs)
	stop()
	observers.Wait()
	openings, tried := d.watcher.seen()
	d.result.conclude(openings, tried, d.writer.noted(), d.regions[:witness])
	return err
}

// observe has the writer write, and everybody look.
func (d *drill) observe(ctx context.Context, all *sync.WaitGroup) (err error) {
	var servers []string
	for _, r := range d.regions {
		servers = append(servers, local(r.dns))
	}
	d.writer, err = newWriter(d.regions[east].db.databases, filepath.Join(d.folder, "acknowledged"),
		servers)
	if err != nil {
		return err
	}
	d.watcher, d.clients, d.sees = newWatcher(), &clients{}, &sees{}
	all.Go(func() { d.sees.run(ctx, d.regions[west].client, regionNames[east]) })
	for _, r := range d.regions {
		all.Go(func() { d.watcher.names(ctx, r) })
	}
	for _, r := range d.regions[:witness] {
		all.Go(func() { d.watcher.watch(ctx, r) })
	}
	all.Go(func() { d.writer.run(ctx) })
	all.Go(func() { d.clients.run(ctx, servers) })
	return nil
}

// play is what happens once everything runs.
func (d *drill) play(ctx context.Context, runs []simulated) error {
	sleep(ctx, writesBefore+rand.N(time.Second)) // No two runs are lost at the same point of a lease.
	if firstAt(d.writer.noted(), d.regions[east].address, time.Time{}) == nil {
		_, trouble := d.writer.doubts()
		return d.blame(errors.Join(errors.New("no row was ever acknowledged"), trouble))
	}
	leader := d.leader(ctx)
	lost, err := d.lose(d.regions[east])
	if err != nil {
		return err
	}
	d.say("%s is lost: its agent, guard and database are killed, and its addresses are silent",
		regionNames[east])
	if err := d.awaitRow(ctx, west, lost, failoverMost); err != nil {
		return d.blame(fmt.Errorf("nothing failed over: %w", err))
	}
	seen := d.sees.last()
	sleep(ctx, writesAfter)
	if err := d.recovered(ctx, lost, seen, leader, runs); err != nil {
		return err
	}
	if err := d.reprotect(ctx); err != nil {
		return err
	}
	if d.failback {
		if err := d.goBack(ctx); err != nil {
			return err
		}
	}
	return d.audit(ctx)
}

// leader is whose agent leads.
func (d *drill) leader(ctx context.Context) string {
	status, err := d.regions[witness].client.Status(ctx)
	if err != nil {
		return ""
	}
	return status.Leader
}

// awaitRow waits until the writer has a row acknowledged by a region, and enough clients are led
// there.
func (d *drill) awaitRow(
	ctx context.Context, at int, after time.Time, most time.Duration,
) error {
	address := d.regions[at].address
	return await(ctx, "clients write in "+regionNames[at], most, func(context.Context) error {
		if err := d.alive(); err != nil {
			return err
		}
		if firstAt(d.writer.noted(), address, after) == nil {
			_, trouble := d.writer.doubts()
			return errors.Join(errors.New("no row was acknowledged there"), trouble)
		}
		if _, all := d.clients.followed(address); !all {
			return errors.New("not all clients are led there")
		}
		return nil
	})
}

// firstAt is the first row that a server acknowledged after a moment.
func firstAt(rows []row, address string, after time.Time) *row {
	for i := range rows {
		if rows[i].at == address && rows[i].known.After(after) {
			return &rows[i]
		}
	}
	return nil
}

// recovered measures what has become of the loss.
func (d *drill) recovered(
	ctx context.Context, lost time.Time, seen sight, leader string, runs []simulated,
) error {
	entries, err := allOf(ctx, d.regions[west].client)
	if err != nil {
		return err
	}
	from, to := d.regions[east], d.regions[west]
	when, err := findFailover(entries, from.name, to.name, lost)
	if err != nil {
		return err
	}
	if when.seen, err = seen.wall(entries); err != nil {
		return err
	}
	up, _ := d.clients.followed(to.address)
	if up.Before(when.promoted) {
		up = when.promoted
	}
	dns, who := d.watcher.answered(to.address, lost)
	m := &d.result.Measured
	d.result.Leader = leader
	m.Phases, m.RTO = when.phases(lost, up), up.Sub(lost).Seconds()
	m.DNS, m.NameServer = dns.Sub(lost).Seconds(), who
	first := firstAt(d.writer.noted(), to.address, lost)
	m.FirstWrite = first.known.Sub(lost).Seconds()
	d.say("%s writes: decided after %.1f s, promoted after %.1f s, in DNS after %.1f s, a row after "+
		"%.1f s", to.name, when.decided.Sub(lost).Seconds(), when.promoted.Sub(lost).Seconds(), m.DNS,
		m.FirstWrite)
	if err := d.count(ctx, lost); err != nil {
		return err
	}
	d.result.Machine = d.machine(lost, up)
	d.result.predict(runs)
	return nil
}

// machine is what this machine was like from the loss to the recovery. What a write needs to be on
// its way to the copy, and what severs that, are of the moments before the loss and after it.
func (d *drill) machine(lost, up time.Time) machine {
	const about = 500 * time.Millisecond
	late, _ := d.pulse.late(lost, up)
	_, most := d.pulse.late(lost.Add(-about), lost.Add(about))
	return machine{
		Promotion: [2]float64{d.promotes[0].Seconds(), d.promotes[1].Seconds()},
		Late:      late.Seconds(), LateMost: most.Seconds(),
	}
}

// count looks up each row in the new primary, and in what the old one has left.
func (d *drill) count(ctx context.Context, lost time.Time) error {
	from, to := d.regions[east], d.regions[west]
	conn, err := to.db.local(ctx)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	d.result.Rows, err = lookUp(ctx, conn, d.writer.noted())
	if err != nil {
		return err
	}
	d.result.Rows.Doubted, _ = d.writer.doubts()
	m := &d.result.Measured
	m.RPO, m.Lost = lossOf(&d.result.Rows, lost).Seconds(), d.result.Rows.Lost
	there, err := idsOf(ctx, conn)
	if err != nil {
		return err
	}
	had, err := lookAtCopy(ctx, filepath.Join(d.folder, "look"), from.db)
	if err != nil {
		return err
	}
	own := &d.result.Diverged
	for id := range had.ids {
		if !there[id] {
			own.Orders++
		}
	}
	own.Heartbeats = int(had.beat - d.watcher.beat(to.name))
	d.say("of %d acknowledged rows %s has %d, and %d are lost; %s holds %d alone",
		d.result.Rows.Acknowledged, to.name, d.result.Rows.Kept, d.result.Rows.Lost, from.name,
		own.Orders)
	return nil
}

// reprotect brings the region back, and waits until what it held alone is archived and it follows.
func (d *drill) reprotect(ctx context.Context) error {
	back := d.regions[east]
	began := time.Now()
	if err := d.bring(back); err != nil {
		return err
	}
	d.say("%s is started again", back.name)
	err := await(ctx, back.name+" follows", reprotectMost, func(ctx context.Context) error {
		if err := d.alive(); err != nil {
			return err
		}
		status, err := d.regions[west].client.Status(ctx)
		if err != nil {
			return err
		}
		if len(status.Stores) != 1 || len(status.Stores[0].Copies) != 1 || status.Plan != nil {
			return errors.New("a plan runs")
		}
		if c := status.Stores[0].Copies[0]; !c.Known {
			return fmt.Errorf("its copy is %q, and follows nobody", c.Diverged)
		}
		return nil
	})
	if err != nil {
		return d.blame(err)
	}
	d.result.Diverged.Archive, err = d.readArchive(back)
	if err != nil {
		return err
	}
	d.result.Reprotected = time.Since(began).Seconds()
	a := &d.result.Diverged.Archive
	d.say("%s follows: it has archived %s with %s that it held alone, and was rewound", back.name,
		plural(a.Transactions, "transaction"), plural(a.Rows, "row"))
	return nil
}
