package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unit is a unit file of systemd: what each setting of [Service] and the others is, by its name. A
// setting that may stand more than once has its values in one list of words.
type unit map[string]string

// readUnit reads deploy/redoubt-NAME.service.
func readUnit(t *testing.T, name string) unit {
	t.Helper()
	data, err := os.ReadFile("../../deploy/redoubt-" + name + ".service")
	if err != nil {
		t.Fatal(err)
	}
	u := unit{}
	for line := range strings.Lines(strings.ReplaceAll(string(data), "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "[") {
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found {
			t.Fatalf("the unit of %s: %q is no setting", name, line)
		}
		u[key] = strings.TrimSpace(u[key] + " " + value)
	}
	return u
}

// has reports whether a setting has a word in its list. A path may have the - of what may be
// missing.
func (u unit) has(key, word string) bool {
	return slices.ContainsFunc(strings.Fields(u[key]), func(each string) bool {
		return strings.TrimPrefix(each, "-") == word
	})
}

// after is the word that follows another one in the command line.
func (u unit) after(t *testing.T, flag string) string {
	t.Helper()
	words := strings.Fields(u["ExecStart"])
	at := slices.Index(words, flag)
	if at < 0 || at+1 == len(words) {
		t.Fatalf("%s has no %s", u["ExecStart"], flag)
	}
	return words[at+1]
}

// The command line of each unit is taken by the program itself, in a folder instead of the root of
// the machine: it comes as far as each file that the unit names, and is said to lack that.
func TestUnitsStartWhatThereIs(t *testing.T) {
	var estate, stderr bytes.Buffer
	show := []string{"scenarios", "show", "warm-standby-two-region"}
	if code := run(t.Context(), show, &estate, &stderr); code != exitDone {
		t.Fatalf("no estate: %s", stderr.String())
	}
	for name, then := range map[string]string{
		"agent": "etc/redoubt/agent.toml: no such file", "guard": "redoubt has no guard's record",
	} {
		u, root := readUnit(t, name), t.TempDir()
		words := strings.Fields(u["ExecStart"])
		for i, word := range words {
			for _, top := range []string{"/etc/", "/var/"} {
				words[i] = strings.ReplaceAll(words[i], top, root+top)
			}
			if strings.HasPrefix(word, "/var/") {
				makeFolder(t, words[i])
			}
		}
		if want := "/usr/local/bin/redoubt"; words[0] != want {
			t.Errorf("%s: it starts %s, want %s", name, words[0], want)
		}
		starts(t, words[1:], "there is no file "+root+"/etc/redoubt/estate.toml")
		path := filepath.Join(root, "etc/redoubt/estate.toml")
		makeFolder(t, filepath.Dir(path))
		if err := os.WriteFile(path, estate.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		starts(t, words[1:], then)
	}
}

func makeFolder(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

// starts runs a command that ends for want of something.
func starts(t *testing.T, words []string, lacks string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), words, &stdout, &stderr); code == exitDone {
		t.Errorf("redoubt %s: it lacks nothing", strings.Join(words, " "))
	}
	if !strings.Contains(stderr.String(), lacks) {
		t.Errorf("redoubt %s: got %s, want %q", strings.Join(words, " "), stderr.String(), lacks)
	}
}

// What the units say is what the processes need, and nothing in them keeps those from it.
func TestUnitsLeaveWhatIsNeeded(t *testing.T) {
	agent, guard := readUnit(t, "agent"), readUnit(t, "guard")
	both := map[string]string{
		"Restart": "always", "StartLimitIntervalSec": "0", // Nobody else starts them anew.
		"SuccessExitStatus": strconv.Itoa(exitInterrupted),
		"OOMPolicy":         "continue", // Else systemd ends all over one session of the server.
		"WantedBy":          "multi-user.target",
	}
	for name, u := range map[string]unit{"agent": agent, "guard": guard} {
		for key, want := range both {
			if u[key] != want {
				t.Errorf("%s: got %s=%s, want %s", name, key, u[key], want)
			}
		}
		for _, key := range []string{
			"User", "DynamicUser", "PrivateUsers", // Root alone runs servers as their owners.
			"PrivateNetwork", "IPAddressDeny", "PrivatePIDs", "MemoryMax", "RuntimeMaxSec",
			"MemoryDenyWriteExecute", // PostgreSQL compiles queries.
		} {
			if u[key] != "" {
				t.Errorf("%s: %s=%s keeps it from its work", name, key, u[key])
			}
		}
	}
	if agent["Type"] != "notify" || agent["NotifyAccess"] == "none" || agent["WatchdogSec"] == "" {
		t.Error("an agent says when it is ready, and that it is alive")
	}
	if kill := agent["KillMode"]; kill != "process" {
		t.Errorf("KillMode=%s of the agent ends servers that it has started", kill)
	}
	for _, family := range []string{"AF_UNIX", "AF_INET", "AF_INET6"} {
		if !agent.has("RestrictAddressFamilies", family) {
			t.Errorf("the agent needs %s", family)
		}
	}
	if filter := agent["SystemCallFilter"]; filter != "@system-service" {
		t.Errorf("the agent and PostgreSQL may make the calls of %q", filter)
	}
	if guard["Type"] != "" || guard["WatchdogSec"] != "" {
		t.Error("a guard tells systemd nothing: it would be ended as one that does not come up")
	}
	if kill := guard["KillMode"]; kill != "mixed" {
		t.Errorf("KillMode=%s of the guard: it shuts its server down, and nothing may outlive it", kill)
	}
	// Its cage is a namespace of processes, whose first one takes on the owner's user.
	for _, key := range []string{
		"CapabilityBoundingSet", "RestrictNamespaces", "SystemCallFilter", "ProtectSystem",
		"RestrictAddressFamilies", "PrivateTmp",
	} {
		if guard[key] != "" && guard[key] != "no" {
			t.Errorf("guard: %s=%s keeps the server from its work", key, guard[key])
		}
	}
}

// The two units, and the documents that name them, speak of the same paths.
func TestUnitsAndDocumentsAgree(t *testing.T) {
	agent, guard := readUnit(t, "agent"), readUnit(t, "guard")
	if agent.after(t, "--scenario") != guard.after(t, "--scenario") {
		t.Error("agent and guard load other scenarios")
	}
	dir, data := guard.after(t, "--dir"), guard.after(t, "--postgres")
	if dir != "/var/lib/"+guard["StateDirectory"] {
		t.Errorf("the guard keeps %s, and StateDirectory is %s", dir, guard["StateDirectory"])
	}
	if agent["ProtectSystem"] != "strict" {
		t.Error("the agent may write everywhere")
	}
	for _, path := range []string{
		dir, filepath.Dir(filepath.Dir(data)), "/run/postgresql", "/var/log/postgresql",
	} {
		if !agent.has("ReadWritePaths", path) {
			t.Errorf("the agent rewinds copies and starts servers, and may not write %s", path)
		}
	}
	for name, u := range map[string]unit{"agent": agent, "guard": guard} {
		page := filepath.Base(u["Documentation"])
		text, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Errorf("%s: Documentation=%s: %v", name, u["Documentation"], err)
		}
		for _, want := range []string{
			"../deploy/redoubt-" + name + ".service", "/var/lib/" + u["StateDirectory"],
			u.after(t, "--scenario"),
		} {
			if !strings.Contains(string(text), want) {
				t.Errorf("docs/%s does not say %s", page, want)
			}
		}
	}
}

// systemd itself finds nothing wrong with the units, where it is installed.
func TestSystemdTakesTheUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("REDOUBT_TOOLS") == "required" {
			t.Fatal("systemd-analyze is not installed, and REDOUBT_TOOLS says that it has to be")
		}
		t.Skip("systemd-analyze is not installed: the units are held against nothing but these tests")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	words := []string{"verify", "--man=no"}
	for _, name := range []string{"redoubt-agent.service", "redoubt-guard.service"} {
		text, err := os.ReadFile("../../deploy/" + name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, name)
		text = bytes.ReplaceAll(text, []byte("/usr/local/bin/redoubt"), []byte(self))
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		words = append(words, path)
	}
	out, err := exec.CommandContext(t.Context(), analyze, words...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
