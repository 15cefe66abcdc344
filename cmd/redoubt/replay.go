package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redoubt/api"
	"redoubt/chain"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// logMax bounds a file of a log in bytes: eight times the size at which an agent begins another.
const logMax = 64 << 20

// replayLong is the help of replay.
const replayLong = "replay runs the log of live agents through the code that decides, event by\n" +
	"event, as it was decided then: each under the policy and the rules that were in force. It\n" +
	"shows what each one changed, and holds every state against the hash that the log has of it,\n" +
	"and every step against the safety rules. At the first difference it says what and where, and\n" +
	"exits with 1.\n\n" +
	"A log has no names: --scenario gives those of the scenario that the agents had. Of several\n" +
	"files, or of all in a folder, each has to go on where the one before has ended: one that\n" +
	"begins with another state ends the replay with 1, since entries are missing in between. An\n" +
	"agent that was away for long leaves such a gap; with --gaps the replay says so and goes on.\n\n" +
	"Each file also says which one it follows, and the folder's head which is the last: one that\n" +
	"is missing, was changed or cut short, or is of another archive, ends the replay with 1. The\n" +
	"oldest files may have been moved away."

func replayCommand() *cobra.Command {
	var scenario string
	var changes, gaps bool
	cmd := &cobra.Command{
		Use:   "replay LOG...",
		Short: "Run the log of live agents through the code that decides, and compare each state",
		Long:  replayLong,
		Example: "  redoubt replay archive --scenario estate.toml\n" +
			"  redoubt replay events.log --changes --output json",
		Args: cobra.ArbitraryArgs,
	}
	output := addOutput(cmd)
	cmd.Flags().StringVar(&scenario, "scenario", "", "the scenario whose names are written")
	cmd.Flags().BoolVar(&changes, "changes", false, "leave out the events that change nothing shown")
	cmd.Flags().BoolVar(&gaps, "gaps", false, "go on where entries are missing between two files")
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		if len(arguments) == 0 {
			return misused("run 'redoubt replay --help'", "redoubt replay needs a log, or a folder of them")
		}
		view := replayView{names: nameless(), changes: changes, mayGap: gaps}
		if scenario != "" {
			read, err := loadScenario(scenario)
			if err != nil {
				return err
			}
			view.names = failover.NamesOf(read)
		}
		files, err := logFiles(arguments)
		if err != nil {
			return err
		}
		failed, err := view.replayAll(files)
		if err == nil && failed == nil {
			failed = view.heads(arguments)
		}
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		return errors.Join(writeResult(cmd.OutOrStdout(), output.value, &view), failed)
	}
	return cmd
}

// logFiles are the logs that arguments name, those of a folder in the order of their names.
func logFiles(arguments []string) (files []string, err error) {
	for _, name := range arguments {
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, misused("", "there is no file %s", name)
		case err != nil:
			return nil, fmt.Errorf("read the log: %w", err)
		case !info.IsDir():
			files = append(files, name)
			continue
		}
		inside, err := filepath.Glob(filepath.Join(name, "*.log"))
		if err != nil || len(inside) == 0 {
			return nil, misused("", "there is no log in %s", name)
		}
		files = append(files, inside...)
	}
	return files, nil
}

// nameless are the names of regions and stores that have none.
func nameless() failover.Names {
	return failover.Names{
		Region: func(r model.RegionID) string {
			if !r.Valid() {
				return "none"
			}
			return "region " + strconv.Itoa(int(r))
		},
		Store: func(i model.StoreID) string { return "store " + strconv.Itoa(int(i)) },
	}
}

// replayed is one event, told.
type replayed struct {
	// Index is the entry's in the agents' log, or its place in the file where that is not known.
	Index     uint64   `json:"index"`
	AtSeconds number   `json:"at_seconds"`
	Wall      string   `json:"wall,omitempty"`
	Event     string   `json:"event"`
	Who       string   `json:"who,omitempty"`
	Why       string   `json:"why,omitempty"`
	Changed   []string `json:"changed"`
	// Hash is that of the state after the event, and HashOK says that the log has the same; it is
	// null where the log has none.
	Hash   string `json:"state_hash"`
	HashOK *bool  `json:"hash_ok"`
	// Broken is the first safety rule that the event broke.
	Broken string `json:"broken,omitempty"`

	at time.Duration
}

// replayView shows a log as it was replayed.
type replayView struct {
	names   failover.Names
	changes bool
	// mayGap says that entries may be missing between two files, and gaps are where they are.
	mayGap bool
	gaps   []string
	// walk follows the files by their links, and missing are the files that it does not find.
	walk    chain.Walk
	missing []string

	rows   []replayed
	events int
	hashed int
	state  failover.State
	// index is that of the last entry, files how many were replayed to their end, and fresh says that
	// the next entry is the first of its file.
	index uint64
	files int
	fresh bool
	// broken is the first safety rule that was broken, and where; failed is why the replay ended.
	broken error
	failed error
}

// replayAll runs the files of a log, and returns the first difference; err is why one is not read.
func (v *replayView) replayAll(files []string) (failed, err error) {
	for _, file := range files {
		data, err := scenarios.ReadFile(file, logMax)
		if err != nil {
			return nil, err
		}
		if failed = v.tied(v.walk.Next(filepath.Base(file), data)); failed != nil {
			return failed, nil
		}
		if failed = v.replay(data); failed != nil {
			return fmt.Errorf("%s: %w", file, failed), nil
		}
	}
	return nil, nil
}

// heads holds the folders among some arguments against their heads, where they have one.
func (v *replayView) heads(arguments []string) error {
	for _, folder := range arguments {
		if err := v.tied(chain.CheckHead(folder)); err != nil {
			return err
		}
	}
	return nil
}

// tied takes what was found of how files follow each other: with --gaps one may be missing.
func (v *replayView) tied(found error) error {
	var fault *chain.Fault
	if errors.As(found, &fault) && fault.Gone && v.mayGap {
		v.missing = append(v.missing, fault.What)
		return nil
	}
	if v.failed = found; fault != nil && fault.Gone {
		return fmt.Errorf("%w (--gaps goes on)", found)
	}
	return found
}

// replay runs the log, and returns the first difference, if there is one.
func (v *replayView) replay(data []byte) error {
	v.names.Time = func(at failover.Instant) string { return clock(time.Duration(at)) }
	v.fresh = true
	state, err := failover.ReplayEach(data, v.see)
	if err == nil && v.fresh { // It has a base and no entry.
		err = v.follows(&state, 0)
	}
	v.state = state
	v.files++
	var diverged *failover.HashError
	if errors.As(err, &diverged) && len(v.rows) > 0 {
		v.rows[len(v.rows)-1].HashOK = new(bool)
	}
	if v.broken != nil {
		err = v.broken // It comes before whatever ended the replay.
	}
	v.failed = err
	return err
}

// see tells one event, unless a difference was found before it.
func (v *replayView) see(r *failover.Replayed) {
	if v.broken != nil {
		return
	}
	v.events++
	at := time.Duration(r.After.Now)
	row := replayed{
		Index: uint64(v.events), at: at, AtSeconds: seconds(at),
		Event:   api.EventText(r.Event, r.Before, v.names),
		Changed: api.Changed(r.Policy, r.Event, r.Before, r.After, r.Did, v.names),
		Hash:    r.After.Hash().String(),
	}
	if r.Note != nil {
		row.Index, row.Who, row.Why = r.Note.Index, r.Note.Who, r.Note.Why
		row.Wall = time.Unix(0, r.Note.Wall).UTC().Format(time.RFC3339Nano)
	}
	if row.Who == "" { // Nobody's name is known.
		row.Event += api.PersonText(r.Event)
	}
	if r.Hashed {
		v.hashed++
		agreed := true
		row.HashOK = &agreed
	}
	err := r.Policy.CheckStep(r.Before, r.Event, r.After, r.Did)
	if v.fresh {
		err = errors.Join(v.follows(r.Before, row.Index), err)
	}
	if err != nil {
		row.Broken = err.Error()
		v.broken = &failover.LogError{Offset: r.Offset, Err: err}
	}
	v.fresh, v.index = false, row.Index
	if !v.changes || len(row.Changed) > 0 || row.Broken != "" {
		v.rows = append(v.rows, row)
	}
}

// follows holds the state that a file begins with against the one that the file before has ended
// in. The indexes alone do not tell that entries are missing, since Raft has entries of its own;
// that none are missing they do tell. An index of 0 is not known.
func (v *replayView) follows(begin *failover.State, index uint64) error {
	if v.files == 0 || begin.Hash() == v.state.Hash() {
		return nil
	}
	if index != 0 && index <= v.index+1 {
		return fmt.Errorf("the file begins with entry %d and another state than the one before has "+
			"ended in, with entry %d", index, v.index)
	}
	gap := fmt.Sprintf("between entry %d and entry %d", v.index, index)
	if index == 0 {
		gap = fmt.Sprintf("after entry %d", v.index)
	}
	if v.gaps = append(v.gaps, gap); v.mayGap {
		return nil
	}
	return fmt.Errorf("entries are missing %s: the file begins with another state than the one "+
		"before has ended in (--gaps goes on)", gap)
}

func (v *replayView) document() *document {
	d := &document{}
	t := newTable("entry", "<time", "<event", "<what changed", "<hash")
	for i := range v.rows {
		row := &v.rows[i]
		changed := row.Changed
		if row.Broken != "" {
			changed = append([]string{row.Broken}, changed...)
		}
		first := ""
		if len(changed) > 0 {
			first = changed[0]
		}
		t.row(strconv.FormatUint(row.Index, 10), clock(row.at), row.told(), first, row.hash())
		for _, more := range changed[min(1, len(changed)):] {
			t.row("", "", "", more, "")
		}
	}
	d.table(t)
	d.paragraph("%s", v.conclusion())
	return d
}

// conclusion says what came of the replay.
func (v *replayView) conclusion() string {
	text := fmt.Sprintf("%s, %d with the hash of the state that followed", plural(v.events, "event"),
		v.hashed)
	if v.failed != nil {
		return text + ", up to the first difference."
	}
	if len(v.gaps) > 0 {
		text += "; others are missing " + strings.Join(v.gaps, ", and ")
	}
	text = fmt.Sprintf("%s. They lead to the state %s: %s, epoch %d.", text, v.state.Hash().Short(),
		v.names.Region(v.state.Primary), v.state.Epoch)
	for _, what := range v.missing {
		text += " " + what + "."
	}
	if v.walk.Earlier != "" {
		text += " What came before is not here: " + v.walk.Earlier + "."
	}
	if v.walk.Unlinked > 0 && v.files > 1 {
		text += fmt.Sprintf(" In %s nothing says which one it follows, as in all from before such "+
			"links: that none is missing in between shows by the states alone.",
			plural(v.walk.Unlinked, "file"))
	}
	return text
}

// told is the event with who ordered it and why.
func (r *replayed) told() string {
	switch {
	case r.Who != "" && r.Why != "":
		return fmt.Sprintf("%s (%s: %s)", r.Event, r.Who, r.Why)
	case r.Who+r.Why != "":
		return fmt.Sprintf("%s (%s)", r.Event, r.Who+r.Why)
	}
	return r.Event
}

// hash says whether the state agrees with the log.
func (r *replayed) hash() string {
	switch {
	case r.HashOK == nil:
		return none
	case *r.HashOK:
		return "ok"
	}
	return "differs"
}

func (v *replayView) structure() any {
	difference := ""
	if v.failed != nil {
		difference = v.failed.Error()
	}
	return struct {
		SchemaVersion int        `json:"schema_version"`
		Events        []replayed `json:"events"`
		Count         int        `json:"events_replayed"`
		Hashed        int        `json:"hashes_compared"`
		Gaps          []string   `json:"gaps,omitempty"`
		Missing       []string   `json:"missing_files,omitempty"`
		Earlier       string     `json:"earlier_files,omitempty"`
		Unlinked      int        `json:"unlinked_files,omitempty"`
		StateHash     string     `json:"state_hash"`
		Difference    string     `json:"difference,omitempty"`
	}{
		schemaVersion, v.rows, v.events, v.hashed, v.gaps, v.missing, v.walk.Earlier, v.walk.Unlinked,
		v.state.Hash().String(), difference,
	}
}

func (v *replayView) records() [][]string {
	rows := [][]string{{"index", "at_seconds", "wall", "event", "who", "why", "changed", "hash"}}
	for i := range v.rows {
		row := &v.rows[i]
		changed := ""
		for j, what := range row.Changed {
			if j > 0 {
				changed += "; "
			}
			changed += what
		}
		rows = append(rows, []string{
			strconv.FormatUint(row.Index, 10), row.AtSeconds.String(), row.Wall, row.Event, row.Who, row.Why,
			changed, row.hash(),
		})
	}
	return rows
}
