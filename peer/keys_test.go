package peer_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/peer"
)

// files writes keys to a folder, and gives the means to write others.
func files(t *testing.T) (peer.Files, func(authority []byte, pair peer.Pair)) {
	t.Helper()
	dir := t.TempDir()
	f := peer.Files{
		Authority:   filepath.Join(dir, "authority.pem"),
		Certificate: filepath.Join(dir, "agent.pem"),
		Key:         filepath.Join(dir, "agent.key"),
	}
	return f, func(authority []byte, pair peer.Pair) {
		must(t, os.WriteFile(f.Authority, authority, 0o600))
		must(t, os.WriteFile(f.Certificate, pair.Certificate, 0o600))
		must(t, os.WriteFile(f.Key, pair.Key, 0o600))
	}
}

func TestKeysAreReadAgainWithoutARestart(t *testing.T) {
	noLeaks(t)
	older, newer := authority(t, cluster), authority(t, cluster)
	both := append(append([]byte(nil), older.Pair().Certificate...), newer.Pair().Certificate...)
	var nodes []*node
	var writes []func([]byte, peer.Pair)
	for r, region := range regions[:2] {
		f, write := files(t)
		write(older.Pair().Certificate, issue(t, older, region))
		keys, err := peer.OpenKeys(f)
		must(t, err)
		nodes = append(nodes, start(t, keys, model.RegionID(r), nil))
		writes = append(writes, write)
	}
	nodes[0].Move(1, nodes[1].address)
	nodes[1].Move(0, nodes[0].address)
	recheck := func() {
		for _, n := range nodes {
			n.Recheck()
		}
	}
	works(t, nodes[0], 1)
	// First everybody trusts both, then has a certificate of the new one, then trusts it alone.
	for r, write := range writes {
		write(both, issue(t, older, regions[r]))
	}
	recheck()
	works(t, nodes[0], 1)
	for r, write := range writes {
		write(both, issue(t, newer, regions[r]))
	}
	recheck()
	works(t, nodes[0], 1)
	if got := nodes[0].Counts().Dialled; got != 1 {
		t.Errorf("dialled %d times although the connection is as good as ever", got)
	}
	for r, write := range writes {
		write(newer.Pair().Certificate, issue(t, newer, regions[r]))
	}
	recheck()
	until(t, "the connection with the old certificates has ended", func() bool {
		return nodes[0].Counts().Open+nodes[1].Counts().Open == 0
	})
	works(t, nodes[0], 1)
	if got := nodes[0].Refused(peer.UnknownAuthority) + nodes[1].Refused(
		peer.UnknownAuthority); got == 0 {
		t.Error("nobody was refused with a certificate of the old authority")
	}
	works(t, nodes[1], 0)
}

func TestKeysThatAreWrongLeaveTheOldOnes(t *testing.T) {
	a := authority(t, cluster)
	east := issue(t, a, "east")
	f, write := files(t)
	write(a.Pair().Certificate, east)
	keys, err := peer.OpenKeys(f)
	must(t, err)
	n := start(t, keys, 0, nil)
	others := issue(t, a, "east")
	for want, c := range map[string]struct {
		authority []byte
		pair      peer.Pair
	}{
		"private key does not match": {a.Pair().Certificate,
			peer.Pair{Certificate: others.Certificate, Key: east.Key}},
		"not one of the authority":              {authority(t, cluster).Pair().Certificate, others},
		"no certificate in PEM":                 {nil, others},
		"not an authority":                      {others.Certificate, others},
		"that in use for redoubt://orders/east": {a.Pair().Certificate, issue(t, a, "west")},
		"certificates belong": {append(append([]byte(nil), a.Pair().Certificate...),
			a.Pair().Key...), others},
	} {
		write(c.authority, c.pair)
		if changed, err := keys.Reload(); changed || err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("got %t and %v, want %q", changed, err, want)
		}
	}
	n.Recheck()
	if log := n.journal.String(); !strings.Contains(log, "cannot be read again") ||
		strings.Contains(log, "BEGIN") {
		t.Errorf("the log says %q", log)
	}
	questions(t, n, issue(t, a, "west"))
	write(a.Pair().Certificate, others)
	if changed, err := keys.Reload(); !changed || err != nil {
		t.Errorf("got %t and %v for good keys", changed, err)
	}
	if changed, err := keys.Reload(); changed || err != nil {
		t.Errorf("got %t and %v for the same keys again", changed, err)
	}
	if _, err := peer.OpenKeys(peer.Files{Authority: f.Authority}); err == nil {
		t.Error("opened keys without a file")
	}
}

func TestAConnectionEndsWithItsCertificate(t *testing.T) {
	a := authority(t, cluster)
	n := startAll(t, a, func(c *peer.Config) { c.Limits.Recheck = 100 * time.Millisecond })[0]
	now := time.Now()
	brief, err := a.IssueBetween("west", now.Add(-time.Hour), now.Add(3*time.Second))
	must(t, err)
	conn := questions(t, n, brief)
	_, err = conn.Write(append(header(5, 1, 1), "hello"...))
	must(t, err)
	if got := ended(t, conn); !strings.HasSuffix(got, "west: hello") {
		t.Errorf("heard %q before the end", got)
	}
	refuses(t, n, peer.Expired, 1)
}

func TestPeopleHearOfKeysThatAreOverSoon(t *testing.T) {
	a, err := peer.NewAuthority(cluster, 10*365*24*time.Hour)
	must(t, err)
	const day = 24 * time.Hour
	now := time.Now()
	for _, c := range []struct {
		life, at time.Duration
		want     string
	}{
		{365 * day, 0, ""},
		{365 * day, 334 * day, ""},
		{365 * day, 336 * day, "it is over at"},
		{365 * day, 366 * day, "it was over at"},
		{365 * day, -day, "not valid before"},
		{10 * day, 7 * day, ""},
		{10 * day, 9 * day, "it is over at"},
		{20 * 365 * day, 3649 * day, "it is over at"}, // The authority is.
	} {
		pair, err := a.IssueBetween("east", now, now.Add(c.life))
		must(t, err)
		keys, err := peer.NewKeys(a.Pair().Certificate, pair)
		must(t, err)
		err = keys.Standing(now.Add(c.at))
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, peer.ErrExpiring) ||
			!strings.Contains(err.Error(), c.want)) {
			t.Errorf("of %s, after %s: got %v, want %q", c.life, c.at, err, c.want)
		}
	}
	pair, err := a.IssueBetween("east", now.Add(-time.Hour), now.Add(time.Minute))
	must(t, err)
	keys, err := peer.NewKeys(a.Pair().Certificate, pair)
	must(t, err)
	n := start(t, keys, 0, func(c *peer.Config) { c.Limits.Recheck = 10 * time.Millisecond })
	until(t, "a warning", func() bool {
		return strings.Contains(n.journal.String(), "other agents will refuse this one")
	})
	time.Sleep(100 * time.Millisecond)
	if got := strings.Count(n.journal.String(), "other agents will"); got != 1 {
		t.Errorf("warned %d times at once", got)
	}
}

func TestAnAuthorityCanBeKept(t *testing.T) {
	a := authority(t, cluster)
	again, err := peer.LoadAuthority(a.Pair())
	must(t, err)
	if _, err := peer.NewKeys(a.Pair().Certificate, issue(t, again, "us-east-1/a b")); err != nil {
		t.Errorf("keys of a loaded authority: %v", err)
	}
	if _, err := again.Issue("", time.Hour); err == nil {
		t.Error("issued keys of no region")
	}
	east := issue(t, a, "east")
	for name, pair := range map[string]peer.Pair{
		"a region's keys": east,
		"another's key":   {Certificate: a.Pair().Certificate, Key: east.Key},
		"no key":          {Certificate: a.Pair().Certificate},
		"nothing":         {},
	} {
		if _, err := peer.LoadAuthority(pair); err == nil {
			t.Errorf("%s are an authority", name)
		}
	}
	for _, name := range []string{"", "a.b", "A", "-a", strings.Repeat("a", 64), "a/b"} {
		if _, err := peer.NewAuthority(name, time.Hour); err == nil {
			t.Errorf("%q is a cluster", name)
		}
	}
}
