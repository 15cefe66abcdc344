package wan

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/model"
)

// callTimeout is after how long a call without an answer fails: what hashicorp/raft's own transport
// is commonly given, longer than any election here.
const callTimeout = 10 * time.Second

// RaftPort is a region's end of the network, a raft.Transport with pre-vote.
type RaftPort struct {
	network *Network
	region  model.RegionID
	calls   chan raft.RPC
	closed  chan struct{}
	closing sync.Once

	mu       sync.Mutex
	fastPath func(raft.RPC)
}

// RaftPort makes a region's end, in place of the one before it.
func (n *Network) RaftPort(region model.RegionID) *RaftPort {
	p := &RaftPort{
		network: n, region: region, calls: make(chan raft.RPC), closed: make(chan struct{}),
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.raft[region] = p
	return p
}

// raftAt is a region's end, or nil where nobody listens.
func (n *Network) raftAt(region model.RegionID) *RaftPort {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.raft[region]
}

// call carries a command to another region and the answer back. Without an answer it fails when its
// time is up, never before: nobody says that a region is lost. Where a region runs and nobody
// listens, the answer is that.
func (p *RaftPort) call(to raft.ServerAddress, rpc raft.RPC) (any, error) {
	end := time.Now().Add(callTimeout)
	got, ok := p.exchange(Region(string(to)), rpc, end)
	if !ok {
		select {
		case <-p.closed:
		case <-time.After(time.Until(end)):
		}
		return nil, errUnreachable
	}
	return got.Response, got.Error
}

// exchange is call without the wait for an answer that cannot come.
func (p *RaftPort) exchange(other model.RegionID, rpc raft.RPC, end time.Time) (
	got raft.RPCResponse, ok bool,
) {
	if !p.network.carry(p.region, other, 0, end) {
		return got, false
	}
	answer := make(chan raft.RPCResponse, 1)
	rpc.RespChan = answer
	if port := p.network.raftAt(other); port == nil {
		answer <- raft.RPCResponse{Error: errRefused}
	} else if !port.take(rpc, end) {
		return got, false
	}
	select {
	case got = <-answer:
	case <-time.After(time.Until(end)):
		return got, false
	}
	return got, p.network.carry(other, p.region, model.AnswerWait, end)
}

// take hands a call to the library: a heartbeat on its own way, as the library's transport does.
func (p *RaftPort) take(rpc raft.RPC, end time.Time) bool {
	p.mu.Lock()
	fastPath := p.fastPath
	p.mu.Unlock()
	if a, ok := rpc.Command.(*raft.AppendEntriesRequest); ok && fastPath != nil &&
		a.PrevLogEntry == 0 && a.PrevLogTerm == 0 && len(a.Entries) == 0 && a.LeaderCommitIndex == 0 {
		go fastPath(rpc)
		return true
	}
	select {
	case p.calls <- rpc:
		return true
	case <-p.closed:
		return false
	case <-time.After(time.Until(end)):
		return false
	}
}

// ask is call with an answer of a known type.
func ask[T any](p *RaftPort, to raft.ServerAddress, rpc raft.RPC, answer *T) error {
	got, err := p.call(to, rpc)
	if err != nil {
		return err
	}
	*answer = *got.(*T)
	return nil
}

// Consumer is part of raft.Transport, as are the methods below.
func (p *RaftPort) Consumer() <-chan raft.RPC { return p.calls }

// LocalAddr is the region's name.
func (p *RaftPort) LocalAddr() raft.ServerAddress { return raft.ServerAddress(Name(p.region)) }

// AppendEntriesPipeline is not offered.
func (p *RaftPort) AppendEntriesPipeline(
	raft.ServerID, raft.ServerAddress,
) (raft.AppendPipeline, error) {
	return nil, raft.ErrPipelineReplicationNotSupported
}

// AppendEntries carries entries, or a heartbeat.
func (p *RaftPort) AppendEntries(
	_ raft.ServerID, to raft.ServerAddress, command *raft.AppendEntriesRequest,
	answer *raft.AppendEntriesResponse,
) error {
	copied := *command // The library uses its own again for the next call.
	return ask(p, to, raft.RPC{Command: &copied}, answer)
}

// RequestVote asks for a vote.
func (p *RaftPort) RequestVote(
	_ raft.ServerID, to raft.ServerAddress, command *raft.RequestVoteRequest,
	answer *raft.RequestVoteResponse,
) error {
	return ask(p, to, raft.RPC{Command: command}, answer)
}

// RequestPreVote asks whether there would be a vote.
func (p *RaftPort) RequestPreVote(
	_ raft.ServerID, to raft.ServerAddress, command *raft.RequestPreVoteRequest,
	answer *raft.RequestPreVoteResponse,
) error {
	return ask(p, to, raft.RPC{Command: command}, answer)
}

// TimeoutNow hands the lead over.
func (p *RaftPort) TimeoutNow(
	_ raft.ServerID, to raft.ServerAddress, command *raft.TimeoutNowRequest,
	answer *raft.TimeoutNowResponse,
) error {
	return ask(p, to, raft.RPC{Command: command}, answer)
}

// InstallSnapshot carries a snapshot.
func (p *RaftPort) InstallSnapshot(
	_ raft.ServerID, to raft.ServerAddress, command *raft.InstallSnapshotRequest,
	answer *raft.InstallSnapshotResponse, data io.Reader,
) error {
	whole, err := io.ReadAll(data)
	if err != nil {
		return errors.Join(errors.New("read the snapshot"), err)
	}
	return ask(p, to, raft.RPC{Command: command, Reader: bytes.NewReader(whole)}, answer)
}

// EncodePeer keeps an address as it is.
func (p *RaftPort) EncodePeer(_ raft.ServerID, address raft.ServerAddress) []byte {
	return []byte(address)
}

// DecodePeer undoes EncodePeer.
func (p *RaftPort) DecodePeer(address []byte) raft.ServerAddress {
	return raft.ServerAddress(address)
}

// SetHeartbeatHandler has heartbeats handled past the queue of other calls.
func (p *RaftPort) SetHeartbeatHandler(handler func(raft.RPC)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fastPath = handler
}

// Close has nobody listen any more, and ends the wait of those that ask.
func (p *RaftPort) Close() error {
	p.closing.Do(func() { close(p.closed) })
	p.network.mu.Lock()
	defer p.network.mu.Unlock()
	if p.network.raft[p.region] == p {
		p.network.raft[p.region] = nil
	}
	return nil
}
