package gossip

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/memberlist"
)

// Meta is what an agent tells the others of itself. It is a hint like all of gossip: who needs to
// be sure asks over package peer.
type Meta struct {
	// Version is the release, Rules that of the decision's rules, and Policy the beginning of the
	// policy's digest.
	Version string `json:"v,omitempty"`
	Rules   uint32 `json:"r,omitempty"`
	Policy  string `json:"p,omitempty"`
	// API is where the agent's API is reached, host and port.
	API string `json:"a,omitempty"`
}

// encode gives what goes over the network: JSON of at most 512 bytes, so that another release can
// add to it.
func (m Meta) encode() ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if len(text) > memberlist.MetaMaxSize {
		return nil, fmt.Errorf("what an agent tells of itself has %d bytes, %d at most", len(text),
			memberlist.MetaMaxSize)
	}
	return text, nil
}

// decodeMeta reads what an agent tells, whatever release it is of. One that tells nothing is fine.
func decodeMeta(text []byte) (Meta, error) {
	var m Meta
	if len(text) == 0 {
		return m, nil
	}
	if len(text) > memberlist.MetaMaxSize {
		return m, fmt.Errorf("%d bytes, %d at most", len(text), memberlist.MetaMaxSize)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return Meta{}, err
	}
	return m, nil
}
