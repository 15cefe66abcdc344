package execute

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
)

// TestAProgramSaysHowItWent by how it ends.
func TestAProgramSaysHowItWent(t *testing.T) {
	for text, outcome := range map[string]Outcome{
		"echo fine": Done, "echo no; exit 1": Failed, "exit 75": Unknown, "exit 2": Unknown,
		"kill -9 $$": Unknown, "exit 126": Unknown,
	} {
		c := Command{Names: shop, Program: script(t, text)}
		want(t, c.Do(t.Context(), promotion(5)), outcome, "")
	}
	c := Command{Names: shop, Program: []string{"/no/such/program", "--token", "hush-hush"}}
	got := c.Do(t.Context(), promotion(5))
	want(t, got, Failed, "/no/such/program")
	if contains(got.Why, "hush") {
		t.Errorf("got %q, want no argument", got.Why)
	}
}

// TestAProgramIsToldTheOrder in its environment and on its standard input, and no more than that.
func TestAProgramIsToldTheOrder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("AGENT_SECRET", "hush")
	c := Command{
		Names: shop, Dir: dir, Environment: []string{"TOKEN=of-this-program"},
		Program: script(t, "cat > told; env > environment; echo token $TOKEN"),
	}
	action := promotion(5)
	action.Round, action.Look = 2, true
	want(t, c.Do(t.Context(), action), Done, "token [hidden]")
	var order Order
	text, err := os.ReadFile(filepath.Join(dir, "told"))
	if err != nil || json.Unmarshal(text, &order) != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if order != (Order{ID: "5.3", Moment: Doing, Step: "promote", Epoch: 5, Index: 3, Round: 2,
		Look: true, Part: "region", Store: "orders", Region: "oslo", Subject: "paris",
		Target: "oslo"}) {
		t.Errorf("got %+v", order)
	}
	environment, err := os.ReadFile(filepath.Join(dir, "environment"))
	for _, line := range []string{
		"REDOUBT_ID=5.3", "REDOUBT_STEP=promote", "REDOUBT_STORE=orders", "REDOUBT_EPOCH=5",
		"REDOUBT_ROUND=2", "REDOUBT_LOOK=true", "TOKEN=of-this-program",
	} {
		if err != nil || !contains("\n"+string(environment), "\n"+line+"\n") {
			t.Errorf("no %s in %s", line, environment)
		}
	}
	if contains(string(environment), "hush") {
		t.Error("a program sees what is the agent's own")
	}
}

// TestALostReplyIsFoundAgain has a program act and end without a word, and its look find that.
func TestALostReplyIsFoundAgain(t *testing.T) {
	dir := t.TempDir()
	c := Command{
		Names: shop, Dir: dir, Program: script(t, "echo x >> acted; kill -9 $$"),
		Look: script(t, `test "$REDOUBT_MOMENT" = look || exit 75; test -e acted || exit 1`),
	}
	want(t, c.Do(t.Context(), notice(5, true)), Failed, "it was not done")
	want(t, c.Do(t.Context(), notice(5, false)), Unknown, "")
	want(t, c.Do(t.Context(), notice(5, true)), Done, "")
	repeated := promotion(5)
	repeated.Look = true
	want(t, c.Do(t.Context(), repeated), Done, "") // What was done is not begun again.
	if text, err := os.ReadFile(filepath.Join(dir, "acted")); err != nil || string(text) != "x\n" {
		t.Errorf("got %q and %v, want it done once", text, err)
	}
	c.Look = nil
	want(t, c.Do(t.Context(), notice(5, true)), Unknown, "no program says")
}

// TestAProgramThatHangsIsKilled with all that it has started.
func TestAProgramThatHangsIsKilled(t *testing.T) {
	dir := t.TempDir()
	c := Command{Names: shop, Dir: dir, Program: script(t,
		"(while :; do echo x >> alive; sleep 0.02; done) & wait")}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	go func() { // Its time is up once it has started something, however long that takes.
		defer end()
		for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(5 * time.Millisecond) {
			if _, err := os.Stat(filepath.Join(dir, "alive")); err == nil {
				return
			}
		}
	}()
	want(t, c.Do(ctx, promotion(5)), Unknown, "killed")
	before, err := os.Stat(filepath.Join(dir, "alive"))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	after, err := os.Stat(filepath.Join(dir, "alive"))
	if err != nil || after.Size() != before.Size() {
		t.Error("what a program has started goes on")
	}
	want(t, c.Do(ctx, promotion(5)), Failed, "the time was up")
}

// TestOutputIsBounded keeps the end of what a program prints.
func TestOutputIsBounded(t *testing.T) {
	c := Command{Names: shop, Program: script(t,
		"i=0; while [ $i -lt 400 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); "+
			"done; echo the end")}
	got := c.Do(t.Context(), promotion(5))
	want(t, got, Done, "the end")
	if len(got.Why) > tailMax+8 || !strings.HasPrefix(got.Why, "... ") {
		t.Errorf("got %d bytes", len(got.Why))
	}
}

// TestAProgramThatArchivesCounts or nobody would know of a loss.
func TestAProgramThatArchivesCounts(t *testing.T) {
	action := promotion(5)
	action.Step = failover.Archive
	c := Command{Names: shop, Program: script(t, "echo kept; echo writes=67")}
	if got := c.Do(t.Context(), action); got.Outcome != Done || got.Count != 67 {
		t.Errorf("got %+v", got)
	}
	c.Program = script(t, "echo kept")
	want(t, c.Do(t.Context(), action), Unknown, "no line writes=NUMBER")
}
