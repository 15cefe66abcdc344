package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"redoubt/agent"
)

// asideMax bounds how many logs of shadows are set aside in one folder.
const asideMax = 100

// leaveShadow has the folder be one that the agent can go on with: what only advised has fenced
// nothing, and who acts could not rely on its log. That of a shadow is set aside where that is
// asked for. That of agents that act is never left for a shadow.
func (d *daemon) leaveShadow() error {
	dir := d.Agent.Data
	kept, err := readRecord(dir)
	if err != nil || kept == nil || kept.Shadow == d.Agent.Shadow {
		return err
	}
	if d.Agent.Shadow {
		return fmt.Errorf("the log in %s is of agents that act, and a shadow cannot go on with it: "+
			"mode = \"advise\" in the scenario's [policy] and redoubt policy change has them only advise; "+
			"a shadow beside them needs data of its own, and addresses", dir)
	}
	if !d.LeaveShadow {
		return fmt.Errorf("the log in %s is a shadow's, and agents that act begin one of their own: "+
			"redoubt agent --leave-shadow, for each of them, sets it aside in there", dir)
	}
	aside, err := d.setAside()
	if err != nil {
		return fmt.Errorf("set the shadow's log aside: %w", err)
	}
	d.Log.Warn("the shadow's log is set aside, and this agent acts from now on", "folder", aside)
	return nil
}

// setAside moves a log into a folder beside it, and returns that. It holds the log meanwhile, so
// that no other agent goes on with it. The record goes last: until then it is done again.
func (d *daemon) setAside() (string, error) {
	stores, err := agent.OpenStores(d.Agent.Data, d.Log)
	if err != nil {
		return "", err
	}
	defer stores.Close()
	for i := range asideMax {
		aside := filepath.Join(d.Agent.Data, fmt.Sprintf("shadow-%d", i+1))
		err := os.Mkdir(aside, 0o700)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		for _, name := range []string{"archive", "snapshots", "raft.db", answersFile, recordFile} {
			err := os.Rename(filepath.Join(d.Agent.Data, name), filepath.Join(aside, name))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", err
			}
		}
		return aside, nil
	}
	return "", fmt.Errorf("%d are there already", asideMax)
}
