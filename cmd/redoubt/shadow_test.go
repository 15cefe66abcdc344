package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/api"
)

const shadowFolder = "../../examples/shadow"

// shadowShop is where a region's shop is, from its first port on.
const shadowShop = devDNS

// castShadow builds the program and starts the three agents of examples/shadow with it, each with
// its file but for addresses, and the shops that they look at.
func castShadow(t *testing.T, regions []string) (d *tried, lose func()) {
	t.Helper()
	dir := t.TempDir()
	d = &tried{t: t, port: freePorts(t), out: &shared{}, dir: filepath.Join(dir, "redoubt-dev-shadow")}
	program, estate := filepath.Join(dir, "redoubt"), filepath.Join(shadowFolder, "estate.toml")
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{
		{"go", "build", "-o", program, "."},
		{program, "keys", "init", filepath.Join(d.dir, "keys"), "--scenario", estate},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", command, err, out)
		}
	}
	template, err := os.ReadFile(filepath.Join(shadowFolder, "agent.toml"))
	if err != nil {
		t.Fatal(err)
	}
	var first *exec.Cmd
	var shop *httptest.Server
	for r, region := range regions {
		file := filepath.Join(d.dir, region+".toml")
		text := shadowFile(string(template), d.port, r, regions)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		open := serveShop(t, fmt.Sprintf("127.0.0.1:%d", d.port+shadowShop+r*devStep))
		cmd := d.startAgent(program, estate, region, file)
		if r == 0 {
			first, shop = cmd, open
		}
	}
	d.dir = dir
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(d.out.text())
		}
	})
	return d, func() {
		shop.Close()
		_ = first.Process.Kill()
	}
}

// startAgent starts the agent of a region.
func (d *tried) startAgent(program, estate, region, file string, more ...string) *exec.Cmd {
	d.t.Helper()
	cmd := exec.Command(program, append([]string{
		"agent", "--scenario", estate, "--region", region, "--config", file,
	}, more...)...)
	cmd.Stdout, cmd.Stderr = d.out, d.out
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.agents = append(d.agents, cmd)
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// shadowFile is a region's file: the template, on loopback.
func shadowFile(template string, base, self int, regions []string) string {
	listen, rest, _ := strings.Cut(template, "[identity]")
	listen = strings.ReplaceAll(listen, "192.0.2.1:", fmt.Sprintf("192.0.2.%d:", self+1))
	listen = strings.ReplaceAll(listen, "127.0.0.1:7402",
		fmt.Sprintf("127.0.0.1:%d", base+devAPI+self*devStep))
	listen = strings.ReplaceAll(listen, regions[0], regions[self])
	identity, others, _ := strings.Cut(rest, "[region.")
	text := listen + "[identity]" + strings.ReplaceAll(identity, regions[0], regions[self]) +
		"[region." + others
	for r := range regions {
		for port, is := range map[int]int{7400: devPeers, 7401: devGossip, 8080: shadowShop} {
			text = strings.ReplaceAll(text, fmt.Sprintf("192.0.2.%d:%d", r+1, port),
				fmt.Sprintf("127.0.0.1:%d", base+is+r*devStep))
		}
	}
	return text
}

// serveShop serves what says that a region is well.
func serveShop(t *testing.T, at string) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("well")) }))
	listener, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// Agents of which each only advises say what they would do when a region is lost, and do nothing.
// With -update the README of the example shows what they said.
func TestShadowSaysWhatItWouldDo(t *testing.T) {
	regions := []string{"us-east-1", "eu-west-1", "ap-southeast-1"}
	d, lose := castShadow(t, regions)
	d.until("all three know a leader, and see each other's regions up", time.Minute, func() bool {
		for r := range regions {
			s, ok := d.status(r)
			if !ok || s.Leader == "" || len(s.Regions) != 3 {
				return false
			}
			for i := range s.Regions {
				if s.Regions[i].Verdict != "up" || s.Regions[i].Gossip != "heard" {
					return false
				}
			}
		}
		return true
	})
	lose()
	d.until("an advice", time.Minute, func() bool {
		s, ok := d.status(1)
		return ok && len(s.Notices) > 0 && s.Leader != "" && s.Leader != regions[0] &&
			s.Regions[0].Agent == s.Regions[0].Gossip
	})
	time.Sleep(5 * time.Second) // Whatever would be done is begun by then.
	s, _ := d.status(1)
	if s.Plan != nil || s.Epoch != 1 || len(s.Serving) != 3 || !s.Shadow {
		t.Errorf("got %+v, want nothing to be done", s)
	}
	status := d.must(1, "status")
	var history struct{ Entries []api.Entry }
	if err := json.Unmarshal([]byte(d.must(1, "history", "--most", "500", "--output", "json")),
		&history); err != nil {
		t.Fatal(err)
	}
	said := uint64(0)
	for i := range history.Entries {
		e := &history.Entries[i]
		if !strings.Contains(strings.Join(e.Changes, " "), "would be left now") {
			continue
		}
		if said != 0 {
			t.Errorf("entries %d and %d both advise", said, e.Index)
		}
		said = e.Index
	}
	told := d.must(1, "history", "--after", strconv.FormatUint(said-1, 10), "--most", "1")
	showSaid(t, map[string]string{"status": status, "history": told})
}

// shadowSaid finds what the README says that the agents said.
var shadowSaid = regexp.MustCompile("(?s)<!-- said ([a-z]+) -->\n```\n(.*?)```\n<!-- end -->")

// varies is what is different each time: numbers, times, hashes, who leads, and the width of it.
var varies = regexp.MustCompile(`\b[0-9a-f]{12}\b|[0-9][0-9.,:hms-]*|[\s-]+`)

// showSaid holds the README to what was said, but for what is different each time.
func showSaid(t *testing.T, said map[string]string) {
	t.Helper()
	path := filepath.Join(shadowFolder, "README.md")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	current := shadowSaid.ReplaceAllStringFunc(string(content), func(block string) string {
		shown++
		match := shadowSaid.FindStringSubmatch(block)
		now := said[match[1]]
		if alike(match[2]) == alike(now) {
			return block
		}
		if !*update {
			t.Errorf("%s: got\n%s\nwant\n%s", match[1], now, match[2])
		}
		return "<!-- said " + match[1] + " -->\n```\n" + now + "```\n<!-- end -->"
	})
	if shown != len(said) {
		t.Errorf("the README shows %d of %d", shown, len(said))
	}
	if *update && current != string(content) {
		if err := os.WriteFile(path, []byte(current), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// alike is a text without what is different each time. What is said of a history begins with what
// was asked, at whichever event.
func alike(text string) string {
	for _, region := range []string{"eu-west-1", "ap-southeast-1"} {
		text = strings.ReplaceAll(text, "the leader is "+region, "the leader is R")
	}
	if _, asked, found := strings.Cut(text, "asked:"); found {
		text = asked
	}
	return strings.Join(strings.Fields(varies.ReplaceAllString(text, " ")), " ")
}
