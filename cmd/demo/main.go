package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are what a run is told.
type options struct {
	// program is redoubt, scenario the estate, json where the result goes.
	program, scenario, json string
	// synchronous has the primary acknowledge what its copy has applied alone, failback the writes go
	// home in the end, and keep the folder stay.
	synchronous, failback, keep bool
	// seeds is how often the simulator plays the estate, and runs how often it is played for real.
	seeds, runs int
	// results is a folder with what several runs have said and measured, and document a text whose
	// parts are written from that.
	results, document string
}

// Exit codes. That of a skip is automake's; that of a run outside of what was predicted is
// redoubt's own for what ran and missed its objective; and a run that no prediction judges has
// neither passed nor failed.
const (
	exitDone     = 0
	exitFailed   = 1
	exitMisused  = 2
	exitOutside  = 3
	exitUnjudged = 4
	exitSkipped  = 77
)

// What a run may be that was as it must be: not as it was predicted, or predicted by too few runs.
var (
	errOutside  = errors.New("what was measured lies outside of what was predicted")
	errUnjudged = errors.New("the simulated runs are too few to judge by")
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs the demo, and gives its exit code.
func run(ctx context.Context, arguments []string, out, complain io.Writer) int {
	var o options
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(complain)
	flags.StringVar(&o.program, "redoubt", "bin/redoubt", "the program that is tried")
	flags.StringVar(&o.scenario, "estate", "examples/three-agents/estate.toml", "the estate")
	flags.StringVar(&o.json, "json", "", "write what was measured to this file")
	flags.BoolVar(&o.synchronous, "synchronous", false,
		"acknowledge what the copy has applied, and nothing else")
	flags.BoolVar(&o.failback, "failback", true, "bring the writes home in the end")
	flags.BoolVar(&o.keep, "keep", false, "leave the folder with everything in it")
	flags.IntVar(&o.seeds, "seeds", 300, "how often the simulator plays the estate")
	flags.IntVar(&o.runs, "runs", 1, "how often the region is lost, each time in a new estate")
	flags.StringVar(&o.results, "results", "", "leave in this folder what each run measures and says")
	flags.StringVar(&o.document, "document", "",
		"run nothing: write the parts of this text anew, from --results")
	if err := flags.Parse(arguments); err != nil || flags.NArg() > 0 || o.seeds < 1 || o.runs < 1 ||
		o.document != "" && o.results == "" {
		fmt.Fprintln(complain, "demo: error: it takes flags alone, at least one seed and one run, and "+
			"--results with --document")
		return exitMisused
	}
	err := o.do(ctx, out)
	code := codeOf(err, os.Getenv("REDOUBT_TOOLS") == "required")
	switch code {
	case exitDone:
	case exitSkipped:
		fmt.Fprintf(out, "demo: %v\n", err)
	default:
		fmt.Fprintf(complain, "demo: error: %v\n", err)
	}
	return code
}

// codeOf is the exit code for what came of it all, where tools may be missing or not.
func codeOf(err error, required bool) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSkipped) && !required:
		return exitSkipped
	case errors.Is(err, errOutside):
		return exitOutside
	case errors.Is(err, errUnjudged):
		return exitUnjudged
	}
	return exitFailed
}

// do does what was asked for. Of several runs one that fails is told, and the next ones are played.
func (o options) do(ctx context.Context, out io.Writer) (err error) {
	if o.document != "" {
		return document(o.document, o.results)
	}
	if o.program, err = filepath.Abs(o.program); err != nil {
		return err
	}
	if o.results == "" && o.runs == 1 {
		return o.play(ctx, out)
	}
	if err := os.MkdirAll(o.results, 0o755); err != nil {
		return fmt.Errorf("make the folder of the results: %w", err)
	}
	var problems []error
	for run := 1; run <= o.runs && ctx.Err() == nil; run++ {
		var said strings.Builder
		o.json = o.resultFile(run, "json")
		problem := o.play(ctx, io.MultiWriter(out, &said))
		if errors.Is(problem, errSkipped) {
			return problem
		}
		if err := os.WriteFile(o.resultFile(run, "txt"), []byte(said.String()), 0o644); err != nil {
			return fmt.Errorf("keep what a run has said: %w", err)
		}
		if problem != nil {
			problems = append(problems, fmt.Errorf("run %d: %w", run, problem))
		}
	}
	return worst(problems)
}

// worst are the problems of several runs: those that have failed, or where none has, those that lie
// outside of what was predicted or were not judged.
func worst(problems []error) error {
	failed := slices.DeleteFunc(slices.Clone(problems), func(err error) bool {
		return errors.Is(err, errOutside) || errors.Is(err, errUnjudged)
	})
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	return errors.Join(problems...)
}

// play plays one drill, in a folder of its own, and tells what came of it.
func (o options) play(ctx context.Context, out io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "redoubt-demo-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	e := &estate{options: o, folder: folder}
	d := &drill{estate: e, out: out, began: time.Now(), pulse: &pulse{}}
	beats, still := context.WithCancel(ctx)
	defer still()
	go d.pulse.run(beats)
	d.result = result{
		Version: resultVersion, Scenario: "three-agents", Synchronous: o.synchronous,
		Wrong: []string{}, Outside: []string{},
	}
	defer func() {
		e.end()
		if o.keep {
			fmt.Fprintf(out, "Everything is in %s.\n", folder)
			return
		}
		err = errors.Join(err, os.RemoveAll(folder))
	}()
	if err := d.run(ctx); err != nil {
		for _, wrong := range d.result.Wrong {
			err = errors.Join(err, errors.New(wrong))
		}
		if ctx.Err() == nil && !errors.Is(err, errSkipped) {
			err = errors.Join(err, d.pulse.since(d.began).blame())
		}
		return err
	}
	d.result.report(out)
	if o.json != "" {
		if err := d.result.write(o.json); err != nil {
			return err
		}
	}
	return d.result.verdict()
}
