package main

import (
	"context"

	"redoubt/api"
)

const (
	// historyPage is how many entries are asked for at once.
	historyPage = 4000
	// historyLooked is how many entries are looked at, at most, for those that changed something.
	historyLooked = 20000
)

// historyAsked is what somebody wants to see of a log.
type historyAsked struct {
	after uint64
	most  int
	all   bool
	// ask asks one question, in its time.
	ask func(func(context.Context) error) error
}

// look finds the entries: those after an index, or the newest. The error comes with what could be
// read.
func (h *historyAsked) look(client *api.Client, after bool) (historyView, error) {
	if h.most <= 0 {
		return historyView{}, nil
	}
	if after {
		return h.forward(client)
	}
	var status api.Status
	err := h.ask(func(ctx context.Context) (err error) {
		status, err = client.Status(ctx)
		return err
	})
	if err != nil {
		return historyView{}, err
	}
	return h.backward(client, status.Index)
}

// page asks for the entries after one index and up to another, so many at most. What comes short is
// asked for again, so that whoever reads on hears why.
func (h *historyAsked) page(
	client *api.Client, after, to uint64, most int,
) (entries []api.Entry, err error) {
	for after < to && len(entries) < most && err == nil {
		var more []api.Entry
		err = h.ask(func(ctx context.Context) (err error) {
			more, err = client.History(ctx, after, most-len(entries))
			return err
		})
		for i := range more {
			if more[i].Index <= to {
				entries = append(entries, more[i])
			}
		}
		if len(more) == 0 {
			break
		}
		after = more[len(more)-1].Index
	}
	return entries, err
}

// forward finds the first entries after an index.
func (h *historyAsked) forward(client *api.Client) (v historyView, err error) {
	page, after := historyPage, h.after
	if h.all {
		page = min(page, h.most)
	}
	for looked := 0; len(v.entries) < h.most; looked += page {
		if looked >= historyLooked && !h.all {
			v.further = after
			return v, nil
		}
		entries, err := h.page(client, after, ^uint64(0), page)
		for i := range entries {
			if len(v.entries) == h.most {
				return v, nil
			}
			after = entries[i].Index
			v.take(&entries[i], h.all)
		}
		if err != nil || len(entries) < page {
			return v, err
		}
	}
	return v, nil
}

// take shows an entry, or counts it.
func (v *historyView) take(e *api.Entry, all bool) {
	if e.Routine && !all {
		v.leftOut++
		return
	}
	v.entries = append(v.entries, *e)
}

// backward finds the newest entries, up to an index.
func (h *historyAsked) backward(client *api.Client, to uint64) (v historyView, err error) {
	page := uint64(historyPage)
	if h.all {
		page = uint64(h.most)
	}
	var read []api.Entry
	found := 0
	for looked := uint64(0); to > 0 && found < h.most && err == nil; looked += page {
		if looked >= max(historyLooked, page) {
			v.further, v.back = to+1, true
			break
		}
		from := to - min(to, page)
		var entries []api.Entry
		entries, err = h.page(client, from, to, int(page))
		read, to = append(entries, read...), from
		for i := range entries {
			if h.all || !entries[i].Routine {
				found++
			}
		}
		if h.all {
			break
		}
	}
	for skip := found - h.most; len(read) > 0 && skip > 0; read = read[1:] {
		if h.all || !read[0].Routine {
			skip--
		}
	}
	for i := range read {
		v.take(&read[i], h.all)
	}
	return v, err
}
