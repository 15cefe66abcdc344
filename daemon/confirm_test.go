package daemon

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Many who want to know at one time share a question, and nobody is answered with what was asked
// before they came.
func TestWhoWantsToKnowAtOneTimeSharesAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const takes = 100 * time.Millisecond
		var begun []time.Time
		c := &confirmer{ask: func(context.Context) error {
			begun = append(begun, time.Now())
			time.Sleep(takes)
			return nil
		}}
		var all sync.WaitGroup
		for i := range 50 { // One each 2 ms: one question is under way for most of them.
			all.Go(func() {
				time.Sleep(time.Duration(i) * 2 * time.Millisecond)
				came := time.Now()
				if err := c.confirm(t.Context()); err != nil {
					t.Error(err)
				}
				answered := time.Now()
				if asked := answered.Add(-takes); asked.Before(came) || answered.Sub(came) > 2*takes {
					t.Errorf("came at %v, and was answered %v later what was asked at %v", came,
						answered.Sub(came), asked)
				}
			})
		}
		all.Wait()
		if len(begun) != 2 {
			t.Errorf("%d questions were asked, want 2", len(begun))
		}
		time.Sleep(time.Minute)
		if err := c.confirm(t.Context()); err != nil || len(begun) != 3 {
			t.Errorf("got %v and %d questions, want another one later", err, len(begun))
		}
	})
}

// Who goes does not wait, and a question that failed, or hangs, is over for all who share it, and
// for nobody else.
func TestAQuestionThatFailsIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why, hangs := errors.New("nobody leads"), true
		c := &confirmer{ask: func(ctx context.Context) error {
			if hangs {
				<-ctx.Done()
				return ctx.Err()
			}
			return why
		}}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.confirm(ctx); !errors.Is(err, context.DeadlineExceeded) ||
			time.Since(began) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		hangs = false
		for range 2 {
			if err := c.confirm(t.Context()); !errors.Is(err, why) {
				t.Errorf("got %v, want %v", err, why)
			}
		}
		if took := time.Since(began); took != questionMost {
			t.Errorf("the next question was asked %v after one that hung", took)
		}
	})
}
