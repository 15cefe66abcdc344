package model

import "fmt"

// backlogs demands of each backlog that it can ever drain.
func (v *validator) backlogs() {
	names := make([]string, len(v.s.Backlogs))
	for i := range v.s.Backlogs {
		b, path := &v.s.Backlogs[i], fmt.Sprintf("backlog[%d]", i)
		names[i] = b.Name
		if int(b.Store) >= len(v.s.Stores) {
			v.add(path+".store", "", "%s.store names no store", path)
		}
		if !(b.Arrives > 0 && b.Arrives <= 1e9) {
			v.add(path+".arrives", "", "%s.arrives must be above 0/s and at most 1000000000/s, is %g/s",
				path, b.Arrives)
		}
		if !(b.Drains > 1 && b.Drains <= 1000) {
			v.add(path+".drains", "or what has to wait once waits for ever",
				"%s.drains must be above 1x and at most 1000x, is %gx", path, b.Drains)
		}
	}
	v.names("backlog", names)
	v.most("backlog", len(names), MaxBacklogs)
}
