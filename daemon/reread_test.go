package daemon

import (
	"crypto/tls"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/peer"
	"redoubt/scenarios"
)

// write replaces a file.
func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate writes one that an authority of its own has made.
func certificate(t *testing.T, certificate, key string) {
	t.Helper()
	authority, err := peer.NewAuthority("estate", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	pair := authority.Pair()
	write(t, certificate, pair.Certificate)
	write(t, key, pair.Key)
}

// A token that is taken out of its file opens nothing any more, a certificate and a key of gossip
// that are replaced are used, and a file that is wrong leaves all as it was.
func TestChangedFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	old, first := api.NewToken(api.Person{Name: "vera", Role: api.Viewer})
	kept, second := api.NewToken(api.Person{Name: "otto", Role: api.Operator})
	files := scenarios.Identity{
		Tokens: write(t, at("tokens"), []byte(first+second)), GossipKeys: at("gossip"),
		APICertificate: at("pem"), APIKey: at("key"),
	}
	key := func(b byte) []byte {
		return []byte(base64.StdEncoding.EncodeToString([]byte{31: b}) + "\n")
	}
	write(t, files.GossipKeys, key(1))
	certificate(t, files.APICertificate, files.APIKey)
	tokens, err := readTokens(files.Tokens)
	if err != nil {
		t.Fatal(err)
	}
	scenario, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	d := &daemon{Config: Config{
		Scenario: scenario, Agent: &scenarios.Agent{Identity: files}, Log: log,
	}}
	d.web = api.New(api.Config{
		Agent: newBridge(scenario, 0, false), Scenario: scenario, Tokens: tokens, Log: log,
	})
	d.files = d.watchedFiles()
	before := &tls.Config{MinVersion: tls.VersionTLS13}
	d.settings.Store(before)
	rotated := 0
	d.files[1].take = func() error { // Gossip itself is tried in its own package.
		_, err := readGossipKeys(files.GossipKeys)
		if err == nil {
			rotated++
		}
		return err
	}
	expect := func(when string, oldIs, keys int, sameTLS bool) {
		t.Helper()
		d.reread()
		d.reread() // What has not changed since is not read again.
		for secret, want := range map[string]int{old: oldIs, kept: http.StatusOK} {
			request := httptest.NewRequest(http.MethodGet, "/v1/history", nil)
			request.Header.Set("Authorization", "Bearer "+secret)
			answer := httptest.NewRecorder()
			d.web.Handler().ServeHTTP(answer, request)
			if got := answer.Code != http.StatusUnauthorized; got != (want == http.StatusOK) {
				t.Errorf("%s: got %d, want %d", when, answer.Code, want)
			}
		}
		if rotated != keys || (d.settings.Load() == before) != sameTLS {
			t.Errorf("%s: %d rotations, want %d; the same certificate: %v", when, rotated, keys, !sameTLS)
		}
	}
	expect("nothing has changed", http.StatusOK, 0, true)
	write(t, files.Tokens, []byte("vera viewer of a file that is half written"))
	write(t, files.GossipKeys, []byte("no key"))
	write(t, files.APIKey, []byte("no key"))
	expect("what has changed is wrong", http.StatusOK, 0, true)
	write(t, files.Tokens, []byte(second))
	write(t, files.GossipKeys, append(key(2), key(1)...))
	certificate(t, files.APICertificate, files.APIKey)
	expect("all has changed", http.StatusUnauthorized, 1, false)
}
