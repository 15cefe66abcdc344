package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"redoubt/api"
)

// plansView shows what plans did, as a log tells it.
type plansView struct {
	courses []api.Course
	// now is what the agent said of the plan that runs, after is the entry after which the log was
	// read, 0 if that is all of it.
	now   *api.PlanStatus
	after uint64
}

// plans reads the newest entries, or those after an index, and what the agent says of the plan that
// runs. Unless somebody says how many, all entries count that were looked at.
func (h *historyAsked) plans(client *api.Client, bounded bool) (plansView, error) {
	var status api.Status
	err := h.ask(func(ctx context.Context) (err error) {
		status, err = client.Status(ctx)
		return err
	})
	if err != nil {
		return plansView{}, err
	}
	if !bounded {
		h.most = historyLooked
	}
	var view historyView
	if h.after > 0 {
		view, err = h.forward(client)
		view.further = h.after + 1
	} else {
		view, err = h.backward(client, status.Index)
	}
	out := plansView{courses: api.Courses(view.entries, &status), now: status.Plan}
	if view.further > 0 {
		out.after = view.further - 1
	}
	return out, err
}

func (v plansView) structure() any {
	return struct {
		SchemaVersion int          `json:"schema_version"`
		Plans         []api.Course `json:"plans"`
		After         uint64       `json:"after"`
	}{schemaVersion, append([]api.Course{}, v.courses...), v.after}
}

func (v plansView) document() *document {
	d := &document{}
	if len(v.courses) == 0 {
		d.paragraph("No plan runs, and none has run in what was read of the log.")
	}
	for i := range v.courses {
		c := &v.courses[i]
		name := fmt.Sprintf("%s %s, epoch %d", c.Kind, api.Ends(c.Leaves, c.To), c.Epoch)
		if c.DryRun {
			name += ", dry run"
		}
		d.heading("%s", name)
		d.paragraph("%s", v.says(c))
		d.table(v.steps(c))
	}
	if v.after > 0 {
		d.paragraph("What came before entry %d was not read: --after says where to begin.", v.after+1)
	}
	return d
}

// says is when a plan began, and how far it has come.
func (v plansView) says(c *api.Course) string {
	began, took := "It began before what was read", length(c.Took())
	if !c.Cut {
		wall := c.BeganWall.UTC().Format(time.DateTime)
		began = fmt.Sprintf("It began at %s UTC with entry %d", wall, c.First)
	}
	switch left := c.Left(); {
	case c.Runs && v.now != nil:
		return fmt.Sprintf("%s, and has run for %s. %s", began, took, v.now.RestTold())
	case c.Runs:
		return fmt.Sprintf("%s, and has run for %s.", began, took)
	case !c.Ended:
		return fmt.Sprintf("%s; its end was not read.", began)
	case len(left) > 0:
		var names []string
		for _, s := range left {
			names = append(names, s.Step)
		}
		return fmt.Sprintf("%s, and ended after %s, when these were not over: %s.", began, took,
			strings.Join(names, ", "))
	}
	return fmt.Sprintf("%s, and was over after %s.", began, took)
}

// steps are when each step of a plan was claimed and over, since the plan began.
func (v plansView) steps(c *api.Course) *table {
	t := newTable("<step", "<store", "<agent", "asked for", "claimed", "over", "<status", "<ahead")
	since := func(at float64) string { return length(secondsLong(max(at-c.Began, 0))) }
	for i := range c.Steps {
		s := &c.Steps[i]
		asked, claimed, over, ahead := "", "", "", ""
		for _, stage := range s.Stages {
			if stage.Status == "pending" && asked == "" {
				asked = since(stage.From)
			}
		}
		if at, known := s.Began(); known {
			claimed = since(at)
		}
		if s.Over() {
			over = since(s.Stages[len(s.Stages)-1].From)
		}
		if c.Runs && v.now != nil && i < len(v.now.Steps) && v.now.Steps[i].Ahead != nil {
			ahead = "about " + length(secondsLong(v.now.Steps[i].Ahead.Ends)) + ": " + v.now.Steps[i].Says
		}
		status := s.Status()
		if s.DryRun && !c.DryRun {
			status += ", dry run"
		}
		t.row(s.Step, s.Store, s.Region, asked, claimed, over, status, ahead)
	}
	return t
}

// records give a row for each status that a step had.
func (v plansView) records() [][]string {
	rows := [][]string{{
		"plan", "epoch", "leaves", "to", "step", "store", "agent", "status", "from_seconds", "to_seconds",
	}}
	for i := range v.courses {
		c := &v.courses[i]
		for j := range c.Steps {
			s := &c.Steps[j]
			for _, stage := range s.Stages {
				rows = append(rows, []string{
					c.Kind, strconv.FormatUint(uint64(c.Epoch), 10), c.Leaves, c.To, s.Step, s.Store, s.Region,
					stage.Status, number(stage.From).String(), number(stage.To).String(),
				})
			}
		}
	}
	return rows
}
