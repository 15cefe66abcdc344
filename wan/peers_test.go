package wan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/peer"
	"redoubt/wan"
)

// asker is what an agent knows of both networks.
type asker interface {
	Ask(ctx context.Context, to model.RegionID, request []byte) ([]byte, error)
}

var (
	_ asker = (*wan.Peer)(nil)
	_ asker = (*peer.Node)(nil)
)

// reply answers as the agents of these tests do.
func reply(from model.RegionID, request []byte) ([]byte, error) {
	switch string(request) {
	case "no":
		return nil, errors.New("not that")
	case "all":
		return bytes.Repeat([]byte("x"), peer.FrameMax+1), nil
	}
	return fmt.Appendf(nil, "%d asks %s", from, request), nil
}

// isAskedAlike has region 0 ask region 1, which answers, and region 2, where nobody listens.
func isAskedAlike(t *testing.T, a asker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for _, c := range []struct {
		name, request string
		to            model.RegionID
		want          string
		refused       bool
	}{
		{"another region", "why", 1, "0 asks why", false},
		{"the own region", "why", 0, "0 asks why", false},
		{"a refusal", "no", 1, "not that", true},
		{"a refusal of its own", "no", 0, "not that", true},
		{"an answer that is too large", "all", 1,
			"an answer of 262145 bytes, 262144 at most", true},
	} {
		got, err := a.Ask(ctx, c.to, []byte(c.request))
		var refusal peer.Refusal
		if c.refused && (!errors.As(err, &refusal) || string(refusal) != c.want) ||
			!c.refused && (err != nil || string(got) != c.want) {
			t.Errorf("%s: got %.40q and %v, want %q", c.name, got, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		to      model.RegionID
		request []byte
	}{
		"nobody listens": {2, nil}, "no region": {model.NoRegion, nil},
		"too large": {1, make([]byte, peer.FrameMax+1)},
	} {
		if _, err := a.Ask(ctx, c.to, c.request); !errors.Is(err, peer.ErrUnsent) {
			t.Errorf("%s: got %v, want it not sent", name, err)
		}
	}
	over, end := context.WithCancel(ctx)
	end()
	if _, err := a.Ask(over, 1, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v of a context that is over", err)
	}
}

// An agent that is tested in virtual time asks as it does on a real network.
func TestBothNetworksAreAskedAlike(t *testing.T) {
	t.Run("virtual", func(t *testing.T) {
		play(t, func(t *testing.T, n *wan.Network) {
			n.Peer(1, reply)
			isAskedAlike(t, n.Peer(0, reply))
		})
	})
	t.Run("real", func(t *testing.T) {
		names := []string{"a", "b", "c"}
		authority, err := peer.NewAuthority("orders", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		var nodes []*peer.Node
		for r, name := range names[:2] {
			node, address := serve(t, authority, names, model.RegionID(r), name)
			nodes = append(nodes, node)
			nodes[0].Move(model.RegionID(r), address)
		}
		isAskedAlike(t, nodes[0])
	})
}

// serve runs a real node of a region.
func serve(
	t *testing.T, authority *peer.Authority, names []string, r model.RegionID, name string,
) (*peer.Node, string) {
	t.Helper()
	pair, err := authority.Issue(name, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := peer.NewKeys(authority.Pair().Certificate, pair)
	if err != nil {
		t.Fatal(err)
	}
	node, err := peer.New(peer.Config{
		Cluster: "orders", Region: r, Regions: names, Keys: keys, Handler: reply,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- node.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return node, listener.Addr().String()
}
