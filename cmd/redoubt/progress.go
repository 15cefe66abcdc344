package main

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// progress is a line on a terminal that says how far a simulation is. Anywhere else it is silent.
type progress struct {
	mutex   sync.Mutex
	out     io.Writer // nil when there is no terminal
	percent int       // the last one shown
	total   int       // what it is a share of
}

// newProgress makes a progress line on a writer if that is a terminal.
func newProgress(w io.Writer) *progress {
	p := &progress{percent: -1}
	if file, ok := w.(*os.File); ok {
		info, err := file.Stat()
		if err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.out = w
		}
	}
	return p
}

// update shows how many of the trials are done. It may be called from several goroutines, whose
// calls can arrive out of order: the line never goes back, unless there is more to do than before.
func (p *progress) update(done, total int) {
	if p.out == nil || total <= 0 {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if total > p.total {
		p.percent, p.total = -1, total
	}
	if now := 100 * done / total; total == p.total && now > p.percent {
		p.percent = now
		fmt.Fprintf(p.out, "\rsimulating %3d %%", now)
	}
}

// clear removes the line.
func (p *progress) clear() {
	if p.out != nil && p.percent >= 0 {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
