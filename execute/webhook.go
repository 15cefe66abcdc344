package execute

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"redoubt/failover"
)

// Webhook has a service do steps: the order is posted to it as a JSON object, signed, under one
// name for all times that it is sent. 2xx says done, 409 and 410 that the order is stale, and any
// other answer nothing. A service may say more in its answer: {"outcome": "done", "writes": 5}.
type Webhook struct {
	Names Names
	// URL is where orders are posted, and Look, if there is one, where it is asked by GET, with the
	// identifier as id, whether one was done: 200 says yes, 404 no.
	URL, Look string
	// Secrets are the keys that messages are signed with.
	Secrets []Secret
	// Headers are sent along, such as a token. They are in no error.
	Headers map[string]string
	// Client sends; nil stands for one that trusts whom the machine does. It follows no redirection.
	Client *http.Client
	// Tries is how often a message is sent at most; 0 stands for 5.
	Tries int
	// Pause is how long to wait before it is sent again the first time; 0 stands for a second. It is
	// never less: messages are told apart by their second.
	Pause time.Duration
	// Now is the time; nil stands for the machine's.
	Now func() time.Time
}

// messageMax bounds what is sent, and what is read of an answer, in bytes.
const messageMax = 64 << 10

// Validate finds what is wrong, and says no address in full: one may hold a token.
func (w *Webhook) Validate() error {
	var wrong []error
	for what, text := range map[string]string{"url": w.URL, "look": w.Look} {
		if text == "" && what == "look" {
			continue
		}
		parsed, err := url.Parse(text)
		switch {
		case err != nil || parsed.Host == "":
			wrong = append(wrong, fmt.Errorf("%s is no address of a webhook", what))
		case parsed.Scheme == "https":
		case parsed.Scheme != "http" || !loopback(parsed.Hostname()):
			wrong = append(wrong, fmt.Errorf("%s of %s has to begin with https", what, parsed.Host))
		}
	}
	if len(w.Secrets) == 0 {
		wrong = append(wrong, errors.New("a webhook needs a key to sign with"))
	}
	return errors.Join(wrong...)
}

// loopback reports whether a host is this machine: what is sent there need not be encrypted.
func loopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

// Do has the service do an action.
func (w *Webhook) Do(ctx context.Context, a failover.Action) Result {
	if a.Look && w.Look != "" {
		switch seen := w.looks(ctx, ActionID(a)); {
		case seen.Outcome != Failed:
			return seen
		case onlyLooks(a):
			return failed("it was not done")
		}
	}
	if onlyLooks(a) {
		return unknown("no address says whether it was done")
	}
	return w.Tell(ctx, w.Names.OrderOf(a, Doing))
}

// Tell has the service hear of an order.
func (w *Webhook) Tell(ctx context.Context, order Order) Result {
	body, err := json.Marshal(order)
	if err != nil {
		return failed("%v", err)
	}
	result := w.Post(ctx, order.ID+"-"+string(order.Moment), body)
	if result.Outcome == Done && order.Step == StepName(failover.Archive) && order.Moment == Doing &&
		!strings.HasPrefix(result.Why, countedWord) {
		return unknown("it has not said how many writes it has counted")
	}
	return result
}

// countedWord begins what is said of an answer in which writes were counted.
const countedWord = "it has counted"

// looks asks whether something was done.
func (w *Webhook) looks(ctx context.Context, id string) Result {
	parsed, err := url.Parse(w.Look)
	if err != nil {
		return unknown("no address says whether it was done")
	}
	query := parsed.Query()
	query.Set("id", id)
	parsed.RawQuery = query.Encode()
	return w.send(ctx, http.MethodGet, parsed.String(), id, nil, func(a answer) Result {
		switch a.status {
		case http.StatusOK:
			return a.result()
		case http.StatusNotFound:
			return failed("it was not done")
		}
		return unknown("whether it was done is answered with %d", a.status)
	})
}

// Post sends a message until it is answered, its tries are used up, or the context is over.
func (w *Webhook) Post(ctx context.Context, id string, body []byte) Result {
	return w.send(ctx, http.MethodPost, w.URL, id, body, func(a answer) Result {
		switch {
		case a.status == http.StatusConflict || a.status == http.StatusGone:
			return failed("it is stale: it was answered with %d", a.status)
		case a.status/100 == 2:
			return a.result()
		}
		return unknown("it was answered with %d", a.status)
	})
}

// answer is what a service has answered.
type answer struct {
	status int
	body   []byte
	// after is how long the service wants to be left alone, where it says so.
	after time.Duration
}

// again reports whether another try may be answered otherwise.
func (a answer) again() bool {
	switch a.status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return a.status >= http.StatusInternalServerError
}

// result is what an answer says that went well: in its body, or by coming at all.
func (a answer) result() Result {
	var said struct {
		Outcome string  `json:"outcome"`
		Writes  *uint64 `json:"writes"`
		Why     string  `json:"why"`
	}
	if len(bytes.TrimSpace(a.body)) == 0 || json.Unmarshal(a.body, &said) != nil {
		return Result{Outcome: Done}
	}
	result := Result{Outcome: Done, Why: said.Why}
	switch said.Outcome {
	case "", Done.String():
	case Failed.String():
		result.Outcome = Failed
	default:
		result.Outcome = Unknown
	}
	if said.Writes != nil {
		result.Count = *said.Writes
		result.Why = fmt.Sprintf("%s %d writes. %s", countedWord, *said.Writes, said.Why)
	}
	return result
}

// send sends a message, as often as it takes, and has somebody judge the answer. Where no try has
// got as far as a connection, nobody has heard of it.
func (w *Webhook) send(
	ctx context.Context, method, address, id string, body []byte, judge func(answer) Result,
) Result {
	if len(body) > messageMax {
		return failed("the message has %d bytes, more than %d", len(body), messageMax)
	}
	unheard, last := true, failed("the time was up before it was sent")
	pause := max(w.Pause, time.Second)
	for try := range max(1, cmp.Or(w.Tries, 5)) {
		if try > 0 && !sleep(ctx, pause+rand.N(pause/2)) {
			break
		}
		pause = min(2*pause, 30*time.Second)
		got, dialled, err := w.once(ctx, method, address, id, body)
		if dialled {
			unheard = false
		}
		if err != nil {
			last = unknown("no answer: %v", err)
			continue
		}
		if last = judge(got); !got.again() {
			return last
		}
		pause = max(pause, min(got.after, time.Minute))
	}
	if unheard {
		last.Outcome = Failed
	}
	return last
}

// sleep waits, and reports whether the context lasts as long.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// once sends a message once. With dialled it may have been heard.
func (w *Webhook) once(
	ctx context.Context, method, address, id string, body []byte,
) (got answer, dialled bool, err error) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return answer{}, false, errors.New("no request can be made of its address")
	}
	for name, value := range w.Headers {
		request.Header.Set(name, value)
	}
	// On a connection of its own it is sent once: by itself net/http would send it again on another
	// one, with the same time, and whoever receives it would take that for a replay.
	request.Close = true
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "redoubt")
	now := time.Now
	if w.Now != nil {
		now = w.Now
	}
	signs(request.Header, w.Secrets, id, now(), body)
	response, err := w.client().Do(request)
	if err != nil {
		var network *net.OpError
		dial := errors.As(err, &network) && network.Op == "dial"
		return answer{}, !dial, plainError(request.URL.Host, err)
	}
	defer response.Body.Close()
	got.status = response.StatusCode
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		got.after = time.Duration(min(seconds, 60)) * time.Second
	}
	if got.body, err = io.ReadAll(io.LimitReader(response.Body, messageMax)); err != nil {
		return answer{}, true, plainError(request.URL.Host, err)
	}
	return got, true, nil
}

// client is who sends, and does not go where it is sent on to: a signed message is for one address.
func (w *Webhook) client() *http.Client {
	client := http.Client{Timeout: 30 * time.Second}
	if w.Client != nil {
		client = *w.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	return &client
}

// plainError is an error of a request, without the address, in which a token may stand.
func plainError(host string, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fmt.Errorf("%s: %w", host, err)
}
