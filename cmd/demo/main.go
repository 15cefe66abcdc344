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
	// seeds is how often the simulator plays the estate.
	seeds int
}

// Exit codes. That of a skip is automake's.
const (
	exitDone    = 0
	exitFailed  = 1
	exitMisused = 2
	exitSkipped = 77
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
	if err := flags.Parse(arguments); err != nil || flags.NArg() > 0 || o.seeds < 1 {
		fmt.Fprintln(complain, "demo: error: it takes flags alone, and at least one seed")
		return exitMisused
	}
	err := o.play(ctx, out)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSkipped) && os.Getenv("REDOUBT_TOOLS") != "required":
		fmt.Fprintf(out, "demo: %v\n", err)
		return exitSkipped
	}
	fmt.Fprintf(complain, "demo: error: %v\n", err)
	return exitFailed
}

// play plays one drill, in a folder of its own, and tells what came of it.
func (o options) play(ctx context.Context, out io.Writer) (err error) {
	if o.program, err = filepath.Abs(o.program); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "redoubt-demo-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	e := &estate{options: o, folder: folder}
	d := &drill{estate: e, out: out, began: time.Now()}
	d.result = result{
		Version: resultVersion, Scenario: "three-agents", Synchronous: o.synchronous, Wrong: []string{},
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
		return err
	}
	d.result.report(out)
	if o.json != "" {
		if err := d.result.write(o.json); err != nil {
			return err
		}
	}
	if len(d.result.Wrong) > 0 {
		return errors.New("something was seen that must not be")
	}
	return nil
}
