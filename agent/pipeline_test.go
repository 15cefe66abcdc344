package agent

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"
)

// line is a raft.Transport and its one pipeline, which keeps what is sent on it, and hangs once it
// is told to.
type line struct {
	raft.Transport
	sent   []raft.AppendEntriesRequest
	hangs  atomic.Bool
	closed chan struct{}
	once   sync.Once
}

func (l *line) AppendEntriesPipeline(
	raft.ServerID, raft.ServerAddress,
) (raft.AppendPipeline, error) {
	return (*lineEnd)(l), nil
}

// AppendEntries is taken by a follower that has all that comes before it.
func (*line) AppendEntries(
	_ raft.ServerID, _ raft.ServerAddress, asked *raft.AppendEntriesRequest,
	answer *raft.AppendEntriesResponse,
) error {
	answer.Success = asked.PrevLogEntry <= 3
	return nil
}

type lineEnd line

func (l *lineEnd) AppendEntries(
	asked *raft.AppendEntriesRequest, _ *raft.AppendEntriesResponse,
) (raft.AppendFuture, error) {
	if l.hangs.Load() {
		<-l.closed
		return nil, raft.ErrPipelineShutdown
	}
	l.sent = append(l.sent, *asked)
	return nil, nil
}

func (*lineEnd) Consumer() <-chan raft.AppendFuture { return nil }

func (l *lineEnd) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// onALine has a leader with a heartbeat of two seconds that sends to one follower.
func onALine(t *testing.T, play func(t *testing.T, v *votes, p raft.AppendPipeline, l *line)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &line{closed: make(chan struct{})}
		v := &votes{
			Transport: l, beat: 2 * time.Second, pipelines: map[*pipeline]bool{},
			taken: map[raft.ServerID]raft.AppendEntriesRequest{},
		}
		p, err := v.AppendEntriesPipeline("b", "b")
		if err != nil {
			t.Fatal(err)
		}
		play(t, v, p, l)
		if err := p.Close(); err != nil || len(v.pipelines) > 0 {
			t.Errorf("closed with %v, and %d pipelines are left", err, len(v.pipelines))
		}
		synctest.Wait()
	})
}

// entriesOf are what a leader of the second term sends: the entries up to an index after another
// one, and up to where all is committed.
func entriesOf(after, to, committed uint64) *raft.AppendEntriesRequest {
	asked := &raft.AppendEntriesRequest{
		Term: 2, PrevLogEntry: after, PrevLogTerm: 2, LeaderCommitIndex: committed,
	}
	for i := after + 1; i <= to; i++ {
		asked.Entries = append(asked.Entries, &raft.Log{Index: i, Term: 2})
	}
	return asked
}

// A follower hears at once that an entry is committed, in the words that raft would use, and of
// nothing else: nothing that it was not sent, or that another leader has committed.
func TestPipelineTellsWhatIsCommittedAtOnce(t *testing.T) {
	rows := []struct {
		name  string
		known place
		// want is up to where the follower hears that all is committed, 0 for not at all.
		want uint64
	}{
		{"an entry of this leader", place{5, 2}, 5},
		{"the last that was sent", place{6, 2}, 6},
		{"one that was not sent", place{9, 2}, 6},
		{"what it knows", place{3, 2}, 0},
		{"an entry of another leader", place{6, 3}, 0},
		{"an entry of an earlier leader", place{5, 1}, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			onALine(t, func(t *testing.T, v *votes, p raft.AppendPipeline, l *line) {
				if _, err := p.AppendEntries(entriesOf(3, 6, 3), nil); err != nil {
					t.Fatal(err)
				}
				v.committed(row.known)
				synctest.Wait()
				if row.want == 0 {
					if len(l.sent) != 1 {
						t.Fatalf("it was told %+v", l.sent[1])
					}
					return
				}
				if len(l.sent) != 2 {
					t.Fatalf("%d were sent, want the entries and the news", len(l.sent))
				}
				if got := &l.sent[1]; got.LeaderCommitIndex != row.want || got.PrevLogEntry != 6 ||
					got.PrevLogTerm != 2 || got.Term != 2 || len(got.Entries) > 0 {
					t.Errorf("got %+v", got)
				}
				v.committed(row.known)
				synctest.Wait()
				if len(l.sent) != 2 {
					t.Errorf("it was told again: %+v", l.sent[2])
				}
			})
		})
	}
}

// What a follower has taken before there was a pipeline to it is told committed at once, too, be
// that so before or after. Nothing is told of what it refused, nor by a heartbeat.
func TestPipelineBeginsWithWhatWasTakenBefore(t *testing.T) {
	type sent []*raft.AppendEntriesRequest
	heartbeat := &raft.AppendEntriesRequest{Term: 2}
	rows := []struct {
		name   string
		before sent
		known  place
		// want is up to where the follower hears that all is committed, 0 for not at all.
		want uint64
	}{
		{"entries", sent{entriesOf(3, 6, 3)}, place{6, 2}, 6},
		{"a heartbeat since", sent{entriesOf(3, 6, 3), heartbeat}, place{6, 2}, 6},
		{"what it has heard", sent{entriesOf(3, 3, 3)}, place{3, 2}, 0},
		{"refused", sent{entriesOf(4, 6, 4)}, place{6, 2}, 0},
		{"of an earlier term", sent{entriesOf(3, 6, 3)}, place{6, 3}, 0},
		{"nothing", nil, place{6, 2}, 0},
	}
	for _, row := range rows {
		for _, early := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, committed early %v", row.name, early), func(t *testing.T) {
				onALine(t, func(t *testing.T, v *votes, _ raft.AppendPipeline, l *line) {
					var answer raft.AppendEntriesResponse
					for _, asked := range row.before {
						if err := v.AppendEntries("c", "c", asked, &answer); err != nil {
							t.Fatal(err)
						}
					}
					if early {
						v.committed(row.known)
					}
					p, err := v.AppendEntriesPipeline("c", "c")
					if err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					if !early {
						v.committed(row.known)
						synctest.Wait()
					}
					if err := p.Close(); err != nil {
						t.Error(err)
					}
					if row.want == 0 {
						if len(l.sent) > 0 {
							t.Fatalf("it was told %+v", l.sent)
						}
						return
					}
					if len(l.sent) != 1 {
						t.Fatalf("%d were sent, want the news", len(l.sent))
					}
					if got := &l.sent[0]; got.LeaderCommitIndex != row.want || got.PrevLogEntry != 6 ||
						got.PrevLogTerm != 2 || got.Term != 2 || len(got.Entries) > 0 {
						t.Errorf("got %+v", got)
					}
				})
			})
		}
	}
}

// Where the news hang with a follower raft does not: it goes on, and gives the pipeline up.
func TestPipelineThatHangsCanBeClosed(t *testing.T) {
	onALine(t, func(t *testing.T, v *votes, p raft.AppendPipeline, l *line) {
		if _, err := p.AppendEntries(entriesOf(3, 6, 3), nil); err != nil {
			t.Fatal(err)
		}
		l.hangs.Store(true)
		v.committed(place{6, 2})
		synctest.Wait()
		began := time.Now()
		_, err := p.AppendEntries(entriesOf(6, 7, 6), nil)
		if !errors.Is(err, errBusy) || time.Since(began) != v.beat {
			t.Errorf("got %v after %v, want %v after %v", err, time.Since(began), errBusy, v.beat)
		}
	})
}

// A pipeline that takes nothing from raft is closed: raft itself would wait for good.
func TestPipelineThatTakesNothingIsClosed(t *testing.T) {
	onALine(t, func(t *testing.T, v *votes, p raft.AppendPipeline, l *line) {
		l.hangs.Store(true)
		began := time.Now()
		_, err := p.AppendEntries(entriesOf(3, 6, 3), nil)
		if took := time.Since(began); !errors.Is(err, raft.ErrPipelineShutdown) || took != 5*v.beat {
			t.Errorf("got %v after %v, want %v after %v", err, took, raft.ErrPipelineShutdown, 5*v.beat)
		}
	})
}

// An agent that cannot hand the lead over tells nothing: it would seem to lead.
func TestPipelineOfASilentAgentTellsNothing(t *testing.T) {
	onALine(t, func(t *testing.T, v *votes, p raft.AppendPipeline, l *line) {
		if _, err := p.AppendEntries(entriesOf(3, 6, 3), nil); err != nil {
			t.Fatal(err)
		}
		v.silent.Store(true)
		v.committed(place{6, 2})
		synctest.Wait()
		if _, err := p.AppendEntries(entriesOf(6, 6, 6), nil); !errors.Is(err, errSilent) {
			t.Errorf("got %v, want %v", err, errSilent)
		}
		if len(l.sent) != 1 {
			t.Errorf("it told %+v", l.sent[1:])
		}
	})
}

// How often raft says again what is committed is what the configuration says, and raft's own where
// it says nothing.
func TestCommitsAreSaidAgainAsOftenAsIsAsked(t *testing.T) {
	for every, want := range map[time.Duration]time.Duration{
		0: raft.DefaultConfig().CommitTimeout, 250 * time.Millisecond: 250 * time.Millisecond,
	} {
		n := &Node{config: Config{
			Names: []string{"a"}, Times: Times{Heartbeat: 2 * time.Second}, CommitEvery: every,
			Log: slog.New(slog.DiscardHandler),
		}}
		if got := n.raftConfig().CommitTimeout; got != want {
			t.Errorf("%v: got %v, want %v", every, got, want)
		}
	}
}
