package probe_test

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/probe"
)

// server is a probe of a PostgreSQL server.
func server(role model.ServerRole, query, answer string) model.Probe {
	return model.Probe{
		Kind: model.PostgreSQLProbe, Target: "{at}", Role: role, Query: query, Answer: answer,
	}
}

func TestPostgreSQL(t *testing.T) {
	first := primary(t)
	second := first.replica(t)
	home, away := first.address(password), second.address(password)
	const slow = "select pg_sleep(0.1)::text || '1'"
	is := func(role model.ServerRole) model.Probe { return server(role, "", "") }
	asks := func(query, answer string) model.Probe { return server(model.AnyServer, query, answer) }
	gone := strings.Replace(home, first.port, strings.Split(nobody(t), ":")[1], 1)
	for name, c := range map[string]struct {
		probe  model.Probe
		at     string
		answer probe.Answer
		why    string
	}{
		"up":             {is(model.AnyServer), home, probe.Good, ""},
		"a replica":      {is(model.AnyServer), away, probe.Good, ""},
		"primary":        {is(model.PrimaryServer), home, probe.Good, ""},
		"no primary":     {is(model.PrimaryServer), away, probe.Bad, "is a replica"},
		"replica":        {is(model.ReplicaServer), away, probe.Good, ""},
		"no replica":     {is(model.ReplicaServer), home, probe.Bad, "is a primary"},
		"an answer":      {asks("select 1 + 1", "2"), home, probe.Good, ""},
		"slow":           {asks(slow, "1"), home, probe.Good, ""},
		"any answer":     {asks("select 1 where false", ""), home, probe.Good, ""},
		"another answer": {asks("select 3", "2"), home, probe.Bad, "another value"},
		"no answer":      {asks("select 1 where false", "2"), home, probe.Bad, "no row"},
		"an error":       {asks("select 1/0", ""), home, probe.Bad, "SQLSTATE 22012"},
		"a write":        {asks("create temp table x ()", ""), home, probe.Good, ""},
		"no write":       {asks("create table x ()", ""), away, probe.Bad, "25006"},
		"many rows":      {asks("select generate_series(1, 9999999)", "1"), home, probe.Good, ""},
		"a long value":   {asks("select repeat('x', 9999999)", "1"), home, probe.Bad, "as it should"},
		"not let in":     {is(model.AnyServer), first.address("hunter3"), probe.Untold, "28P01"},
		"not there":      {is(model.AnyServer), gone, probe.Bad, "refused"},
	} {
		t.Run(name, func(t *testing.T) { want(t, looker{}.look(t, c.probe, c.at), c.answer, c.why) })
	}
	first.must(t, "alter system set default_transaction_read_only = on", "select pg_reload_conf()")
	within(t, "it takes no writes", func() bool {
		got := looker{}.look(t, is(model.PrimaryServer), home)
		return got.Answer == probe.Bad && got.Why == "it takes no writes"
	})
	first.signal(syscall.SIGSTOP)
	got := quick.look(t, is(model.AnyServer), home)
	want(t, got, probe.Bad, "no answer within 300ms")
	if !got.Silent {
		t.Error("who hangs is silent")
	}
	first.signal(syscall.SIGCONT)
	within(t, "it goes on", func() bool {
		return looker{}.look(t, is(model.AnyServer), home).Answer == probe.Good
	})
}

// TestAQueryThatTakesTooLongIsCancelled leaves nothing running on the server.
func TestAQueryThatTakesTooLongIsCancelled(t *testing.T) {
	c := primary(t)
	p := server(model.AnyServer, "select pg_sleep(600)", "")
	got := looker{timeout: time.Second}.look(t, p, c.address(password))
	want(t, got, probe.Bad, "no answer within 1s")
	within(t, "it is cancelled", func() bool {
		got, err := c.ask("select count(*) from pg_stat_activity where query like '%sleep(600)' and " +
			"state = 'active' and pid <> pg_backend_pid()")
		return err == nil && got == "0"
	})
}

// TestAServerIsSentNoPasswordAsItIs meets one that asks for it, over a connection that anybody may
// listen to.
func TestAServerIsSentNoPasswordAsItIs(t *testing.T) {
	sent := make(chan []byte, 1)
	at := listening(t, func(conn net.Conn) {
		buffer := make([]byte, 4096)
		_, _ = conn.Read(buffer)
		const authentication = "R\x00\x00\x00\x08\x00\x00\x00\x03" // CleartextPassword
		_, _ = conn.Write([]byte(authentication))
		n, _ := conn.Read(buffer)
		sent <- buffer[:n]
	})
	p := model.Probe{Kind: model.PostgreSQLProbe, Target: "{at}"}
	link := "postgres://tester:" + password + "@" + at + "/postgres?sslmode=disable"
	got := looker{timeout: time.Second}.look(t, p, link)
	if got.Answer == probe.Good || strings.Contains(string(<-sent), password) {
		t.Error("the password was sent")
	}
}
