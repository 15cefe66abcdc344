package guard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"redoubt/failover"
)

// Client asks a guard over its socket.
type Client struct{ http http.Client }

// NewClient makes a client of the guard that listens on a socket. It connects when it asks.
func NewClient(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", socket)
	}
	return &Client{http.Client{Transport: &http.Transport{
		DialContext: dial, MaxIdleConns: 1, IdleConnTimeout: time.Minute,
	}}}
}

// Word is what a guard has said.
type Word struct {
	// Phase is "fenced", "opening", "open" or "stopping"; Epoch the one that was shown last, and
	// Fenced the highest that is not opened again.
	Phase         string
	Epoch, Fenced failover.Epoch
	// Left is for how long the store may take writes without another grant.
	Left time.Duration
	// Resting says that the store is kept down until Boot.
	Resting bool
	// Refused is how often the guard has refused what it was asked, since it was started.
	Refused uint64
}

// Ticket asks for a ticket.
func (c *Client) Ticket(ctx context.Context) (Ticket, error) {
	answer, err := c.ask(ctx, http.MethodPost, ticketPath, asked{})
	return answer.Ticket, err
}

// Show shows a grant. The error is ErrBooting while the store boots.
func (c *Client) Show(ctx context.Context, g Grant) (Word, error) {
	answer, err := c.ask(ctx, http.MethodPost, showPath,
		asked{Epoch: g.Epoch, Ticket: g.Ticket, Lease: g.Lease})
	return answer.word(), err
}

// Fence fences every epoch up to one, and returns when that is recorded and nothing runs any more
// that it ends.
func (c *Client) Fence(ctx context.Context, epoch failover.Epoch) (Word, error) {
	answer, err := c.ask(ctx, http.MethodPost, fencePath, asked{Epoch: epoch})
	return answer.word(), err
}

// Standing asks how things are.
func (c *Client) Standing(ctx context.Context) (Word, error) {
	answer, err := c.ask(ctx, http.MethodGet, standingPath, asked{})
	return answer.word(), err
}

// Rest has a store that takes no writes stop, and stay down until Boot. It returns when nothing of
// it runs.
func (c *Client) Rest(ctx context.Context) (Word, error) {
	answer, err := c.ask(ctx, http.MethodPost, restPath, asked{})
	return answer.word(), err
}

// Boot has a store that rests boot again, fenced.
func (c *Client) Boot(ctx context.Context) (Word, error) {
	answer, err := c.ask(ctx, http.MethodPost, bootPath, asked{})
	return answer.word(), err
}

func (s said) word() Word {
	return Word{
		Phase: s.Phase, Epoch: s.Epoch, Fenced: s.Fenced, Left: s.Left, Resting: s.Rests,
		Refused: s.Refused,
	}
}

// ask asks one thing.
func (c *Client) ask(ctx context.Context, method, path string, what asked) (said, error) {
	body, err := json.Marshal(what)
	if err != nil {
		return said{}, err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://guard"+path, bytes.NewReader(body))
	if err != nil {
		return said{}, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return said{}, fmt.Errorf("ask the guard: %w", err)
	}
	defer response.Body.Close()
	var answer said
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return said{}, fmt.Errorf("the guard's answer, %s: %w", response.Status, err)
	}
	switch response.StatusCode {
	case http.StatusOK:
		return answer, nil
	case http.StatusServiceUnavailable:
		return answer, ErrBooting
	}
	return answer, errors.New(answer.Error)
}
