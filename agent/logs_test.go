package agent

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What raft repeats is said once a minute, of each agent that it is about, and all of it as detail.
func TestRaftRepeatsItselfInDetailOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo}))
		w := RaftLog(log)
		for i := range 600 { // Five minutes.
			for _, peer := range []string{"us-east-1", "eu-west-1"} {
				fmt.Fprintf(w, "08:59:55Z [ERROR] raft: failed to heartbeat to: peer=%s backoff time=%d\n",
					peer, i)
			}
			time.Sleep(500 * time.Millisecond)
		}
		for _, peer := range []string{"us-east-1", "eu-west-1"} {
			if got := strings.Count(out.String(), peer); got != 5 {
				t.Errorf("got %d lines about %s, want one a minute", got, peer)
			}
		}
		out.Reset()
		for range 3 {
			fmt.Fprintln(w, "2026-11-22T08:59:55Z [INFO] raft: election won")
		}
		if got := strings.Count(out.String(), "election won"); got != 3 {
			t.Errorf("got %d lines of what is no trouble, want all 3", got)
		}
	})
}
