package probe

import (
	"context"
	"testing"
	"time"
)

// TestLate has a probe begin later than its time was given, and a network that gives up sooner.
func TestLate(t *testing.T) {
	ctx, end := timed(t.Context(), 30*time.Millisecond)
	defer end()
	for name, c := range map[string]struct {
		ctx   context.Context
		began time.Duration
		want  string
	}{
		"in its time":  {ctx, 7 * time.Millisecond, "no answer within 30ms"},
		"before it":    {t.Context(), -130 * time.Second, "no answer within 2m10s"},
		"within child": {context.WithValue(ctx, t, 0), 9 * time.Millisecond, "no answer within 30ms"},
	} {
		began := time.Now().Add(c.began)
		if c.ctx != t.Context() {
			<-ctx.Done()
		}
		if got := late(c.ctx, began); got.Why != c.want || !got.Silent {
			t.Errorf("%s: got %+v, want %q", name, got, c.want)
		}
	}
}
