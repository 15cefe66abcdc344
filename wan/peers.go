package wan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"redoubt/model"
	"redoubt/peer"
)

// Peer is an agent's end of the network: what a peer.Node is on a real one, with the same errors.
type Peer struct {
	network *Network
	region  model.RegionID
	handler peer.Handler
}

// Peer makes a region's end, in place of the one before it.
func (n *Network) Peer(region model.RegionID, handler peer.Handler) *Peer {
	p := &Peer{network: n, region: region, handler: handler}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.peers[region] = p
	return p
}

func (n *Network) peerAt(region model.RegionID) *Peer {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.peers[region]
}

// answered is what came of a question.
type answered struct {
	bytes []byte
	err   error
}

// Ask asks another region, and waits for the answer until the context is over. The other may
// have done what it was asked although no answer comes, and may still do it later.
func (p *Peer) Ask(ctx context.Context, to model.RegionID, request []byte) ([]byte, error) {
	if len(request) > peer.FrameMax || !to.Valid() {
		return nil, fmt.Errorf("%w: %d bytes to region %d", peer.ErrUnsent, len(request), to)
	}
	answer := make(chan answered, 1)
	sent := append([]byte(nil), request...)
	end := time.Now().Add(callTimeout)
	if deadline, ok := ctx.Deadline(); ok {
		end = deadline
	}
	go func() {
		if got, ok := p.exchange(to, sent, end); ok {
			answer <- got
		}
	}()
	select {
	case got := <-answer:
		return got.bytes, got.err
	case <-ctx.Done():
		return nil, errors.Join(errUnreachable, ctx.Err())
	case <-time.After(time.Until(end)):
		return nil, errUnreachable
	}
}

// exchange carries a question there and the answer back.
func (p *Peer) exchange(to model.RegionID, request []byte, end time.Time) (answered, bool) {
	if !p.network.carry(p.region, to, 0, end) {
		return answered{}, false
	}
	got := answered{err: fmt.Errorf("%w: %w", peer.ErrUnsent, errRefused)}
	if other := p.network.peerAt(to); other != nil {
		bytes, err := other.handler(p.region, request)
		if got = (answered{bytes: append([]byte(nil), bytes...)}); len(bytes) > peer.FrameMax {
			err = fmt.Errorf("an answer of %d bytes, %d at most", len(bytes), peer.FrameMax)
		}
		if err != nil {
			got = answered{err: peer.Refusal(err.Error())}
		}
	}
	return got, p.network.carry(to, p.region, model.AnswerWait, end)
}

// Close has nobody listen any more.
func (p *Peer) Close() error {
	p.network.mu.Lock()
	defer p.network.mu.Unlock()
	if p.network.peers[p.region] == p {
		p.network.peers[p.region] = nil
	}
	return nil
}
