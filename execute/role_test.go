package execute

import (
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"redoubt/failover"
)

// grants are the statements that docs/execute.md gives a role that is no superuser.
func grants(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/execute.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```sql\n(.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("docs/execute.md lists no grants")
	}
	return string(block[1])
}

// TestTheDocumentedRoleSuffices for what is asked of a server.
func TestTheDocumentedRoleSuffices(t *testing.T) {
	paris := newCluster(t).start()
	if version := paris.says("show server_version_num"); version < "150000" {
		needed(t, errors.New("before PostgreSQL 15 nobody but a superuser may change settings"))
	}
	paris.says(grants(t))
	paris.says("create table kept (n int)")
	oslo := paris.replica().start()
	cellar := paris.replica().start()
	there := executor(t, 0, paris, oslo, cellar)
	here := executor(t, 1, paris, oslo, cellar)
	for _, p := range []*PostgreSQL{there, here} {
		for r := range p.Servers[:3] {
			p.Servers[r].Control = strings.Replace(p.Servers[r].Control, "user=tester", "user=redoubt", 1)
		}
		want(t, p.Do(timed(t, time.Minute), step(failover.Rehearse, 5)), Done, "may do what is needed")
	}
	ctx := timed(t, 2*time.Minute)
	paris.caughtUp(oslo)
	paris.caughtUp(cellar)
	want(t, there.Do(ctx, step(failover.Drain, 5)), Done, "")
	want(t, there.Do(ctx, step(failover.Undrain, 5)), Done, "write again")
	want(t, there.Do(ctx, step(failover.Fence, 5)), Done, "")
	want(t, here.Do(ctx, step(failover.CatchUp, 5)), Done, "")
	there.Copy.stopsFor(t)
	want(t, here.Do(ctx, step(failover.Promote, 5)), Done, "")
	oslo.says("insert into kept values (1)")
	want(t, here.Do(ctx, step(failover.Repoint, 5)), Done, "cellar follows")
	want(t, here.Do(ctx, step(failover.Validate, 5)), Done, "")
	a := step(failover.Rewind, 6)
	a.Subject, a.Target = 0, 0
	want(t, there.Do(ctx, a), Done, "it was rewound, and follows oslo")
}

// stopsFor stops the server of a copy.
func (c *Copy) stopsFor(t *testing.T) {
	t.Helper()
	if err := c.stop(timed(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// cuts is a way to a server that is cut once somebody has said a word over it, before an answer, or
// that hangs from then on.
func cuts(t *testing.T, to, word string, hangs bool) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", "127.0.0.1:"+to)
			if err != nil {
				_ = client.Close()
				continue
			}
			go passes(client, server, word, hangs)
		}
	}()
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// passes passes on what both sides say, and nothing back once the word was said.
func passes(client, server net.Conn, word string, hangs bool) {
	var deaf atomic.Bool
	go func() {
		buffer := make([]byte, 1<<14)
		for {
			n, err := server.Read(buffer)
			if err == nil && deaf.Load() && hangs {
				continue
			}
			if err != nil || deaf.Load() {
				time.Sleep(500 * time.Millisecond) // The server is at it meanwhile.
				_ = client.Close()
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 1<<14)
	for {
		n, err := client.Read(buffer)
		if n > 0 {
			deaf.Store(deaf.Load() || strings.Contains(string(buffer[:n]), word))
			if _, err := server.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if err != io.EOF {
				_ = server.Close()
			}
			return
		}
	}
}

// TestALostPromotionIsFoundAgain has the server be promoted, and its answer be lost. It is to
// commit to a replica, too, and there is none: that does not keep a promotion from being done.
func TestALostPromotionIsFoundAgain(t *testing.T) {
	paris := newCluster(t).start()
	oslo := paris.replica().start()
	paris.kill()
	oslo.says("alter system set synchronous_standby_names = '*'")
	oslo.says("select pg_reload_conf()")
	here := executor(t, 1, paris, oslo)
	whole := here.Servers[1].Control
	here.Servers[1].Control = strings.Replace(whole, "port="+oslo.port,
		"sslmode=disable port="+cuts(t, oslo.port, "pg_promote", false), 1)
	got := here.Do(timed(t, time.Minute), step(failover.Promote, 5))
	want(t, got, Unknown, "it was to be promoted")
	soon(t, "it takes writes", func() bool {
		got, err := oslo.try("select pg_is_in_recovery()")
		return err == nil && got == "f"
	})
	here.Servers[1].Control = whole
	look := step(failover.Promote, 5)
	look.Look = true
	want(t, here.Do(timed(t, time.Minute), look), Done, "oslo takes writes in epoch 5")
	if got := oslo.says("select timeline_id from pg_control_checkpoint()"); got > "2" {
		t.Errorf("got timeline %s, want it promoted once", got)
	}
}

// TestAServerThatHangsIsNotWaitedFor beyond the time there is: before anything was asked of it, and
// after.
func TestAServerThatHangsIsNotWaitedFor(t *testing.T) {
	paris := newCluster(t).start()
	here := executor(t, 0, paris)
	whole := here.Servers[0].Control
	for word, outcome := range map[string]Outcome{
		"user": Failed, "pg_is_in_recovery": Failed, "alter system": Unknown,
	} {
		here.Servers[0].Control = strings.Replace(whole, "port="+paris.port,
			"sslmode=disable port="+cuts(t, paris.port, word, true), 1)
		began := time.Now()
		want(t, here.Do(timed(t, time.Second), step(failover.Drain, 5)), outcome, "")
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("%s: it took %v", word, took)
		}
	}
}
