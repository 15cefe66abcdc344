package guard

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// bare is the directory of a cluster as far as a guard looks at it before it starts a server.
func bare(t *testing.T, version string) PostgreSQL {
	t.Helper()
	s := PostgreSQL{Data: t.TempDir(), Program: "/bin/false", Options: []string{"-p", "5433"}}
	path := filepath.Join(s.Data, versionFile)
	if err := os.WriteFile(path, []byte(version+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAnOldClusterIsRefused has one that would boot as a primary, whatever files are in it.
func TestAnOldClusterIsRefused(t *testing.T) {
	for version, want := range map[string]string{
		"9.6": "12 is the oldest", "11": "12 is the oldest", "twelve": "names no version", "12": "",
		"17": "",
	} {
		_, err := bare(t, version).Process()
		if want == "" && err != nil || want != "" &&
			(err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("version %s: got %v, want %q", version, err, want)
		}
	}
}

// TestAGuardsSettingsComeLast holds which directory a server runs on, however it was named and
// whatever options there are.
func TestAGuardsSettingsComeLast(t *testing.T) {
	s := bare(t, "15")
	t.Chdir(filepath.Dir(s.Data))
	whole := s.Data
	s.Data, s.Options = filepath.Base(s.Data), []string{"-c", "data_directory=/elsewhere"}
	p, err := s.Process()
	want := []string{
		"postgres", "-D", whole, "-c", "data_directory=/elsewhere", "-c", "data_directory=" + whole, "-c",
		"hot_standby=on", "-c", "recovery_target_action=pause", "-c", "promote_trigger_file=",
	}
	if err != nil || p.Dir != whole || !slices.Equal(p.Arguments, want) {
		t.Errorf("got %+v and %v, want %q", p, err, want)
	}
	p, err = bare(t, "16").Process()
	if err != nil || strings.Contains(strings.Join(p.Arguments, " "), "trigger") {
		t.Errorf("got %+v and %v, want no setting that PostgreSQL 16 does not have", p, err)
	}
}

// TestAGuardFollowsNoLink has the owner of a cluster, who is not the guard's, put links into it.
func TestAGuardFollowsNoLink(t *testing.T) {
	s := bare(t, "15")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("kept"), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{standbySignal, promoteSignal} {
		path := filepath.Join(s.Data, name)
		if err := os.Symlink(secret, path); err != nil {
			t.Fatal(err)
		}
		if err := s.leave(name); err != nil {
			t.Error(err)
		}
		if about, err := os.Lstat(path); err != nil || !about.Mode().IsRegular() {
			t.Errorf("%s: got %v and %v, want a file", name, about, err)
		}
	}
	if text, err := os.ReadFile(secret); err != nil || string(text) != "kept" {
		t.Errorf("got %q and %v, want what a link leads to untouched", text, err)
	}
}

// TestOwnershipIsTold holds that a cage hears whose the store is, with all groups.
func TestOwnershipIsTold(t *testing.T) {
	got, err := credential(Process{User: 7, Group: 8, Groups: []uint32{8, 1 << 31}}.ownership())
	if err != nil || got.Uid != 7 || got.Gid != 8 || !slices.Equal(got.Groups, []uint32{8, 1 << 31}) {
		t.Errorf("got %+v and %v", got, err)
	}
	if got, err := credential(Process{}.ownership()); got != nil || err != nil {
		t.Errorf("got %+v and %v, want it left as it is", got, err)
	}
	for _, bad := range []string{"", "7", "7:", "7:x", "-1:0"} {
		if _, err := credential(bad); err == nil {
			t.Errorf("%q is an ownership", bad)
		}
	}
	self, err := user.Current()
	if err != nil {
		needed(t, err)
	}
	if gid, _ := strconv.Atoi(self.Gid); !slices.Contains(groupsOf(os.Getuid()), uint32(gid)) {
		t.Errorf("got groups %v, want %d among them", groupsOf(os.Getuid()), gid)
	}
}

// leftAlone damages the lock file of a server that runs, has it be found all the same, and mends
// it.
func leftAlone(t *testing.T, c cluster) {
	t.Helper()
	path := filepath.Join(c.Data, lockedPID)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.unoccupied(); err == nil || !strings.Contains(err.Error(), "a server runs on") {
		t.Errorf("got %v, want a server to be found whose lock file is damaged", err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPostgreSQLIsOpenedByNobodyElse has a cluster whose settings would promote it, or hide that it
// is a standby, and then somebody who promotes it by hand.
func TestPostgreSQLIsOpenedByNobodyElse(t *testing.T) {
	needNamespaces(t)
	c := newCluster(t)
	c.Options = append(c.Options, "-c", "hot_standby=off")
	if version, err := c.version(); err == nil && version < 16 {
		c.Options = append(c.Options, "-c", "promote_trigger_file="+filepath.Join(c.Data, versionFile))
	}
	g := guarding(t, c, t.TempDir(), Terms{Lease: time.Hour, Stop: time.Second})
	within(t, "it boots", func() bool { _, err := c.ask("select 1"); return err == nil })
	time.Sleep(time.Second) // A trigger file would be seen by now.
	if got, err := c.ask("select pg_is_in_recovery()"); got != "t" {
		t.Fatalf("got %q and %v, want a standby", got, err)
	}
	leftAlone(t, c)
	if _, err := c.ask("select pg_promote()"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Fence(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ask("create table astray (n int)"); err == nil {
		t.Error("a table was made after the fence was answered")
	}
	within(t, "it boots again", func() bool {
		got, err := c.ask("select pg_is_in_recovery()")
		return err == nil && got == "t"
	})
	if _, err := os.Stat(filepath.Join(c.Data, promoteSignal)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want no promotion to be left over", err)
	}
}
