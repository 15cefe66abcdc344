package failover_test

import (
	"os"
	"strings"
	"testing"
)

// twoWriters is what every starred rule is there to prevent.
const twoWriters = "two databases are writable"

// ordinary is the configuration of a normal run, and brief one that is smaller by an order of
// magnitude: no drift, and a lease of one tick and the time to stop.
func ordinary() protocol {
	return protocol{name: "lease of 3, drift of 1", lease: 3, missed: 1, shows: 1}
}

func brief() protocol { return protocol{name: "lease of 2", lease: 2, shows: 1} }

// starredRules are the rules of the design that are marked as needed, each with what happens where
// it is not kept. Where a rule says two things, or can be broken in two ways, there is a row for
// each.
var starredRules = []struct {
	rule   string
	broken rules
}{
	{"an accepted claim ends every earlier lease for good", formerRenews},
	{"only the guard opens a store for writes", agentOpens},
	{"the guard boots its store fenced", bootsOpen},
	{"only the ticket that was granted last is shown to the guard", ungrantedShown},
	{"the deadline counts from the ticket's issue", deadlineFromShowing},
	{"the deadline counts from the issue for the first opening too", firstDeadlineFromOpening},
	{"the deadline goes by the guard's own clock", otherClock},
	{"at its deadline the guard stops writes", writesGoOn},
	{"at its deadline the guard ends a promotion in progress too", promotionGoesOn},
	{"stopping takes time, which lies inside the deadline", stopOutside},
	{
		"a renewal counts when the applied state shows it granted, not because it committed",
		refusedRenewalCounts,
	},
	{
		"a claim counts when the applied state shows it granted, not because it committed",
		refusedClaimCounts,
	},
	{"the agent claims before it acts", actsUnclaimed},
	{"a fence ends its epoch, not only what is open in it", fenceIsMomentary},
	{"the guard records a fence before it answers", answersFirst},
	{"the guard never opens a fenced epoch or an older one", opensFenced},
	{"a claimed, unfinished promotion is possibly writable", unfinishedIgnored},
	{"expiry is judged with a margin for drift", noMargin},
}

// TestEveryStarredRuleIsNeeded breaks each starred rule on its own, and two regions take writes at
// once. `go test -v` tells the shortest way there.
func TestEveryStarredRuleIsNeeded(t *testing.T) {
	for _, row := range starredRules {
		t.Run(row.rule, func(t *testing.T) {
			p := ordinary()
			p.broken = row.broken
			mustBreak(t, p, twoWriters)
		})
	}
}

// otherRules are what the design says about the lease without a star. Most are needed as well.
var otherRules = []struct {
	rule   string
	broken rules
}{
	{"Fenced reports the guard's record, never an observation", fencedIsObserved},
	{"the guard's clock counts suspended time", clockStops},
	{"the guard checks before it lets writes resume", resumesUnchecked},
	{"tickets die with the guard's boot", ticketsOutliveBoot},
	{"a new leader counts from when it read the log's time, or later", clockHastens},
	{
		"a plan refuses renewals, and a claim checks again that the lease is over",
		renewsInPlan | claimsUnchecked,
	},
}

// TestOtherRulesOfTheLeaseAreNeeded does the same for the rules without a star.
func TestOtherRulesOfTheLeaseAreNeeded(t *testing.T) {
	for _, row := range otherRules {
		t.Run(row.rule, func(t *testing.T) {
			p := ordinary()
			p.broken = row.broken
			mustBreak(t, p, twoWriters)
		})
	}
}

// TestRefusedRenewalsAndCheckedClaimsStandInForEachOther holds two rules that no configuration can
// tell from their absence one at a time. Once the fence of a plan is done nothing can make the
// lease before longer, since renewals are refused; so the claim finds what the fence found. And
// were they granted, the claim would find the lease running and be refused. Only without both do
// two regions write, as the last row of otherRules shows.
func TestRefusedRenewalsAndCheckedClaimsStandInForEachOther(t *testing.T) {
	for name, broken := range map[string]rules{
		"renewals are granted during a plan": renewsInPlan,
		"claims are not checked again":       claimsUnchecked,
	} {
		t.Run(name, func(t *testing.T) {
			p := brief()
			if os.Getenv("SEEDS") != "" {
				p = ordinary()
			}
			p.broken = broken
			x := explore(&p)
			if err := x.run(worldsMax); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d worlds", len(x.codes))
		})
	}
}

// TestEveryInvariantCanFail shows that the invariants behind the one on two writers are not empty.
func TestEveryInvariantCanFail(t *testing.T) {
	for _, row := range []struct {
		name, want string
		broken     rules
	}{
		{"a fence that the guard forgets at once", "acts on a promotion that was superseded",
			fenceIsMomentary},
		{"a guard that opens what it has fenced", "has a fenced epoch open", opensFenced},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := ordinary()
			p.broken, p.all = row.broken, true
			mustBreak(t, p, row.want)
		})
	}
}

// mustBreak explores a configuration in which something has to go wrong.
func mustBreak(t *testing.T, p protocol, want string) {
	t.Helper()
	x := explore(&p)
	err := x.run(worldsMax)
	if err == nil {
		t.Fatalf("%d worlds, and nothing goes wrong", len(x.codes))
	}
	if !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want %s", err, want)
	}
	t.Logf("after %d worlds: %v", len(x.codes), err)
}
