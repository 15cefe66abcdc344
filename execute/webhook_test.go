package execute

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/failover"
)

// key is a key of the tests.
func key(t *testing.T, letter string) Secret {
	t.Helper()
	text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
	secret, err := ParseSecret("whsec_" + text)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// service is who receives webhooks: it does each order once, and refuses those of an old epoch.
type service struct {
	*httptest.Server
	verifier Verifier
	mu       sync.Mutex
	done     []string
	epoch    uint32
	// answers are the next answers, by status, of which 0 is to hang up after the order was done.
	answers []int
	refused []error
}

func serves(t *testing.T, answers ...int) *service {
	t.Helper()
	s := &service{verifier: Verifier{Secrets: []Secret{key(t, "k")}}, answers: answers}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := s.verifier.Read(r)
	if err != nil {
		s.refused = append(s.refused, err)
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodGet {
		if !slices.Contains(s.done, r.URL.Query().Get("id")) {
			http.NotFound(w, r)
		}
		return
	}
	var order Order
	if json.Unmarshal(body, &order) != nil || order.Epoch < s.epoch {
		w.WriteHeader(http.StatusConflict)
		return
	}
	status := http.StatusOK
	if len(s.answers) > 0 {
		status, s.answers = s.answers[0], s.answers[1:]
	}
	if s.epoch = order.Epoch; status < 300 && !slices.Contains(s.done, order.ID) {
		s.done = append(s.done, order.ID)
	}
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}

// hook is a webhook to a service.
func hook(t *testing.T, s *service) *Webhook {
	t.Helper()
	w := &Webhook{
		Names: shop, URL: s.URL + "/do?token=hush-hush", Look: s.URL + "/look",
		Secrets: []Secret{key(t, "k")}, Tries: 2,
	}
	if err := w.Validate(); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestAServiceSaysHowItWent by the status of its answer.
func TestAServiceSaysHowItWent(t *testing.T) {
	for status, outcome := range map[int]Outcome{
		200: Done, 202: Done, 204: Done, 409: Failed, 410: Failed, 400: Unknown, 401: Unknown,
		302: Unknown, 404: Unknown,
	} {
		want(t, hook(t, serves(t, status)).Do(t.Context(), promotion(5)), outcome, "")
	}
	s := serves(t, 503, 200)
	want(t, hook(t, s).Do(t.Context(), promotion(5)), Done, "")
	want(t, hook(t, s).Do(t.Context(), promotion(4)), Failed, "it is stale")
	if len(s.done) != 1 || len(s.refused) != 0 {
		t.Errorf("got %v done and %v refused, want one order done once", s.done, s.refused)
	}
}

// TestALostAnswerIsFoundAgain has a service do an order and hang up.
func TestALostAnswerIsFoundAgain(t *testing.T) {
	s := serves(t, 0, 0)
	w := hook(t, s)
	want(t, w.Do(t.Context(), notice(5, true)), Failed, "it was not done")
	want(t, w.Do(t.Context(), notice(5, false)), Unknown, "no answer")
	want(t, w.Do(t.Context(), notice(5, true)), Done, "")
	if len(s.done) != 1 {
		t.Errorf("got %v, want it done once", s.done)
	}
	w.Look = ""
	want(t, w.Do(t.Context(), notice(5, true)), Unknown, "no address says")
}

// TestWhatNobodyHeardHasFailed and what somebody may have heard has not.
func TestWhatNobodyHeardHasFailed(t *testing.T) {
	s := serves(t)
	w := hook(t, s)
	s.Close()
	got := w.Do(t.Context(), promotion(5))
	want(t, got, Failed, "no answer")
	if contains(got.Why, "hush") {
		t.Errorf("got %q, want no address in full", got.Why)
	}
	wait := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-wait }))
	defer hangs.Close()
	defer close(wait)
	w.URL = hangs.URL
	ctx, end := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer end()
	want(t, w.Do(ctx, promotion(5)), Unknown, "no answer")
}

// TestAnAnswerMaySayMore than its status.
func TestAnAnswerMaySayMore(t *testing.T) {
	for text, outcome := range map[string]Outcome{
		`{"outcome":"done","writes":67}`: Done, `{"outcome":"failed","why":"no"}`: Failed,
		`{"outcome":"unknown"}`: Unknown, `{"outcome":"dancing"}`: Unknown, "fine": Unknown, "": Unknown,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, text)
		}))
		w := &Webhook{Names: shop, URL: server.URL, Secrets: []Secret{key(t, "k")}, Tries: 1}
		action := promotion(5)
		action.Step = failover.Archive
		got := w.Do(t.Context(), action)
		server.Close()
		if want(t, got, outcome, ""); outcome == Done && got.Count != 67 {
			t.Errorf("got %+v", got)
		}
	}
}

// TestAddressesAreChecked and nothing is signed with no key.
func TestAddressesAreChecked(t *testing.T) {
	for _, w := range []Webhook{
		{URL: "http://example.org/x?token=hush-hush", Secrets: []Secret{key(t, "k")}},
		{URL: "ftp://localhost", Secrets: []Secret{key(t, "k")}}, {URL: "https://example.org"},
		{URL: "::", Secrets: []Secret{key(t, "k")}},
	} {
		if err := w.Validate(); err == nil || contains(err.Error(), "hush") {
			t.Errorf("got %v", err)
		}
	}
	secret := key(t, "k")
	text := fmt.Sprintf("%v %+v %#v", secret, secret, secret)
	if contains(text, "kk") || contains(text, "107") {
		t.Errorf("a key prints as %s", text)
	}
}

// signedAt is a message as somebody with a key sends it.
func signedAt(secret Secret, id string, at time.Time, body string) http.Header {
	header := http.Header{}
	signs(header, []Secret{secret}, id, at, []byte(body))
	return header
}

// TestForgedMessagesAreRefused and replayed, stale and oversized ones.
func TestForgedMessagesAreRefused(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	v := &Verifier{
		Secrets: []Secret{key(t, "a"), key(t, "b")}, Now: func() time.Time { return now },
	}
	good := signedAt(key(t, "b"), "5.3-do", now, "{}")
	if err := v.Verify(good, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	old, future := now.Add(-6*time.Minute), now.Add(6*time.Minute)
	changed := func(name, value string) http.Header {
		header := signedAt(key(t, "a"), "5.4-do", now, "{}")
		header.Set(name, value)
		return header
	}
	for name, c := range map[string]struct {
		header http.Header
		body   string
		want   error
	}{
		"replayed":          {good, "{}", ErrReplayed},
		"another body":      {signedAt(key(t, "a"), "x", now, "{}"), "{ }", ErrForged},
		"another key":       {signedAt(key(t, "c"), "x", now, "{}"), "{}", ErrForged},
		"another id":        {changed(headerID, "6.4-do"), "{}", ErrForged},
		"another time":      {changed(headerTime, "1700000001"), "{}", ErrForged},
		"no signature":      {changed(headerSignature, ""), "{}", ErrForged},
		"half a signature":  {changed(headerSignature, "v1,AAAA"), "{}", ErrForged},
		"another version":   {changed(headerSignature, "v2,"+strings.Repeat("A", 44)), "{}", ErrForged},
		"no id":             {changed(headerID, ""), "{}", errMalformed},
		"a time with more":  {changed(headerTime, "01700000000"), "{}", errMalformed},
		"an old one":        {signedAt(key(t, "a"), "x", old, "{}"), "{}", ErrOutOfTime},
		"one of the future": {signedAt(key(t, "a"), "x", future, "{}"), "{}", ErrOutOfTime},
	} {
		if err := v.Verify(c.header, []byte(c.body)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if err := v.Verify(signedAt(key(t, "a"), "5.3-do", now.Add(time.Second), "{}"),
		[]byte("{}")); err != nil {
		t.Errorf("got %v, want what is sent again to be let through", err)
	}
	if err := (&Verifier{}).Verify(signedAt(Secret{}, "x", time.Now(), ""), nil); err == nil {
		t.Error("who knows no key lets a message through")
	}
}

// TestLongMessagesAreRefused whether or not they say how long they are.
func TestLongMessagesAreRefused(t *testing.T) {
	v := &Verifier{Secrets: []Secret{key(t, "a")}, BytesMax: 10}
	for _, length := range []int64{-1, 11} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 11)))
		r.ContentLength = length
		if _, err := v.Read(r); !errors.Is(err, ErrTooLong) {
			t.Errorf("got %v", err)
		}
	}
	w := &Webhook{URL: "http://localhost:1", Secrets: []Secret{key(t, "a")}}
	want(t, w.Post(t.Context(), "x", make([]byte, messageMax+1)), Failed, "more than 65536")
}

// TestKeysAreRead as the specification writes them.
func TestKeysAreRead(t *testing.T) {
	for _, text := range []string{"", "whsec_", "whsec_!!", "c2hvcnQ="} {
		if _, err := ParseSecret(text); err == nil || text != "" && contains(err.Error(), text) {
			t.Errorf("%q: got %v", text, err)
		}
	}
	// The example of the specification's own libraries.
	secret, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := base64.StdEncoding.EncodeToString(secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
		[]byte(`{"test": 2432232314}`)))
	if got != "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("got %s, which other libraries would refuse", got)
	}
}
