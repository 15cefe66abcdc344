package api_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"redoubt/api"
)

// A view is confirmed where somebody asks for that, and says why it is not where that cannot be
// had. What nobody asks about is not said to be confirmed.
func TestViewsAreConfirmedForWhoAsks(t *testing.T) {
	_, policy := estate(t)
	for _, c := range []struct {
		name    string
		confirm func(context.Context) error
		why     string
	}{
		{"it is", nil, ""},
		{"nobody leads", func(context.Context) error { return api.ErrNoLeader }, api.ErrNoLeader.Error()},
		{"it takes too long", func(ctx context.Context) error {
			<-ctx.Done()
			return errors.Join(errors.New("the leader hangs"), ctx.Err())
		}, "no leader has answered within 3s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newAgent(policy)
			a.confirm = c.confirm
			url, viewer, _ := served(t, a)
			client := client(t, url, viewer)
			began := time.Now()
			got, err := client.StatusNow(t.Context())
			if err != nil || got.Confirmed != (c.why == "") || got.Unconfirmed != c.why {
				t.Errorf("status: got %v, %q, %v", got.Confirmed, got.Unconfirmed, err)
			}
			told, err := client.ExplainNow(t.Context())
			if err != nil || told.Confirmed != (c.why == "") || told.Unconfirmed != c.why {
				t.Errorf("explain: got %v, %q, %v", told.Confirmed, told.Unconfirmed, err)
			}
			if took := time.Since(began); took > 9*time.Second {
				t.Errorf("both took %v", took)
			}
			if got, err := client.Status(t.Context()); err != nil || got.Confirmed ||
				got.Unconfirmed != "" {
				t.Errorf("unasked: got %v, %q, %v", got.Confirmed, got.Unconfirmed, err)
			}
		})
	}
}
