package peer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"redoubt/model"
)

// Refusal is what another region's handler says instead of an answer.
type Refusal string

// Error is what it said.
func (r Refusal) Error() string { return string(r) }

// silence is how long a connection may say nothing to a question that was given up before it is
// taken for dead, and the next question goes over another one.
const silence = 3 * time.Second

// asker asks one region, over one connection that all questions share.
type asker struct {
	node    *Node
	to      model.RegionID
	mu      sync.Mutex
	now     *asking
	dialing chan struct{} // Closed when the dial that goes on is over.
	err     error         // What came of it.
}

// Ask asks another region, and waits for the answer until the context is over. The error is a
// Refusal when the other has said no, and ErrUnsent when it surely has not heard the question;
// after any other it may have done what it was asked, or do it still. The node's own region answers
// itself.
func (n *Node) Ask(ctx context.Context, to model.RegionID, request []byte) ([]byte, error) {
	if len(request) > FrameMax {
		return nil, fmt.Errorf("%w: a question of %d bytes, %d at most", ErrUnsent, len(request),
			FrameMax)
	}
	if int(to) >= len(n.config.Regions) {
		return nil, fmt.Errorf("%w: no region %d", ErrUnsent, to)
	}
	if to == n.config.Region {
		return n.askSelf(request)
	}
	var err error
	for range connectTries {
		connection, failed := n.askers[to].connection(ctx)
		if failed != nil {
			return nil, failed
		}
		var got []byte
		if got, err = connection.ask(ctx, request); !errors.Is(err, errEnded) {
			return got, err
		}
	}
	return nil, err
}

// errEnded is what a question meets that was too late for its connection: it goes over another one.
var errEnded = fmt.Errorf("%w: the connection has ended", ErrUnsent)

// askSelf answers as the region itself would.
func (n *Node) askSelf(request []byte) ([]byte, error) {
	bytes, err := n.config.Handler(n.config.Region, request)
	if err != nil {
		return nil, Refusal(err.Error())
	}
	return bytes, nil
}

// connection gives the connection in use, or makes one. Whoever needs one at the same time waits
// for the same dial.
func (a *asker) connection(ctx context.Context) (*asking, error) {
	for range connectTries {
		a.mu.Lock()
		if a.now != nil && a.now.usable() {
			defer a.mu.Unlock()
			return a.now, nil
		}
		dialing := a.dialing
		if dialing == nil {
			dialing = make(chan struct{})
			if !a.node.run(func() { a.dial(dialing) }) {
				a.mu.Unlock()
				return nil, fmt.Errorf("%w: the node is closed", ErrUnsent)
			}
			a.dialing = dialing
		}
		a.mu.Unlock()
		select {
		case <-dialing:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrUnsent, ctx.Err())
		}
		a.mu.Lock()
		err := a.err
		a.mu.Unlock()
		if err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: the connection ends as soon as it is made", ErrUnsent)
}

// connectTries is how often a connection is made for one question.
const connectTries = 3

// retire has the next question go over another connection.
func (a *asker) retire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now != nil {
		a.now.retire()
	}
}

// dial makes a connection for all who wait, whatever becomes of the one that wanted it first.
func (a *asker) dial(over chan struct{}) {
	l, err := a.node.dial(context.Background(), a.to, askProtocol)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dialing, a.err = nil, err
	if err == nil {
		a.now = &asking{
			link: l, limits: &a.node.limits, pending: map[uint64]chan frame{},
			writing: make(chan struct{}, 1), over: make(chan struct{}),
		}
		connection := a.now
		a.node.group.Go(connection.listen)
	}
	close(over)
}

// asking is a connection over which questions go out and answers come in.
type asking struct {
	link    *link
	limits  *Limits
	writing chan struct{} // Has one place, which whoever writes takes.
	over    chan struct{} // Closed when nothing comes in any more.

	mu      sync.Mutex
	next    uint64
	pending map[uint64]chan frame
	// waits is since when a question waits for anything to come, and zero when none does.
	waits   time.Time
	retired bool
	err     error
}

func (c *asking) usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.retired && c.err == nil
}

// ask asks one question.
func (c *asking) ask(ctx context.Context, request []byte) ([]byte, error) {
	got := make(chan frame, 1)
	f := frame{kind: question, bytes: request}
	if err := c.expect(&f, got); err != nil {
		return nil, err
	}
	defer c.forget(f.number)
	select {
	case c.writing <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnsent, ctx.Err())
	case <-c.over:
		return nil, errEnded
	}
	_ = c.link.SetWriteDeadline(c.wait().Add(c.limits.Frame))
	_, err := c.link.Write(f.append(nil))
	<-c.writing
	if err != nil { // What is not whole is not heard.
		c.end(err)
		return nil, errEnded
	}
	select {
	case reply := <-got:
		return reply.say()
	case <-c.over:
		select { // It may have come last.
		case reply := <-got:
			return reply.say()
		default:
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return nil, fmt.Errorf("wait for an answer: %w", c.err)
	case <-ctx.Done():
		c.doubt()
		return nil, fmt.Errorf("wait for an answer: %w", ctx.Err())
	}
}

// say is what an answer says.
func (f frame) say() ([]byte, error) {
	if f.kind == refusal {
		return nil, Refusal(f.bytes)
	}
	return f.bytes, nil
}

// expect numbers a question, and has its answer brought.
func (c *asking) expect(f *frame, got chan frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || c.retired {
		return errEnded
	}
	if len(c.pending) >= c.limits.Questions {
		return fmt.Errorf("%w: %d questions wait for an answer", ErrUnsent, len(c.pending))
	}
	c.next++
	f.number = c.next
	c.pending[f.number] = got
	return nil
}

// forget has nobody wait for an answer any more.
func (c *asking) forget(number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, number)
	c.leave()
}

// retire has a connection be used no more, and ends it once nobody waits for it.
func (c *asking) retire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retired = true
	c.leave()
}

// leave ends a connection that is used no more and for which nobody waits.
func (c *asking) leave() {
	if c.retired && len(c.pending) == 0 {
		_ = c.link.Conn.NetConn().Close() // listen finds out, and tidies up.
	}
}

// wait notes that a question goes out now.
func (c *asking) wait() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.waits.IsZero() {
		c.waits = now
	}
	return now
}

// doubt retires a connection over which nothing has come for long, after a question was given up.
// How long that one has waited says nothing: where all are given up sooner, each would go the same
// way as the one before, until the kernel has given the connection up, a quarter of an hour later.
func (c *asking) doubt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.waits.IsZero() && time.Since(c.waits) >= silence {
		c.retired = true
	}
}

// listen brings answers to whoever waits, until the connection ends.
func (c *asking) listen() {
	from := bufio.NewReader(c.link)
	var err error
	for err == nil {
		var f frame
		if f, err = readFrame(from); err == nil {
			err = c.bring(f)
		}
	}
	c.end(err)
	close(c.over)
}

// end has a connection be used no more.
func (c *asking) end(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	_ = c.link.Close()
}

// bring brings one answer. One that nobody waits for any more is late, and no error.
func (c *asking) bring(f frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.kind == question || f.number == 0 || f.number > c.next {
		return errors.New("an answer to nothing that was asked")
	}
	c.waits = time.Time{}
	if waits := c.pending[f.number]; waits != nil {
		delete(c.pending, f.number)
		waits <- f
	}
	return nil
}
