package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"redoubt/agent"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// recordFile is the file of a record, in the agent's folder.
const recordFile = "policy.json"

// record is what an agent keeps of the policy that the log was last under while that was its own
// scenario's, and of what the log's numbers stand for. An agent that is started with another
// scenario goes on under that policy, until the log is brought under the new one.
type record struct {
	// Policy is as failover.AppendPolicy writes it, and Shadow whether it was that of a shadow.
	Policy []byte `json:"policy"`
	Shadow bool   `json:"shadow"`
	// Regions, Stores, Checks and Items are the names by number.
	Regions []string `json:"regions"`
	Stores  []string `json:"stores"`
	Checks  []string `json:"checks"`
	Items   []string `json:"items"`
	// ReportEvery, RenewEvery and LagEvery are how often the policy had the agent speak.
	ReportEvery time.Duration `json:"report_every_ns"`
	RenewEvery  time.Duration `json:"renew_every_ns"`
	LagEvery    time.Duration `json:"lag_every_ns"`
}

// recordOf is the record of an agent's scenario.
func recordOf(s *model.Scenario, file *scenarios.Agent, p *failover.Policy) *record {
	r := &record{
		Policy: failover.AppendPolicy(nil, p), Shadow: file.Shadow, Items: s.Settings.Readiness,
		ReportEvery: s.Settings.ReportEvery, RenewEvery: s.Settings.RenewEvery, LagEvery: lagEvery(s),
	}
	for i := range s.Regions {
		r.Regions = append(r.Regions, s.Regions[i].Name)
	}
	for i := range s.Stores {
		r.Stores = append(r.Stores, s.Stores[i].Name)
	}
	for i := range s.Checks {
		r.Checks = append(r.Checks, s.Checks[i].Name)
	}
	return r
}

// readRecord reads the record in a folder. There is none in that of an agent that has just been set
// up.
func readRecord(dir string) (*record, error) {
	path := filepath.Join(dir, recordFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	r := &record{}
	if err == nil {
		err = json.Unmarshal(data, r)
	}
	if err != nil {
		return nil, fmt.Errorf("read what the log's numbers stand for: %s: %w", path, err)
	}
	return r, nil
}

// write keeps a record in a folder: as a whole, or not at all.
func (r *record) write(dir string) error { return writeWhole(filepath.Join(dir, recordFile), r) }

// writeWhole writes what a file says, as JSON: as a whole, or not at all.
func writeWhole(path string, said any) error {
	data, err := json.MarshalIndent(said, "", "  ")
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(data, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// moved says what has another number in a scenario than in the record, or nothing. Regions and
// stores keep theirs for as long as a log lives, and so do checks and items under one policy: what
// others say of one would count for another.
func (r *record) moved(now *record) error {
	var wrong []error
	for _, kind := range []struct {
		what      string
		were, are []string
	}{{"region", r.Regions, now.Regions}, {"store", r.Stores, now.Stores}} {
		for i := range min(len(kind.were), len(kind.are)) {
			if kind.were[i] != kind.are[i] {
				wrong = append(wrong, fmt.Errorf("%s %d of the scenario is %s, and the agent's log knows "+
					"%s by that place: each keeps its place for as long as a log lives, and new ones come last",
					kind.what, i+1, kind.are[i], kind.were[i]))
				break
			}
		}
	}
	if !slices.Equal(r.Policy, now.Policy) {
		return errors.Join(wrong...)
	}
	for _, kind := range []struct {
		what      string
		were, are []string
	}{{"check", r.Checks, now.Checks}, {"readiness item", r.Items, now.Items}} {
		for i, name := range kind.are {
			if at := slices.Index(kind.were, name); at >= 0 && at != i {
				wrong = append(wrong, fmt.Errorf("the %s %s is number %d of the scenario, and number %d in "+
					"the agent's log: under one policy each keeps its place", kind.what, name, i+1, at+1))
			}
		}
	}
	return errors.Join(wrong...)
}

// differ are the numbers that stand for something else now, one bit each.
func differ(were, are []string) (other uint8) {
	for i := range are {
		if i >= len(were) || were[i] != are[i] {
			other |= 1 << i
		}
	}
	return other
}

// recall finds what the log was last under, and has the agent go on under that where its scenario
// has another policy. It is an error where the scenario gives the log's numbers another meaning, or
// where the agent could not do its part under the former policy.
func (d *daemon) recall() error {
	now := recordOf(d.Scenario, d.Agent, &d.policy)
	kept, err := readRecord(d.Agent.Data)
	if err != nil || kept == nil {
		return err
	}
	if err := kept.moved(now); err != nil {
		return err
	}
	d.kept = kept
	if slices.Equal(kept.Policy, now.Policy) || kept.Shadow != now.Shadow {
		return nil
	}
	former, err := failover.DecodePolicy(kept.Policy)
	if err != nil {
		return fmt.Errorf("the former policy in %s: %w", filepath.Join(d.Agent.Data, recordFile), err)
	}
	if err := unguarded(d.Scenario, &former, d.Agent, d.Region); err != nil {
		return fmt.Errorf("until the log is brought under the scenario's policy, it stays under the "+
			"former one: %w", err)
	}
	d.former = &former
	d.Log.Warn("the scenario has another policy than the log was last under: this agent goes on "+
		"under that, until redoubt policy change is ordered",
		"policy", d.policy.Digest().Short(), "former", former.Digest().Short())
	return nil
}

// goOn has a configuration be one that goes on under the former policy, if there is one.
func (d *daemon) goOn(c *agent.Config) {
	if d.former == nil {
		return
	}
	c.Policies = append(c.Policies, *d.former)
	now := recordOf(d.Scenario, d.Agent, &d.policy)
	c.Moved = agent.Numbers{
		Checks: differ(d.kept.Checks, now.Checks), Items: differ(d.kept.Items, now.Items),
	}
	if len(d.kept.Regions) > len(c.Names) {
		c.Names = d.kept.Regions
	}
	t := &c.Times
	t.ReportEvery = min(t.ReportEvery, d.kept.ReportEvery)
	t.RenewEvery = min(t.RenewEvery, d.kept.RenewEvery)
	t.LagEvery = min(t.LagEvery, d.kept.LagEvery)
}

// missing are the steps that nobody does, of plans under the scenario's policy or the former one.
func (d *daemon) missing(of func(failover.Policy) []string) error {
	if missing := of(d.policy); len(missing) > 0 && d.policy.Mode != model.Advise {
		return fmt.Errorf("nobody does the steps %s: name an [[executor]] for each in the scenario, of "+
			"kind \"dry-run\" where nothing is to be done", strings.Join(missing, ", "))
	}
	if d.former == nil {
		return nil
	}
	if missing := of(*d.former); len(missing) > 0 && d.former.Mode != model.Advise {
		return fmt.Errorf("nobody does the steps %s, which the log's policy has until it is changed: "+
			"leave their [[executor]] in the scenario until then", strings.Join(missing, ", "))
	}
	return nil
}

// keepRecord keeps what the log is under whenever that is the scenario's policy, until the context
// is over.
func (d *daemon) keepRecord(ctx context.Context) error {
	changed, stop := d.node.Watch()
	defer stop()
	now := recordOf(d.Scenario, d.Agent, &d.policy)
	for {
		var again <-chan time.Time
		v := d.node.View()
		own := v.State.Under.Rules != 0 && v.State.Under.Policy == v.Own
		if own && !reflect.DeepEqual(d.kept, now) {
			if err := now.write(d.Agent.Data); err != nil {
				d.Log.Error("what the log is under could not be kept", "error", err)
				again = time.After(rereadEvery)
			} else {
				d.kept = now
			}
		}
		if own && again == nil {
			<-ctx.Done() // Its own scenario is what it is until the next start.
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-again:
		}
	}
}
