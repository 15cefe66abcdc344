package agent

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"redoubt/failover"
)

// A snapshot is what a replica needs to go on from an entry: a magic word, the entry's index and
// term (8 bytes each), the policy that the state is under and the state, each after its length (4),
// and the SHA-256 of all that. All numbers are little-endian.
const (
	snapshotMagic = "redoubt snapshot 1\n"
	snapshotMax   = 64 << 10
)

// snapshot is one that raft is to keep.
type snapshot struct {
	archive *Archive
	content []byte
}

// Persist writes the snapshot, once all that it stands for is in the archive and on disk: raft cuts
// the log off behind it.
func (s *snapshot) Persist(sink raft.SnapshotSink) error {
	if s.archive != nil {
		if err := s.archive.Sync(); err != nil {
			return errors.Join(err, sink.Cancel())
		}
	}
	if _, err := sink.Write(s.content); err != nil {
		return errors.Join(err, sink.Cancel())
	}
	return sink.Close()
}

// Release has nothing to free.
func (s *snapshot) Release() {}

func appendSnapshot(b []byte, s *failover.State, p *failover.Policy, index, term uint64) []byte {
	start := len(b)
	b = append(b, snapshotMagic...)
	b = binary.LittleEndian.AppendUint64(b, index)
	b = binary.LittleEndian.AppendUint64(b, term)
	for _, part := range [...][]byte{failover.AppendPolicy(nil, p), failover.AppendState(nil, s)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(b[start:])
	return append(b, sum[:]...)
}

// restored is what a snapshot holds.
type restored struct {
	policy      failover.Policy
	state       failover.State
	index, term uint64
}

var errSnapshot = errors.New("this is no snapshot of a replica")

// decodeSnapshot reads what appendSnapshot wrote.
func decodeSnapshot(b []byte) (r restored, err error) {
	head := len(snapshotMagic)
	if len(b) < head+2*8+sha256.Size || len(b) > snapshotMax || string(b[:head]) != snapshotMagic {
		return r, errSnapshot
	}
	content, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if sha256.Sum256(content) != [sha256.Size]byte(sum) {
		return r, fmt.Errorf("%w: it is damaged", errSnapshot)
	}
	r.index = binary.LittleEndian.Uint64(content[head:])
	r.term = binary.LittleEndian.Uint64(content[head+8:])
	content = content[head+16:]
	var parts [2][]byte
	for i := range parts {
		if len(content) < 4 {
			return r, errSnapshot
		}
		size := binary.LittleEndian.Uint32(content)
		if content = content[4:]; uint64(size) > uint64(len(content)) {
			return r, errSnapshot
		}
		parts[i], content = content[:size], content[size:]
	}
	if len(content) > 0 {
		return r, errSnapshot
	}
	if r.policy, err = failover.DecodePolicy(parts[0]); err != nil {
		return r, fmt.Errorf("%w: %w", errSnapshot, err)
	}
	if r.state, err = failover.DecodeState(parts[1]); err != nil {
		return r, fmt.Errorf("%w: %w", errSnapshot, err)
	}
	return r, nil
}
