//go:build linux

package chaos

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/api"
)

// wellLimit is how long an estate may take to be well once nothing is broken any more: two
// elections, a lease, a failover, and a copy that is made anew, on a slow machine.
const wellLimit = 2 * time.Minute

// poller asks the agents all the time what they have applied.
type poller struct {
	stop  chan struct{}
	group sync.WaitGroup

	mu sync.Mutex
	// latest is what each agent said last, and index and epoch the highest that it has said.
	latest [most]api.Status
	index  [most]uint64
	epoch  [most]uint32
	wrong  []string
}

func startPoller(e *estate) *poller {
	p := &poller{stop: make(chan struct{})}
	for r := range regions {
		p.group.Go(func() {
			for {
				select {
				case <-p.stop:
					return
				case <-time.After(200 * time.Millisecond):
				}
				ctx, end := context.WithTimeout(context.Background(), 2*time.Second)
				starts := e.agents[r].starts.Load()
				status, err := e.clients[r].Status(ctx)
				end()
				if err == nil {
					p.take(r, &status, starts == e.agents[r].starts.Load())
				}
			}
		})
	}
	return p
}

func (p *poller) end() {
	close(p.stop)
	p.group.Wait()
}

// take holds what an agent says against what it has said before. One that was started anew begins
// behind, and catches up.
func (p *poller) take(r int, s *api.Status, same bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := &p.latest[r]
	if same && s.Index >= before.Index && s.Epoch < before.Epoch {
		p.wrong = append(p.wrong, fmt.Sprintf("%s: epoch %d at entry %d came after epoch %d at entry %d",
			names[r], s.Epoch, s.Index, before.Epoch, before.Index))
	}
	p.latest[r] = *s
	p.index[r], p.epoch[r] = max(p.index[r], s.Index), max(p.epoch[r], s.Epoch)
}

// status is what an agent says, or nil.
func (e *estate) status(r int) *api.Status {
	ctx, end := context.WithTimeout(context.Background(), 3*time.Second)
	defer end()
	status, err := e.clients[r].Status(ctx)
	if err != nil {
		return nil
	}
	return &status
}

// any is what some agent says that follows a leader, the one that has applied most.
func (e *estate) any() *api.Status {
	var best *api.Status
	for r := range regions {
		if s := e.status(r); s != nil && (best == nil || s.Index > best.Index) {
			best = s
		}
	}
	return best
}

// regionOf is the number of a region.
func regionOf(name string) int { return slices.Index(names[:], name) }

// ailment says what keeps an estate from being well, or nothing.
func (e *estate) ailment() string {
	var first *api.Status
	for r := range regions {
		s := e.status(r)
		switch {
		case s == nil:
			return "the agent of " + names[r] + " does not answer"
		case s.Halted != "":
			return fmt.Sprintf("the agent of %s has halted: %s", names[r], s.Halted)
		case s.Unkept != "":
			return fmt.Sprintf("the archive of %s is not written: %s", names[r], s.Unkept)
		case s.Leader == "" || first != nil && s.Leader != first.Leader:
			return fmt.Sprintf("the agent of %s follows %q", names[r], s.Leader)
		case s.Plan != nil:
			return fmt.Sprintf("a plan runs: %s of epoch %d: %+v", s.Plan.Kind, s.Plan.Epoch, s.Plan.Steps)
		case len(s.Stores) != 1 || s.Stores[0].Holder == "" || s.Stores[0].Left <= 0:
			return fmt.Sprintf("nobody may write, as %s has it: %+v", names[r], s.Stores)
		}
		if first == nil {
			first = s
		}
	}
	for _, c := range first.Stores[0].Copies {
		if c.Diverged != "" {
			return fmt.Sprintf("the copy in %s: %s", c.Region, c.Diverged)
		}
	}
	return e.unwritten(regionOf(first.Stores[0].Holder))
}

// unwritten says why rows do not come to both regions now, or nothing.
func (e *estate) unwritten(writer int) string {
	e.writers.mu.Lock()
	last := e.writers.last[writer]
	e.writers.mu.Unlock()
	if time.Since(last) > time.Second {
		return fmt.Sprintf("%s takes no row that %s has too", names[writer], names[1-writer])
	}
	return ""
}

// well waits until an estate is well, and does what people have to do for that.
func (e *estate) well(limit time.Duration) (took time.Duration, ailment string) {
	began, since := time.Now(), time.Time{}
	for {
		ailment = e.ailment()
		switch {
		case ailment != "":
			since = time.Time{}
			e.attend(ailment)
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > 2*time.Second:
			return since.Sub(began), ""
		}
		if time.Since(began) > limit {
			return limit, ailment
		}
		time.Sleep(300 * time.Millisecond)
	}
}

// attend waives what a copy held alone: nobody but a person may.
func (e *estate) attend(ailment string) {
	if !strings.HasPrefix(ailment, "the copy in ") || !strings.HasSuffix(ailment, "not reconciled") {
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(ailment, "the copy in "), ":")
	_ = e.order("reconcile", name) // It is refused while it is too early, and said again.
}

// order gives an order to whoever takes it.
func (e *estate) order(verb, region string) error {
	var last error
	for r := range regions {
		s := e.status(r)
		if s == nil {
			continue
		}
		order := api.Order{Verb: verb, Region: region, Why: "chaos", Said: s.Said}
		switch {
		case verb == "switchover" && s.Primary == region:
			order.Store = "orders" // It was promoted elsewhere, alone.
		case verb == "failover":
			order.AcceptLoss, order.AcceptWrites = "any", 1 // All commits wait for both regions.
		}
		ctx, end := context.WithTimeout(context.Background(), 10*time.Second)
		answer, err := e.clients[r].Order(ctx, order)
		end()
		if err == nil && answer.Refused != "" {
			err = errors.New(answer.Refused)
		}
		if err == nil {
			return nil
		}
		last = fmt.Errorf("%s %s: %w", verb, region, err)
	}
	return last
}

// mustBeWell fails the test if an estate does not become well by itself.
func (e *estate) mustBeWell(what, how string) time.Duration {
	e.t.Helper()
	took, ailment := e.well(wellLimit)
	if ailment != "" {
		e.t.Fatalf("%s (%s): not well after %v: %s", what, how, wellLimit, ailment)
	}
	return took
}

// judge finds everything that must not be so, once an estate is well. With all it replays every
// agent's log from its beginning.
func (e *estate) judge(all bool) (wrong []string) {
	e.writers.mu.Lock()
	wrong = overlaps(e.writers.samples)
	kept := slices.Clone(e.writers.kept)
	e.writers.mu.Unlock()
	wrong = append(wrong, e.judgeRows(kept)...)
	wrong = append(wrong, e.judgeCopy()...)
	wrong = append(wrong, e.judgeEffects()...)
	wrong = append(wrong, e.judgeOpenings()...)
	wrong = append(wrong, e.judgeEpochs()...)
	if all {
		wrong = append(wrong, e.judgeLogs()...)
	}
	return wrong
}

// judgeRows looks every acknowledged row up, in the writer and in the copy.
func (e *estate) judgeRows(kept []int64) (wrong []string) {
	for r := range databases {
		missing := 0
		for range 20 { // A copy has it on disk when it is acknowledged, and shows it a little later.
			text, err := e.databases[r].query("select string_agg(id::text, ' ') from ledger",
				20*time.Second)
			if err != nil {
				return append(wrong, fmt.Sprintf("the rows of %s: %v", names[r], err))
			}
			there := map[string]bool{}
			for _, id := range strings.Fields(text) {
				there[id] = true
			}
			missing = 0
			for _, id := range kept {
				if !there[fmt.Sprint(id)] {
					missing++
				}
			}
			if missing == 0 {
				break
			}
			time.Sleep(500 * time.Millisecond)
		}
		if missing > 0 {
			wrong = append(wrong, fmt.Sprintf("%s lacks %d of %d rows that were acknowledged once both "+
				"regions had them", names[r], missing, len(kept)))
		}
	}
	return wrong
}

// judgeCopy compares what both databases hold of all that was written before now.
func (e *estate) judgeCopy() (wrong []string) {
	all := fmt.Sprintf("select md5(string_agg(at::text, ' ' order by at)) || ' in ' || count(*) "+
		"from samples where at < %d", int64(time.Since(e.writers.began)))
	var hold [databases]string
	for range 20 { // It follows a little later.
		for r := range databases {
			var err error
			if hold[r], err = e.databases[r].query(all, 20*time.Second); err != nil {
				hold[r] = err.Error()
			}
		}
		if hold[0] == hold[1] {
			return nil
		}
		time.Sleep(500 * time.Millisecond)
	}
	return []string{fmt.Sprintf("the copies differ: %s, %s", hold[0], hold[1])}
}

// judgeEffects finds what the hand has done twice.
func (e *estate) judgeEffects() (wrong []string) {
	text, err := os.ReadFile(e.path("hand", "effects"))
	if err != nil {
		return []string{err.Error()}
	}
	done := map[string]string{}
	for line := range strings.Lines(string(text)) {
		id, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if before, was := done[id]; was {
			wrong = append(wrong, fmt.Sprintf("action %s was done twice: %s, then %s", id, before, rest))
		}
		done[id] = rest
	}
	return wrong
}

// opened is what a guard says of a store that takes writes, and in which epoch.
var opened = regexp.MustCompile(`msg="the store takes writes" epoch=(\d+)`)

// judgeOpenings finds epochs in which the guards of both regions have opened their store.
func (e *estate) judgeOpenings() (wrong []string) {
	var by [databases]map[string]bool
	for r := range databases {
		text, err := os.ReadFile(e.guards[r].log)
		if err != nil {
			return []string{err.Error()}
		}
		by[r] = map[string]bool{}
		for _, match := range opened.FindAllSubmatch(text, -1) {
			by[r][string(match[1])] = true
		}
	}
	for epoch := range by[0] {
		if by[1][epoch] {
			wrong = append(wrong, "both regions were opened in epoch "+epoch)
		}
	}
	return wrong
}

// judgeEpochs holds what agents say now against all that any of them has said.
func (e *estate) judgeEpochs() (wrong []string) {
	e.poller.mu.Lock()
	wrong = slices.Clone(e.poller.wrong)
	index, epoch := slices.Max(e.poller.index[:]), slices.Max(e.poller.epoch[:])
	e.poller.mu.Unlock()
	for r := range regions {
		s := &api.Status{}
		for range 50 { // It may be an entry behind.
			if told := e.status(r); told != nil {
				s = told
			}
			if s.Index >= index && s.Epoch >= epoch {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		if s.Index < index || s.Epoch < epoch {
			wrong = append(wrong, fmt.Sprintf("%s has come to entry %d and epoch %d, where entry %d and "+
				"epoch %d were known", names[r], s.Index, s.Epoch, index, epoch))
		}
	}
	return wrong
}

// judgeLogs replays the log of each agent, and compares the hashes of all states.
func (e *estate) judgeLogs() (wrong []string) {
	hashes := map[string]string{}
	for r := range regions {
		folder, err := os.MkdirTemp(e.dir, "log-")
		if err != nil {
			return append(wrong, err.Error())
		}
		at := []string{"--address", e.apis[r], "--token-file", e.path("keys", "operator.token")}
		_, err = e.redoubt(r, append([]string{"history", "export", folder + "/log"}, at...)...)
		if err != nil {
			wrong = append(wrong, err.Error())
			continue
		}
		out, err := e.redoubt(r, "replay", folder+"/log", "--gaps", "--output", "csv") // It was away.
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("the log of %s (%s): %v", names[r], folder, err))
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(rows) < 2 {
			wrong = append(wrong, fmt.Sprintf("the log of %s: %v", names[r], err))
			continue
		}
		for _, row := range rows[1:] {
			index, hash := row[0], row[len(row)-1]
			if before, known := hashes[index]; known && before != hash {
				wrong = append(wrong, fmt.Sprintf("the state after entry %s is %s to %s, and %s to others",
					index, hash, names[r], before))
			}
			hashes[index] = hash
		}
		_ = os.RemoveAll(folder) // It was read, and is kept only for people.
	}
	return wrong
}

// redoubt runs the command in a region.
func (e *estate) redoubt(region int, arguments ...string) (string, error) {
	ctx, end := context.WithTimeout(context.Background(), 2*time.Minute)
	defer end()
	cmd := exec.CommandContext(ctx, e.binary, arguments...)
	var said strings.Builder
	cmd.Stderr = &said
	var out []byte
	err := e.links.within(region, func() (problem error) {
		out, problem = cmd.Output()
		return problem
	})
	if err != nil {
		return "", fmt.Errorf("redoubt %s: %w: %s", arguments[0], err, said.String())
	}
	return string(out), nil
}

// TestWhatWasDoneTwiceIsSeen has one action be done again, and one epoch be opened in two regions.
func TestWhatWasDoneTwiceIsSeen(t *testing.T) {
	e := &estate{t: t, dir: t.TempDir()}
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(e.path(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(e.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open := func(epoch int) string {
		return fmt.Sprintf("level=INFO msg=\"the store takes writes\" epoch=%d\n", epoch)
	}
	for r := range databases {
		e.guards[r] = &process{log: e.path("guard", names[r])}
	}
	write("hand/effects", "2.1 scale a\n2.3 shift b\n")
	write("guard/"+names[0], open(1)+open(3)+open(3))
	write("guard/"+names[1], open(2))
	if got := append(e.judgeEffects(), e.judgeOpenings()...); len(got) > 0 {
		t.Errorf("got %q, want nothing to be wrong", got)
	}
	write("hand/effects", "2.1 scale a\n2.3 shift b\n2.1 scale a\n")
	write("guard/"+names[1], open(3))
	if got := append(e.judgeEffects(), e.judgeOpenings()...); len(got) != 2 {
		t.Errorf("got %q, want an action and an epoch", got)
	}
}
