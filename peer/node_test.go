package peer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/peer"
)

func TestRegionsAskEachOtherOverOneConnection(t *testing.T) {
	noLeaks(t)
	nodes := startAll(t, authority(t, cluster), nil)
	var group sync.WaitGroup
	for i := range 30 {
		group.Go(func() {
			for j := range 10 {
				what := fmt.Sprintf("%d.%d %s", i, j, strings.Repeat("x", 1000*i))
				if got, err := nodes[0].ask(1, what); err != nil || got != "east: "+what {
					t.Errorf("got %.20q, %v", got, err)
				}
			}
		})
	}
	group.Wait()
	works(t, nodes[1], 0)
	works(t, nodes[2], 2)
	if got := nodes[0].Counts(); got.Dialled != 1 || got.Accepted != 1 || got.Open != 2 {
		t.Errorf("got %+v, want one connection each way", got)
	}
	if got := nodes[1].Counts().Answered; got != 300 {
		t.Errorf("%d were answered, want 300", got)
	}
}

func TestARefusalComesBackAsOne(t *testing.T) {
	nodes := startAll(t, authority(t, cluster), nil)
	for to := range model.RegionID(2) {
		_, err := nodes[0].ask(to, "refuse this")
		var refusal peer.Refusal
		if !errors.As(err, &refusal) || string(refusal) != "not that: refuse this" {
			t.Errorf("got %v", err)
		}
	}
	_, err := nodes[0].ask(1, "refuse "+strings.Repeat("x", 100_000))
	if err == nil || len(err.Error()) > 4096 {
		t.Errorf("%d bytes of refusal", len(err.Error()))
	}
	if got := nodes[1].Counts(); got.Denied != 2 || got.Answered != 2 ||
		nodes[0].Counts().Denied != 0 {
		t.Errorf("got %+v, want two refusals to be counted where they were given", got)
	}
	log := nodes[1].journal.String() // It is said before it is answered.
	if strings.Count(log, "a question of an agent was refused") != 1 || len(log) > 4096 ||
		!strings.Contains(log, "region=east") {
		t.Errorf("the log says\n%s", log)
	}
	works(t, nodes[0], 1)
}

func TestWhatCannotBeSentSaysSo(t *testing.T) {
	a := authority(t, cluster)
	nodes := startAll(t, a, func(c *peer.Config) {
		c.Handler = func(_ model.RegionID, request []byte) ([]byte, error) {
			return bytes.Repeat(request, 2), nil
		}
	})
	unsent := func(what string, to model.RegionID, request string) {
		t.Helper()
		if _, err := nodes[0].ask(to, request); !errors.Is(err, peer.ErrUnsent) {
			t.Errorf("%s: got %v, want it not sent", what, err)
		}
	}
	unsent("too large", 1, strings.Repeat("x", peer.FrameMax+1))
	unsent("no such region", 7, "x")
	unsent("no region at all", model.NoRegion, "x")
	if _, err := nodes[0].ask(1, strings.Repeat("x", peer.FrameMax)); err == nil ||
		!strings.Contains(err.Error(), "bytes") {
		t.Errorf("got %v for an answer that is too large", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	nodes[0].Move(2, listener.Addr().String())
	must(t, listener.Close())
	unsent("nobody listens", 2, "x")
	nodes[0].Move(2, "")
	unsent("no address", 2, "x")
	nodes[0].Close()
	unsent("closed", 2, "x")
}

func TestARegionThatMovesIsFound(t *testing.T) {
	noLeaks(t)
	a := authority(t, cluster)
	nodes := startAll(t, a, nil)
	keys, err := peer.NewKeys(a.Pair().Certificate, issue(t, a, "west"))
	must(t, err)
	begun, answer := make(chan struct{}), make(chan struct{})
	again := start(t, keys, 1, func(c *peer.Config) {
		c.Handler = func(model.RegionID, []byte) ([]byte, error) {
			close(begun)
			<-answer
			return []byte("late"), nil
		}
	})
	nodes[0].Move(1, again.address)
	var group sync.WaitGroup
	group.Go(func() {
		if got, err := nodes[0].ask(1, "slow"); got != "late" || err != nil {
			t.Errorf("got %q, %v from where it was asked", got, err)
		}
	})
	<-begun
	nodes[0].Move(1, nodes[1].address)
	works(t, nodes[0], 1) // Although the old connection is as good as ever.
	close(answer)
	group.Wait()
	until(t, "the old connection has ended", func() bool { return again.Counts().Open == 0 })
}

func TestARestartIsNoticed(t *testing.T) {
	a := authority(t, cluster)
	nodes := startAll(t, a, nil)
	works(t, nodes[0], 1)
	must(t, nodes[1].Close())
	if _, err := nodes[0].ask(1, "x"); err == nil {
		t.Error("heard something of a node that is closed")
	}
	listener, err := net.Listen("tcp", nodes[1].address)
	must(t, err)
	keys, err := peer.NewKeys(a.Pair().Certificate, issue(t, a, "west"))
	must(t, err)
	again := startAt(t, listener, keys, 1, nil)
	until(t, "it is asked again", func() bool {
		_, err := nodes[0].ask(1, "hello")
		return err == nil
	})
	if got := again.Counts().Answered; got != 1 {
		t.Errorf("%d were answered, want 1", got)
	}
}

func TestQuestionsOutliveAConnectionThatSaysNothing(t *testing.T) {
	t.Run("one waits for long", func(t *testing.T) { outlives(t, 1, 4*time.Second) })
	t.Run("each is given up soon", func(t *testing.T) { outlives(t, 5, 800*time.Millisecond) })
}

// outlives has questions be given up that nobody answers.
func outlives(t *testing.T, questions int, limit time.Duration) {
	t.Helper()
	noLeaks(t)
	hang := make(chan struct{})
	nodes := startAll(t, authority(t, cluster), func(c *peer.Config) {
		if c.Region == 1 {
			c.Handler = func(from model.RegionID, request []byte) ([]byte, error) {
				if string(request) == "hang" {
					<-hang
				}
				return echo(from, request)
			}
		}
	})
	defer close(hang)
	works(t, nodes[0], 1)
	for range questions {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		began := time.Now()
		_, err := nodes[0].Ask(ctx, 1, []byte("hang"))
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, peer.ErrUnsent) ||
			time.Since(began) > 10*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	}
	works(t, nodes[0], 1)
	if got := nodes[0].Counts().Dialled; got != 2 {
		t.Errorf("dialled %d times, want another connection after one that said nothing", got)
	}
}

func TestStreamsComeFromTheRegionThatTheCertificateNames(t *testing.T) {
	noLeaks(t)
	nodes := startAll(t, authority(t, cluster), nil)
	type met struct {
		conn net.Conn
		err  error
	}
	accepted := make(chan met, 1)
	go func() {
		conn, err := nodes[1].Streams().Accept()
		accepted <- met{conn, err}
	}()
	near, err := nodes[0].Streams().Dial("west", 10*time.Second)
	must(t, err)
	far := <-accepted
	must(t, far.err)
	from, to := far.conn.RemoteAddr().String(), far.conn.LocalAddr().String()
	if from != "east" || to != "west" {
		t.Errorf("a stream from %s to %s, want from east to west", from, to)
	}
	if got := nodes[1].Streams().Addr().String(); got != "west" {
		t.Errorf("the address is %s", got)
	}
	sent := bytes.Repeat([]byte("raft"), 100_000)
	go func() {
		_, _ = near.Write(sent)
		_ = near.Close()
	}()
	if got, err := io.ReadAll(far.conn); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes of %d, %v", len(got), len(sent), err)
	}
	must(t, far.conn.Close())
	must(t, nodes[1].Streams().Close())
	if _, err := nodes[1].Streams().Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := nodes[0].Streams().Dial("south", time.Second); !errors.Is(err, peer.ErrUnsent) {
		t.Errorf("got %v", err)
	}
}

func TestConfigurationsThatCannotWorkAreErrors(t *testing.T) {
	a := authority(t, cluster)
	keys, err := peer.NewKeys(a.Pair().Certificate, issue(t, a, "east"))
	must(t, err)
	good := peer.Config{
		Cluster: cluster, Regions: regions, Keys: keys, Handler: echo, Log: new(journal).log(),
	}
	for want, change := range map[string]func(*peer.Config){
		"for redoubt://orders/east, and not for redoubt://orders/west": func(c *peer.Config) {
			c.Region = 1
		},
		"and not for redoubt://other/east": func(c *peer.Config) { c.Cluster = "other" },
		"small letters":                    func(c *peer.Config) { c.Cluster = "No Host" },
		"needs keys":                       func(c *peer.Config) { c.Keys = nil },
		"region 3 of 3":                    func(c *peer.Config) { c.Region = 3 },
		"9 regions": func(c *peer.Config) {
			c.Regions = append(c.Regions[:3:3], "a", "b", "c", "d", "e", "f")
		},
	} {
		config := good
		change(&config)
		if _, err := peer.New(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
