package execute

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt/failover"
)

// The codes with which a program says how it went. 75 is EX_TEMPFAIL of sysexits.h.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUnknown = 75
)

// Command has a program do steps. The program is told the order in its environment, as REDOUBT_ID,
// REDOUBT_STEP, REDOUBT_EPOCH and so on, and as a JSON object on its standard input. It exits with
// 0 when it is done, with 1 when all is as it was before, and with 75 when it cannot say; any other
// end says nothing either. What it prints last is kept for people.
type Command struct {
	Names Names
	// Program is the program and its arguments, which everybody on the machine can read.
	Program []string
	// Look is asked, with its arguments, whether an action was done: 0 says yes, 1 no. Where there is
	// none, a step that is done Once and may have been done cannot be told.
	Look []string
	// Environment is what the program sees beside PATH, HOME, LANG and the order, as "NAME=value".
	// What it says is not repeated in what is kept of the program's words.
	Environment []string
	// Dir is where it starts.
	Dir string
}

// Do has the program do an action.
func (c Command) Do(ctx context.Context, a failover.Action) Result {
	if a.Look && len(c.Look) > 0 {
		switch seen := c.run(ctx, c.Look, c.Names.OrderOf(a, Looking)); {
		case seen.Outcome != Failed:
			return seen
		case onlyLooks(a):
			return failed("it was not done: %s", seen.Why)
		}
	}
	if onlyLooks(a) {
		return unknown("no program says whether it was done")
	}
	return c.Tell(ctx, c.Names.OrderOf(a, Doing))
}

// Tell has the program hear of an order.
func (c Command) Tell(ctx context.Context, order Order) Result {
	result := c.run(ctx, c.Program, order)
	if result.Outcome == Done && order.Step == StepName(failover.Archive) && order.Moment == Doing {
		return counted(result)
	}
	return result
}

// countLine is what a program that archives prints: how many writes it has counted.
var countLine = regexp.MustCompile(`(?m)^\s*writes=(\d{1,20})\s*$`)

// counted reads how many writes an archive has counted. Without a number nobody would know of any
// loss.
func counted(result Result) Result {
	match := countLine.FindStringSubmatch(result.Why)
	if match == nil {
		return unknown("it printed no line writes=NUMBER: %s", result.Why)
	}
	count, err := strconv.ParseUint(match[1], 10, 64)
	if err != nil {
		return unknown("it printed %s", match[0])
	}
	result.Count = count
	return result
}

// linger is how long a program that was killed, or has ended and left its output to others, may
// keep it open.
const linger = time.Second

// run runs a program until it ends, or until the context does and with it all that the program has
// started.
func (c Command) run(ctx context.Context, program []string, order Order) Result {
	if len(program) == 0 {
		return failed("no program is named")
	}
	input, err := json.Marshal(order)
	if err != nil {
		return failed("%v", err)
	}
	if ctx.Err() != nil {
		return failed("the time was up before it began")
	}
	said := &tail{}
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Env, cmd.Dir = c.environment(order), c.Dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(input, '\n')), said, said
	cmd.WaitDelay = linger
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return failed("it does not start: %v", startError(err))
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		killGroup(cmd) // Somebody in it may have come after the kill that Wait has seen.
	}
	why := c.conceal(said.String())
	code := cmd.ProcessState.ExitCode()
	switch {
	case ctx.Err() != nil && code != exitDone:
		return unknown("it was killed at its time limit: %s", why)
	case err != nil && errors.Is(err, exec.ErrWaitDelay) && code == exitDone, code == exitDone:
		return Result{Outcome: Done, Why: why}
	case code == exitFailed:
		return Result{Outcome: Failed, Why: cmp.Or(why, "it says that it failed")}
	case code == exitUnknown:
		return Result{Outcome: Unknown, Why: cmp.Or(why, "it cannot say")}
	}
	return unknown("it ended with %s: %s", cmd.ProcessState, why)
}

// startError is why a program did not start, without its arguments.
func startError(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return err
}

// environment is all that the program sees of one.
func (c Command) environment(order Order) []string {
	var all []string
	for _, name := range []string{"PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE"} {
		if value, set := os.LookupEnv(name); set {
			all = append(all, name+"="+value)
		}
	}
	all = append(all, c.Environment...)
	for name, value := range map[string]string{
		"ID": order.ID, "MOMENT": string(order.Moment), "STEP": order.Step,
		"EPOCH": fmt.Sprint(order.Epoch), "INDEX": fmt.Sprint(order.Index),
		"ROUND": fmt.Sprint(order.Round), "TRIES": fmt.Sprint(order.Tries),
		"LOOK": fmt.Sprint(order.Look), "PART": order.Part, "STORE": order.Store,
		"REGION": order.Region, "SUBJECT": order.Subject, "TARGET": order.Target,
		"SHARE": fmt.Sprint(order.Share),
	} {
		all = append(all, "REDOUBT_"+name+"="+value)
	}
	slices.Sort(all)
	return all
}

// concealed is the least length of a value that is looked for in a program's words: shorter ones
// are no secrets, and occur everywhere.
const concealed = 6

// conceal takes the values of the configured environment out of a program's words.
func (c Command) conceal(text string) string {
	for _, entry := range c.Environment {
		if _, value, _ := strings.Cut(entry, "="); len(value) >= concealed {
			text = strings.ReplaceAll(text, value, "[hidden]")
		}
	}
	return strings.TrimSpace(text)
}

// tail keeps the end of what is written to it.
type tail struct {
	kept []byte
	lost bool
}

// tailMax is how much is kept, in bytes.
const tailMax = whyMax / 2

// Write takes everything, and forgets what is too old.
func (t *tail) Write(data []byte) (int, error) {
	t.lost = t.lost || len(data) > tailMax
	t.kept = append(t.kept, data[max(0, len(data)-tailMax):]...)
	if over := len(t.kept) - tailMax; over > 0 {
		t.kept, t.lost = append(t.kept[:0], t.kept[over:]...), true
	}
	return len(data), nil
}

// String is what was kept.
func (t *tail) String() string {
	if t.lost {
		return "... " + strings.ToValidUTF8(string(t.kept), "")
	}
	return string(t.kept)
}
