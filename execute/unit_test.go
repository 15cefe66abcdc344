package execute

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// bounding finds the capabilities that a unit leaves: each line adds to those before.
var bounding = regexp.MustCompile(`(?m)^CapabilityBoundingSet=(.*)$`)

// A step that works on the files of a cluster needs no more than the agent's unit leaves: what is
// written into a cluster has to be its owner's, and not every root may give files away.
func TestTheUnitLeavesWhatExecutorsNeed(t *testing.T) {
	if os.Geteuid() != 0 {
		needed(t, errors.New("the unit is root's, and nobody else has capabilities to lose"))
	}
	programs(t)
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		needed(t, err)
	}
	unit, err := os.ReadFile("../deploy/redoubt-agent.service")
	if err != nil {
		t.Fatal(err)
	}
	left := "-all"
	for _, line := range bounding.FindAllSubmatch(unit, -1) {
		for name := range strings.FieldsSeq(string(line[1])) {
			left += ",+" + strings.ToLower(strings.TrimPrefix(name, "CAP_"))
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const played = "TestAFailoverWithoutAGuard"
	out, err := exec.Command(setpriv, "--bounding-set", left, "--inh-caps", "-all", "--no-new-privs",
		self, "-test.v", "-test.run", "^"+played+"$").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+played) {
		t.Errorf("%v:\n%s", err, out)
	}
}
