package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Client asks an agent.
type Client struct {
	base   string
	secret string
	web    *http.Client
}

// answerMax bounds what a client reads of one answer.
const answerMax = 64 << 20

// NewClient makes a client of the agent at an address, such as 127.0.0.1:7402 or
// https://agent.example:7402, that asks with a token. The HTTP client may have certificates of its
// own; nil is the plain one. A token goes to loopback, or over TLS, and nowhere else.
func NewClient(address, secret string, web *http.Client) (*Client, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%q is no address of an agent: 127.0.0.1:7402 is one", clip(address))
	}
	if base.Scheme == "http" && !loopback(base.Hostname()) {
		return nil, fmt.Errorf("%s is not on this machine: write https://%s, so that nobody on the way "+
			"reads the token", base.Host, base.Host)
	}
	if web == nil {
		web = &http.Client{}
	}
	return &Client{base: strings.TrimSuffix(base.String(), "/"), secret: secret, web: web}, nil
}

// Status asks where things stand.
func (c *Client) Status(ctx context.Context) (answer Status, err error) {
	return answer, c.get(ctx, "/v1/status", &answer)
}

// StatusNow asks where things stand, confirmed if that can be had.
func (c *Client) StatusNow(ctx context.Context) (answer Status, err error) {
	return answer, c.get(ctx, "/v1/status?confirm=yes", &answer)
}

// Explain asks why the policy does what it does.
func (c *Client) Explain(ctx context.Context) (answer Account, err error) {
	return answer, c.get(ctx, "/v1/explain", &answer)
}

// ExplainNow asks why the policy does what it does, confirmed if that can be had.
func (c *Client) ExplainNow(ctx context.Context) (answer Account, err error) {
	return answer, c.get(ctx, "/v1/explain?confirm=yes", &answer)
}

// Members asks for the agents.
func (c *Client) Members(ctx context.Context) (answer Members, err error) {
	return answer, c.get(ctx, "/v1/members", &answer)
}

// History asks for entries of the log after an index, at most so many.
func (c *Client) History(ctx context.Context, after uint64, most int) ([]Entry, error) {
	var answer struct{ Entries []Entry }
	query := url.Values{"after": {strconv.FormatUint(after, 10)}, "most": {strconv.Itoa(most)}}
	err := c.get(ctx, "/v1/history?"+query.Encode(), &answer)
	return answer.Entries, err
}

// Segments lists the files of the log that the agent has kept.
func (c *Client) Segments(ctx context.Context) ([]Segment, error) {
	var answer struct{ Segments []Segment }
	err := c.get(ctx, "/v1/archive", &answer)
	return answer.Segments, err
}

// Segment writes one file of that log.
func (c *Client) Segment(ctx context.Context, name string, w io.Writer) error {
	answer, err := c.ask(ctx, http.MethodGet, "/v1/archive/"+url.PathEscape(name), nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return problem(answer)
	}
	if _, err := io.Copy(w, answer.Body); err != nil {
		return fmt.Errorf("%s came cut short: %w", name, err)
	}
	return nil
}

// Order gives an order, and says what became of it: it was taken where there is an index and no
// refusal, in an answer that an agent alone gives. A name is made for it where it has none, which
// is in the answer also when the error is ErrUnknown: repeat it with that.
func (c *Client) Order(ctx context.Context, o Order) (Answer, error) {
	if o.Name == "" {
		o.Name = NewName()
	}
	unknown := Answer{Name: o.Name}
	body, err := json.Marshal(&o)
	if err != nil {
		return unknown, fmt.Errorf("encode the order: %w", err)
	}
	answer, err := c.ask(ctx, http.MethodPost, "/v1/orders", body)
	if err != nil {
		return unknown, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	defer answer.Body.Close()
	var told Answer
	err = json.NewDecoder(io.LimitReader(answer.Body, answerMax)).Decode(&told)
	told.Name = o.Name
	switch code := answer.StatusCode; {
	case err != nil:
		err = fmt.Errorf("%w: the answer (%s) cannot be read: %w", ErrUnknown, answer.Status, err)
		return unknown, err
	case code == http.StatusOK && told.Index > 0 && told.Refused == "" && told.Error == "":
		return told, nil
	case code == http.StatusConflict && told.Refused != "":
		return told, nil
	case told.Error != "" && (code >= 400 && code < 500 || code == http.StatusServiceUnavailable):
		return told, &AnswerError{Status: code, Why: told.Error} // It says that it has not taken it.
	}
	return unknown, fmt.Errorf("%w: the answer is %s", ErrUnknown, answer.Status)
}

// Events calls see for each entry of the log as it is applied, until the context is over, the agent
// ends the stream, or see fails.
func (c *Client) Events(ctx context.Context, see func(*Entry) error) error {
	answer, err := c.ask(ctx, http.MethodGet, "/v1/events", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return problem(answer)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, requestMax*4)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var entry Entry
		if err := json.Unmarshal([]byte(data), &entry); err != nil {
			return fmt.Errorf("an event cannot be read: %w", err)
		}
		if err := see(&entry); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the stream has ended: %w", err)
	}
	return ctx.Err()
}

// get asks for something and reads the answer.
func (c *Client) get(ctx context.Context, path string, into any) error {
	answer, err := c.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return problem(answer)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, answerMax)).Decode(into); err != nil {
		return fmt.Errorf("the agent's answer cannot be read: %w", err)
	}
	return nil
}

func (c *Client) ask(
	ctx context.Context, method, path string, body []byte,
) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask the agent: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.secret != "" {
		request.Header.Set("Authorization", "Bearer "+c.secret)
	}
	answer, err := c.web.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	return answer, nil
}

// ErrNoAnswer says that an agent was not reached, or has not answered.
var ErrNoAnswer = errors.New("the agent does not answer")

// AnswerError is what an agent answers to what it does not do, or not for whoever asks.
type AnswerError struct {
	// Status is that of HTTP.
	Status int
	// Why is the agent's reason.
	Why string
}

// Error gives the reason.
func (e *AnswerError) Error() string { return e.Why }

// problem is what an answer says is wrong.
func problem(answer *http.Response) error {
	var told Answer
	err := json.NewDecoder(io.LimitReader(answer.Body, answerMax)).Decode(&told)
	if err != nil || told.Error == "" {
		return fmt.Errorf("the agent answers %s", answer.Status)
	}
	return &AnswerError{Status: answer.StatusCode, Why: told.Error}
}
