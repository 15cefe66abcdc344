package main

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/scenarios"
)

// An agent that cannot be started has those that run already be ended, and waited for.
func TestAgentsEndWithOneThatCannotStart(t *testing.T) {
	first := exec.Command("/bin/sh", "-c", "exec sleep 60")
	second := exec.Command(filepath.Join(t.TempDir(), "nothing"))
	begin := time.Now()
	err := runAgents(t.Context(), []string{"one", "two"}, []*exec.Cmd{first, second},
		&linesOut{w: &shared{}}, func() { t.Error("all have started") })
	if err == nil || !strings.Contains(err.Error(), "start the agent of two") {
		t.Errorf("got %v, want the one that cannot be started", err)
	}
	if took := time.Since(begin); first.ProcessState == nil || took > 9*time.Second {
		t.Errorf("the first one has ended as %v after %s", first.ProcessState, took)
	}
}

// A port that somebody has over UDP is not free: gossip and DNS need it.
func TestPortsAreTriedOverUDP(t *testing.T) {
	s, err := scenarios.Read("dev.toml", devScenario)
	if err != nil {
		t.Fatal(err)
	}
	port := freePorts(t)
	taken, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port+devGossip+devStep))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = devFiles(t.TempDir(), port, s)
	if err == nil || !strings.Contains(err.Error(), "eu-west-1") {
		t.Errorf("got %v, want the agent of eu-west-1 to find its port taken", err)
	}
}

// Who ends one agent the gentle way, as kill does, wants to see what the others do.
func TestAnAgentThatIsEndedStaysAway(t *testing.T) {
	gentle := exec.Command("/bin/sh", "-c", "echo redoubt: error: interrupted; exit 130")
	fails := exec.Command("/bin/sh", "-c", "sleep 0.5; exit 1")
	out := &shared{}
	err := runAgents(t.Context(), []string{"one", "two"}, []*exec.Cmd{gentle, fails},
		&linesOut{w: out}, func() {})
	if err == nil || !strings.Contains(err.Error(), "the agent of two has ended") {
		t.Errorf("got %v, want the one that has failed", err)
	}
	if text := out.text(); !strings.Contains(text, "the process is gone") ||
		strings.Contains(text, "interrupted") {
		t.Errorf("got %q, want one to be gone", text)
	}
}

// TestTheGuideOfDevNamesWhatIsNeeded reads its commands: each has the address and the token that it
// takes, in whichever terminal it is run. Why nothing fails over is said.
func TestTheGuideOfDevNamesWhatIsNeeded(t *testing.T) {
	text := devGuide("/folder", 7000, []string{"one", "two"}, []int{11, 12}, "redoubt agent --again")
	for _, want := range []string{
		"one              process 11       API 127.0.0.1:7002  DNS 127.0.0.1:7003",
		"REDOUBT_ADDRESS=127.0.0.1:7002 REDOUBT_TOKEN_FILE=/folder/keys/operator.token\n",
		"redoubt tui --connect 127.0.0.1:7002,127.0.0.1:7012 --token-file /folder/keys/operator.token\n",
		"(REDOUBT_ADDRESS=127.0.0.1:7012, and\ndig -p 7013)", "  redoubt agent --again\n",
		":evacuate us-east-1", "none is primary",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
	}
	if strings.Contains(text, "%!") {
		t.Errorf("got\n%s\nwhere a word has no value", text)
	}
}
