package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

const estateFile = "../../examples/three-agents/estate.toml"

// TestTheEstateSaysWhatTheDemoDoes holds the file that the simulator plays to what is done for
// real.
func TestTheEstateSaysWhatTheDemoDoes(t *testing.T) {
	text, err := os.ReadFile(estateFile)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Read(estateFile, text)
	if err != nil {
		t.Fatal(err)
	}
	for r, region := range s.Regions {
		if region.Name != regionNames[r] || region.Witness != (r == witness) {
			t.Errorf("got the region %+v, want %s", region, regionNames[r])
		}
	}
	if len(s.Stores) != 1 || s.Stores[0].Name != storeName || !s.Stores[0].Guarded {
		t.Errorf("got the stores %+v, want %s with a guard", s.Stores, storeName)
	}
	if s.Routing.TTL != serviceTTL || s.Routing.Clients != model.Idealised {
		t.Errorf("got %+v, want clients that go by a TTL of %v", s.Routing, serviceTTL)
	}
	if perSecond := 1 / writeEvery.Seconds(); s.Traffic.RequestsPerSecond != perSecond ||
		s.Traffic.WriteShare != 1 {
		t.Errorf("got %+v, want %v writes a second", s.Traffic, perSecond)
	}
	if _, known := s.Strategy(model.HotStandby); !known || model.HotStandby.String() != strategy {
		t.Errorf("the estate has no %s", strategy)
	}
	for _, line := range []string{`lag = "40ms"`, `kind = "region-loss"`, `region = "east"`} {
		if strings.Count(string(text), "\n"+line+"\n") != 1 {
			t.Errorf("the estate has no line, or several, with %s", line)
		}
	}
	if strings.Count(string(text), " = "+promotionSaid+"\n") != 2 {
		t.Errorf("the estate does not say %s of a promotion and of a switchover", promotionSaid)
	}
	if relayDelay != 40*time.Millisecond {
		t.Errorf("the relay holds things for %v, and the estate says 40ms", relayDelay)
	}
}

// TestARelayHoldsWhatComesFromTheServer and loses it when its region is lost.
func TestARelayHoldsWhatComesFromTheServer(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		for conn, err := server.Accept(); err == nil; conn, err = server.Accept() {
			go func() { _, _ = io.Copy(conn, conn) }()
		}
	}()
	const delay = 200 * time.Millisecond
	r, err := openRelay(server.Addr().String(), delay)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	conn, err := net.Dial("tcp", local(r.port()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent, buffer := time.Now(), make([]byte, 9)
	for _, word := range []string{"one", "two"} {
		if _, err := conn.Write([]byte(word)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, buffer[:3]); err != nil || string(buffer[:3]) != word {
			t.Fatalf("got %q and %v", buffer[:3], err)
		}
	}
	if took := time.Since(sent); took < 2*delay {
		t.Errorf("two answers took %v, want %v each", took, delay)
	}
	far, err := openRelay(server.Addr().String(), time.Hour) // However long the machine stands still.
	if err != nil {
		t.Fatal(err)
	}
	defer far.close()
	afar, err := net.Dial("tcp", local(far.port()))
	if err != nil {
		t.Fatal(err)
	}
	defer afar.Close()
	if _, err := afar.Write([]byte("lost")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(delay / 4) // It is under way, and comes back only later.
	r.sever()
	far.sever()
	for _, end := range []net.Conn{conn, afar} {
		if n, err := end.Read(buffer); err == nil {
			t.Errorf("got %q from a region that is lost", buffer[:n])
		}
	}
	r.mend()
	again, err := net.Dial("tcp", local(r.port()))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Write([]byte("back")); err != nil {
		t.Fatal(err)
	}
	if n, err := again.Read(buffer); err != nil || string(buffer[:n]) != "back" {
		t.Errorf("got %q and %v", buffer[:n], err)
	}
}

// TestALostRegionRefusesNobody has its addresses take connections, and say nothing.
func TestALostRegionRefusesNobody(t *testing.T) {
	ports, err := freePorts(1, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s, err := keepSilent(local(ports[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	conn, err := net.Dial("tcp", local(ports[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const while = 100 * time.Millisecond
	if err := conn.SetReadDeadline(time.Now().Add(while)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); !os.IsTimeout(err) {
		t.Errorf("got %d bytes and %v, want nothing", n, err)
	}
	if _, err := keepSilent(local(ports[0])); err == nil {
		t.Error("an address was taken twice")
	}
	s.close()
	if conn, err := net.Dial("tcp", local(ports[0])); err == nil {
		_ = conn.Close()
		t.Error("an address is taken that was given back")
	}
}

// needed skips a test for what is missing, or fails where all tools have to be there.
func needed(t *testing.T, missing error) {
	t.Helper()
	if os.Getenv("REDOUBT_TOOLS") == "required" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}

// TestWhoIsDoomedIsGone has a process, and one that it has started, end at once.
func TestWhoIsDoomedIsGone(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		needed(t, fmt.Errorf("nothing tells processes here: %w", err))
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		needed(t, err)
	}
	log := t.TempDir() + "/log"
	p, err := start("a shell", log, shell, "-c", "sleep 600 & echo started; wait")
	if err != nil {
		t.Fatal(err)
	}
	err = await(t.Context(), "it has started another one", time.Minute,
		func(context.Context) error {
			if d := doom(p); len(d.pids) < 2 {
				return fmt.Errorf("got %v", d.pids)
			}
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	d := doom(p)
	d.kill()
	d.wait()
	for _, pid := range d.pids {
		if exists(pid) {
			t.Errorf("process %d lives", pid)
		}
	}
	if p.runs() {
		t.Error("a process runs that was killed")
	}
}
