package main

import "strconv"

// backlogData is a backlog in the JSON of a run, in pieces of work: when it last drained is null
// where nothing had to wait.
type backlogData struct {
	Name      string  `json:"name"`
	Largest   number  `json:"largest"`
	LargestAt number  `json:"largest_at_seconds"`
	DrainedAt *number `json:"drained_at_seconds"`
	Left      number  `json:"left"`
}

func (v simulationView) backlogData() []backlogData {
	all := []backlogData{}
	for i := range v.Backlogs {
		b := &v.Backlogs[i]
		data := backlogData{
			Name: b.Name, Largest: number(b.Largest), LargestAt: seconds(b.LargestAt),
			Left: number(b.Left),
		}
		if b.Drained {
			at := seconds(b.DrainedAt)
			data.DrainedAt = &at
		}
		all = append(all, data)
	}
	return all
}

// backlogs says how much work waited, and until when.
func (v simulationView) backlogs(d *document) {
	if len(v.Backlogs) == 0 {
		return
	}
	t := newTable("<work", "waited\nat most", "at", "drained", "left")
	for i := range v.Backlogs {
		b := &v.Backlogs[i]
		at, drained := "never", "never"
		if b.Largest > 0 {
			at = clock(b.LargestAt)
		}
		if b.Drained {
			drained = clock(b.DrainedAt)
		}
		t.row(b.Name, strconv.FormatFloat(b.Largest, 'f', 0, 64), at, drained,
			strconv.FormatFloat(b.Left, 'f', 0, 64))
	}
	d.heading("Work that had to wait")
	d.table(t)
}
