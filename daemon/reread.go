package daemon

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"time"

	"redoubt/api"
)

// rereadEvery is how often it is looked whether a file has changed that is read again.
const rereadEvery = 30 * time.Second

// watched are files that are read again when one of them has changed.
type watched struct {
	what  string
	paths []string
	// take reads the files and has them count. After an error all is as it was.
	take func() error
	// sum is of what the files held when they were looked at last.
	sum [sha256.Size]byte
}

// digest is of what the files hold now. One that cannot be read differs from one that can.
func (w *watched) digest() (sum [sha256.Size]byte) {
	all := sha256.New()
	for _, path := range w.paths {
		data, err := os.ReadFile(path)
		fmt.Fprintf(all, "%d %t\n%s\n", len(data), err == nil, data)
	}
	all.Sum(sum[:0])
	return sum
}

// watchedFiles are the files with secrets and certificates, as they are now. The keys between
// agents are read again by package peer.
func (d *daemon) watchedFiles() []*watched {
	files := &d.Agent.Identity
	all := []*watched{
		{what: "tokens", paths: []string{files.Tokens}, take: func() error {
			tokens, err := readTokens(files.Tokens)
			if err == nil {
				d.web.SetTokens(tokens)
			}
			return err
		}},
		{what: "keys of gossip", paths: []string{files.GossipKeys}, take: func() error {
			keys, err := readGossipKeys(files.GossipKeys)
			if err != nil {
				return err
			}
			return d.gossip.Rotate(keys...)
		}},
	}
	if files.APICertificate != "" {
		web := &watched{what: "certificates of the API", paths: []string{
			files.APICertificate, files.APIKey,
		}}
		if files.APIAuthority != "" {
			web.paths = append(web.paths, files.APIAuthority)
		}
		web.take = func() error {
			settings, err := apiTLS(files)
			if err == nil {
				d.settings.Store(settings)
			}
			return err
		}
		all = append(all, web)
	}
	for _, each := range all {
		each.sum = each.digest()
	}
	return all
}

// rereads reads files again that have changed, until the context is over.
func (d *daemon) rereads(ctx context.Context, every time.Duration) error {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
			d.reread()
		}
	}
}

// reread reads what has changed. What is wrong in it is said once, and leaves the old in use.
func (d *daemon) reread() {
	for _, each := range d.files {
		sum := each.digest()
		if sum == each.sum {
			continue
		}
		each.sum = sum
		if err := each.take(); err != nil {
			d.Log.Error("a changed file is wrong, and what was read before stays in use",
				"what", each.what, "error", err)
			continue
		}
		d.Log.Info("a changed file was read again", "what", each.what)
	}
}

// readTokens reads who may ask the agent.
func readTokens(path string) (api.Tokens, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the tokens: %w", err)
	}
	return api.ReadTokens(path, data)
}
