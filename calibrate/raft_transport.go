package calibrate

import (
	"io"
	"time"

	"github.com/hashicorp/raft"
)

// callTimeout is after how long a call without an answer fails: what hashicorp/raft's own transport
// is commonly given, longer than any election here.
const callTimeout = 10 * time.Second

// raftPort is a region's end of the network, a raft.Transport with pre-vote.
type raftPort struct {
	wan      *WAN
	region   int
	ports    []*raftPort
	calls    chan raft.RPC
	fastPath func(raft.RPC)
}

func newRaftPorts(wan *WAN, regions int) []*raftPort {
	ports := make([]*raftPort, regions)
	for r := range ports {
		ports[r] = &raftPort{wan: wan, region: r, ports: ports, calls: make(chan raft.RPC)}
	}
	return ports
}

// call carries a command to another region and the answer back. Without an answer it fails when its
// time is up, never before: nobody says that a region is lost.
func (p *raftPort) call(to raft.ServerAddress, command any) (any, error) {
	end := time.Now().Add(callTimeout)
	got, ok := p.exchange(regionOf(string(to)), command, end)
	if !ok {
		time.Sleep(time.Until(end))
		return nil, errUnreachable
	}
	return got.Response, got.Error
}

// exchange is call without the wait for an answer that cannot come.
func (p *raftPort) exchange(other int, command any, end time.Time) (got raft.RPCResponse, ok bool) {
	if !p.wan.Reachable(p.region, other) {
		return got, false
	}
	time.Sleep(p.wan.OneWay(p.region, other))
	answer := make(chan raft.RPCResponse, 1)
	rpc := raft.RPC{Command: command, RespChan: answer}
	if !p.wan.Up(other) || !p.ports[other].take(rpc, end) {
		return got, false
	}
	select {
	case got = <-answer:
	case <-time.After(time.Until(end)):
		return got, false
	}
	if !p.wan.Reachable(p.region, other) {
		return got, false
	}
	time.Sleep(p.wan.OneWay(p.region, other))
	return got, true
}

// take hands a call to the library: a heartbeat on its own way, as the library's transport does.
func (p *raftPort) take(rpc raft.RPC, end time.Time) bool {
	if a, ok := rpc.Command.(*raft.AppendEntriesRequest); ok && p.fastPath != nil &&
		a.PrevLogEntry == 0 && a.PrevLogTerm == 0 && len(a.Entries) == 0 && a.LeaderCommitIndex == 0 {
		go p.fastPath(rpc)
		return true
	}
	select {
	case p.calls <- rpc:
		return true
	case <-time.After(time.Until(end)):
		return false
	}
}

// ask is call with an answer of a known type.
func ask[T any](p *raftPort, to raft.ServerAddress, command any, answer *T) error {
	got, err := p.call(to, command)
	if err != nil {
		return err
	}
	*answer = *got.(*T)
	return nil
}

// Consumer is part of raft.Transport, as are the methods below.
func (p *raftPort) Consumer() <-chan raft.RPC { return p.calls }

func (p *raftPort) LocalAddr() raft.ServerAddress {
	return raft.ServerAddress(regionName(p.region))
}

func (p *raftPort) AppendEntriesPipeline(
	raft.ServerID, raft.ServerAddress,
) (raft.AppendPipeline, error) {
	return nil, raft.ErrPipelineReplicationNotSupported
}

func (p *raftPort) AppendEntries(
	_ raft.ServerID, to raft.ServerAddress, command *raft.AppendEntriesRequest,
	answer *raft.AppendEntriesResponse,
) error {
	copied := *command // The library uses its own again for the next call.
	return ask(p, to, &copied, answer)
}

func (p *raftPort) RequestVote(
	_ raft.ServerID, to raft.ServerAddress, command *raft.RequestVoteRequest,
	answer *raft.RequestVoteResponse,
) error {
	return ask(p, to, command, answer)
}

func (p *raftPort) RequestPreVote(
	_ raft.ServerID, to raft.ServerAddress, command *raft.RequestPreVoteRequest,
	answer *raft.RequestPreVoteResponse,
) error {
	return ask(p, to, command, answer)
}

func (p *raftPort) TimeoutNow(
	_ raft.ServerID, to raft.ServerAddress, command *raft.TimeoutNowRequest,
	answer *raft.TimeoutNowResponse,
) error {
	return ask(p, to, command, answer)
}

// InstallSnapshot fails: nothing here writes enough for one.
func (p *raftPort) InstallSnapshot(
	raft.ServerID, raft.ServerAddress, *raft.InstallSnapshotRequest, *raft.InstallSnapshotResponse,
	io.Reader,
) error {
	return errUnreachable
}

func (p *raftPort) EncodePeer(_ raft.ServerID, address raft.ServerAddress) []byte {
	return []byte(address)
}

func (p *raftPort) DecodePeer(address []byte) raft.ServerAddress {
	return raft.ServerAddress(address)
}

func (p *raftPort) SetHeartbeatHandler(handler func(raft.RPC)) { p.fastPath = handler }
