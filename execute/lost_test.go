package execute

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"redoubt/failover"
)

// loses has a server end while a step asks it, again and again, whether something is so by now, and
// returns what becomes of the step: it need not go on asking until its time is over.
func (c *cluster) loses(p *PostgreSQL, a failover.Action, asked string) Result {
	c.t.Helper()
	ended := make(chan Result, 1)
	ctx := timed(c.t, time.Hour)
	go func() { ended <- p.Do(ctx, a) }()
	asks := fmt.Sprintf(`select count(*) from pg_stat_activity
where application_name = 'redoubt' and state = 'idle' and query like '%%%s%%'`, asked)
	soon(c.t, "it asks", func() bool {
		if len(ended) > 0 {
			c.t.Fatalf("%s has ended: %+v", a.Step, <-ended)
		}
		got, err := c.try(asks)
		return err == nil && got == "1"
	})
	c.kill()
	select {
	case got := <-ended:
		return got
	case <-time.After(20 * time.Second):
		c.t.Fatalf("%s still asks a server that is gone for %q", a.Step, asked)
		return Result{}
	}
}

// TestALostServerIsNotAskedOn has servers end while somebody waits for what they say.
func TestALostServerIsNotAskedOn(t *testing.T) {
	paris := newCluster(t).start()
	oslo := paris.replica().start()
	there, here := executor(t, 0, paris, oslo), executor(t, 1, paris, oslo)
	paris.says("create table kept (n int)")
	paris.caughtUp(oslo)

	nobody := *there
	nobody.Servers[0].Follow = "host=127.0.0.1 port=1 user=tester"
	oslo.says("alter system set primary_conninfo = 'host=127.0.0.1 port=1'")
	oslo.says("select pg_reload_conf()")
	soon(t, "it follows nobody", func() bool {
		return oslo.says("select count(*) from pg_stat_wal_receiver") == "0"
	})
	back := step(failover.Repoint, 5)
	want(t, oslo.loses(&nobody, back, "pg_stat_wal_receiver"), Failed, "oslo does not follow")
	oslo.start()
	back.Subject, back.Target = 1, 0
	want(t, oslo.loses(&nobody, back, "pg_stat_wal_receiver"), Done, "left to its reprotection")

	conn, err := pgx.Connect(t.Context(), paris.conninfo())
	if err != nil {
		t.Fatal(err)
	}
	defer hangUp(conn)
	if _, err := conn.Exec(t.Context(), "begin; insert into kept values (1)"); err != nil {
		t.Fatal(err)
	}
	want(t, paris.loses(there, step(failover.Drain, 5), "pg_stat_activity"), Unknown, "only read")

	paris.start() // It takes writes, which who was fenced does not.
	oslo.start()
	catch := step(failover.CatchUp, 5)
	want(t, paris.loses(here, catch, "pg_is_in_recovery"), Failed, "is not known")
	if err := os.WriteFile(filepath.Join(paris.data, standbySignal), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	paris.start() // It has what nobody follows it for.
	want(t, oslo.loses(here, catch, "pg_last_wal_replay_lsn"), Failed, "")
}
