package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"redoubt/failover"
	"redoubt/model"
)

const (
	readReplica = `select pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn(), '0/0'), ` +
		beatColumns
	readPrimary = `select pg_is_in_recovery(), case when pg_is_in_recovery() then '0/0' ` +
		`else pg_current_wal_lsn() end, ` + beatColumns
	// Without a heartbeat its columns are those of none: beats count from 1.
	beatColumns = `coalesce(max(epoch), 0), coalesce(max(beat), 0), ` +
		`coalesce(round(extract(epoch from max(at)) * 1000000), 0)::bigint, ` +
		`round(extract(epoch from clock_timestamp()) * 1000000)::bigint ` +
		`from redoubt.heartbeat where store = $1`
)

const (
	// driftPart is how much faster one clock may go than another: Linux slews by a 2,000th at most
	// (adjtimex(2): 500 ppm), on either side.
	driftPart = 1000
	// readSlack is how finely clocks are read.
	readSlack = 10 * time.Millisecond
)

// Lag is how much a replica lacks of what its primary has.
type Lag struct {
	// Epoch is that of the lease under which the primary wrote what the replica has of it.
	Epoch failover.Epoch
	// Lag is no less than the age of the newest thing that the replica has, at At, by the clock of
	// the primary. It grows while the replica is cut off, or applies nothing.
	Lag time.Duration
	// Bytes is how much log the replica has still to apply, up to where the primary was when it was
	// last heard of.
	Bytes uint64
	// At is when the replica was read.
	At time.Time
}

// Event is what the agent of a region has to say to the log of a Lag.
func (l Lag) Event(region model.RegionID, store model.StoreID, now time.Time) failover.Event {
	return failover.Event{
		Kind: failover.LagMeasured, Region: region, Store: store, Epoch: l.Epoch, Lag: l.Lag,
		Age: max(0, elapsed(l.At, now)),
	}
}

// MeterConfig is whose lag a Meter measures.
type MeterConfig struct {
	// Store is its name in the scenario, Region where the replica is.
	Store  string
	Region model.RegionID
	// Servers are the connection strings of the store by region.
	Servers map[model.RegionID]string
	// Roots are the authorities whose certificates count; nil for those of the system.
	Roots *x509.CertPool
}

// Meter measures the lag of one replica. It compares no two clocks: beats and what they are held
// against are by the clock of the primary, which the Meter reads while it can, and lets run on by
// its own while it cannot. What it cannot be sure of it does not say. It is for one goroutine.
type Meter struct {
	config  MeterConfig
	servers map[model.RegionID]*database

	primary model.RegionID
	clock   reading // of the primary
	// has is the newest beat of the replica that the clock is known to be the clock of; only those
	// above afresh can be, since the clock has been set.
	has, afresh beat
}

// beat is a heartbeat, by its number; at is in microseconds of the primary's clock.
type beat struct {
	epoch failover.Epoch
	count uint64
	at    int64
}

// reading is what a server says.
type reading struct {
	recovers bool
	position uint64
	beat     beat
	clock    int64 // in microseconds
	// asked and answered are when, by the clock here.
	asked, answered time.Time
}

// NewMeter makes a Meter of the replica of a region.
func NewMeter(config MeterConfig) (*Meter, error) {
	m := &Meter{
		config: config, servers: map[model.RegionID]*database{}, primary: model.NoRegion,
	}
	for region, connection := range config.Servers {
		server, err := newDatabase(connection, config.Roots)
		if err != nil {
			return nil, fmt.Errorf("probe: the address of %s in region %d %w", config.Store, region, err)
		}
		m.servers[region] = server
	}
	if m.servers[config.Region] == nil {
		return nil, fmt.Errorf("probe: nothing says where %s is in region %d", config.Store,
			config.Region)
	}
	return m, nil
}

// unknown says why a lag is not known.
func (m *Meter) unknown(format string, values ...any) error {
	return fmt.Errorf("probe: the lag of %s: %s", m.config.Store, fmt.Sprintf(format, values...))
}

// Measure reads the replica, and then the primary while that answers. The first measurement needs
// both. Of a replica that is cut off with its primary it goes on telling what is known to be so.
func (m *Meter) Measure(ctx context.Context, primary model.RegionID) (Lag, error) {
	if primary == m.config.Region || m.servers[primary] == nil {
		return Lag{}, m.unknown("region %d is no primary that it follows", primary)
	}
	replica, err := m.read(ctx, m.config.Region, readReplica)
	switch {
	case err != nil:
		return Lag{}, m.unknown("%s", plain(ctx, err))
	case !replica.recovers:
		return Lag{}, m.unknown("it is no replica")
	}
	if primary != m.primary {
		m.primary, m.clock, m.has, m.afresh = primary, reading{}, beat{}, beat{}
	}
	if now, err := m.read(ctx, primary, readPrimary); err == nil && !now.recovers {
		m.set(now)
	}
	return m.judge(replica)
}

// set takes a reading of the primary.
func (m *Meter) set(now reading) {
	if before := m.clock; !before.asked.IsZero() && !goesOn(before, now) {
		// It was set: of the beats until now nobody knows by which clock they are.
		m.afresh, m.has = now.beat, beat{}
	}
	m.clock = now
}

// goesOn reports whether a clock has gone on, between two readings, as fast as the clock here.
func goesOn(before, now reading) bool {
	went := time.Duration(now.clock-before.clock) * time.Microsecond
	least, most := now.asked.Sub(before.answered), now.answered.Sub(before.asked)
	return went >= least-least/driftPart-readSlack && went <= most+most/driftPart+readSlack
}

// judge says what a replica lacks.
func (m *Meter) judge(replica reading) (Lag, error) {
	b, c := replica.beat, &m.clock
	switch {
	case c.asked.IsZero():
		return Lag{}, m.unknown("its primary was not heard of yet")
	case b.count == 0:
		return Lag{}, m.unknown("it has no heartbeat")
	case b.epoch == c.beat.epoch && b.count <= c.beat.count && b.count > m.afresh.count:
		m.has = b
	case b.epoch < m.has.epoch || b.epoch == m.has.epoch && b.count < m.has.count:
		m.has = beat{} // It has less than it had: it was made anew.
	}
	if m.has.count == 0 {
		return Lag{}, m.unknown("its heartbeat is of another epoch or clock than its primary's")
	}
	// The clock was read when it was asked for or later: so it shows no more than this now.
	passed := elapsed(c.asked, replica.answered)
	if passed > 0 {
		passed += passed / driftPart
	}
	age := time.Duration(c.clock-m.has.at)*time.Microsecond + passed
	if age < -readSlack {
		return Lag{}, m.unknown("its heartbeat is of the future")
	}
	lag := Lag{Epoch: m.has.epoch, Lag: max(0, age), At: replica.answered}
	if c.position > replica.position {
		lag.Bytes = c.position - replica.position
	}
	return lag, nil
}

// elapsed is how long it is from one time to another, the sleep of the machine included.
func elapsed(from, to time.Time) time.Duration {
	return between(to.Sub(from), to.Round(0).Sub(from.Round(0)), slept())
}

// forever is longer than any machine sleeps.
const forever time.Duration = 1 << 62

// between is what passed by the steady clock, which stands still while the machine sleeps. The time
// of day says how long that was, and it can be set: so it counts for no more than the machine has
// ever slept.
func between(steady, ofDay, slept time.Duration) time.Duration {
	return max(steady, min(ofDay, steady+min(slept, forever-max(0, steady))))
}

// read reads a server.
func (m *Meter) read(ctx context.Context, region model.RegionID, query string) (reading, error) {
	var found []string
	read := reading{asked: time.Now()}
	err := m.servers[region].with(ctx, func(conn *pgconn.PgConn) (err error) {
		read.asked = time.Now()
		found, err = row(ctx, conn, query, m.config.Store)
		read.answered = time.Now()
		return err
	})
	if err != nil {
		return reading{}, err
	}
	return read, read.parse(found)
}

var errColumns = errors.New("the server answers something else than it was asked")

// parse takes the columns of a reading.
func (r *reading) parse(found []string) error {
	const columns = 6
	if len(found) != columns {
		return errColumns
	}
	var wrong [columns]error
	var epoch uint64
	r.recovers = found[0] == "t"
	r.position, wrong[1] = position(found[1])
	epoch, wrong[2] = strconv.ParseUint(found[2], 10, 32)
	r.beat.epoch = failover.Epoch(epoch)
	r.beat.count, wrong[3] = strconv.ParseUint(found[3], 10, 64)
	r.beat.at, wrong[4] = strconv.ParseInt(found[4], 10, 64)
	r.clock, wrong[5] = strconv.ParseInt(found[5], 10, 64)
	if errors.Join(wrong[:]...) != nil {
		return errColumns
	}
	return nil
}

// position reads a place in the log as PostgreSQL writes it, "16/B374D848".
func position(text string) (uint64, error) {
	high, low, _ := strings.Cut(text, "/")
	upper, err := strconv.ParseUint(high, 16, 32)
	lower, other := strconv.ParseUint(low, 16, 32)
	return upper<<32 | lower, errors.Join(err, other)
}
