package failover_test

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
)

// generatedBlock is a part of the document that the test writes, and its name.
var generatedBlock = regexp.MustCompile(`(?s)<!-- generated:(\S+) -->\n(.*?)<!-- end -->`)

// generators write the parts of docs/decisions.md that say what the code has.
var generators = map[string]func(*testing.T) string{
	"gates":   gatesTable,
	"safety":  safetyTable,
	"plans":   plansTables,
	"starred": starredTable,
	"walks":   walksTable,
	"models":  modelsTable,
	"mutants": mutantsTable,
}

// TestDecisionsAreCurrent holds the document equal to the code. With -update it writes it anew.
func TestDecisionsAreCurrent(t *testing.T) {
	const path = "../docs/decisions.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	current := generatedBlock.ReplaceAllStringFunc(string(data), func(block string) string {
		name := generatedBlock.FindStringSubmatch(block)[1]
		generate, known := generators[name]
		if !known {
			t.Fatalf("%s has a part that nothing generates: %s", path, name)
		}
		shown[name] = true
		return fmt.Sprintf("<!-- generated:%s -->\n\n%s\n<!-- end -->", name, generate(t))
	})
	for name := range generators {
		if !shown[name] {
			t.Errorf("%s does not show the %s", path, name)
		}
	}
	switch {
	case current == string(data):
	case *update:
		if err := os.WriteFile(path, []byte(current), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the code says: run make golden, and review the change", path)
	}
}

// gateRecords are what happened in public where a gate was missing.
var gateRecords = [failover.GateCount]string{
	failover.EvidenceGate: "one node decides what is true: " + issue("openark/orchestrator", 897),
	failover.HoldDownGate: "a partition of 43 s was answered in seconds, and cost 24 h 11 min: " +
		"[GitHub 2018](https://github.blog/2018-10-30-oct21-post-incident-analysis/)",
	failover.AliveGate: "a standby promoted itself although a witness had seen the primary a second " +
		"before: " + issue("EnterpriseDB/repmgr", 821),
	failover.CauseGate: "a table was dropped, and so it was on every replica: [a consultant's " +
		"case](https://www.dbmaestro.com/blog/database-security/dropped-database-table-crashes-app); " +
		"of the other causes no record was found",
	failover.InFlightGate: "three or four recoveries of one cluster ran at once: " +
		issue("openark/orchestrator", 1217),
	failover.CooldownGate: "overload, failover, overload: " + issue("vitessio/vitess", 19775) +
		"; and a block that stranded a real loss: " + issue("openark/orchestrator", 1296),
	failover.BrakeGate: "a brake is asked for: " + issue("outbrain/orchestrator", 206) +
		"; health checks flapped until people switched failover off: " +
		"[AWS 2025](https://aws.amazon.com/message/101925/)",
	failover.LastStandingGate: "every region looked dead, and leaving any was wrong: " +
		"[Facebook 2021](https://engineering.fb.com/2021/10/05/networking-traffic/outage-details/)",
	failover.ResidencyGate: "no incident was found; the lease of the data went to a random region " +
		"with its primary one lost: " + pull("cockroachdb/cockroach", 84450),
	failover.ReadinessGate: "no incident was found; secrets are kept by region, and do not come " +
		"along: " + issue("external-secrets/external-secrets", 2964) + "; nor is it known whether " +
		"permissions do: " + issue("MicrosoftDocs/azure-docs", 101841),
	failover.CapacityGate: "no incident was found; a region can be out of machines, whatever the " +
		"quota: [Azure](https://learn.microsoft.com/en-us/azure/container-apps/" +
		"troubleshoot-environment-capacity)",
	failover.LagGate: "the service waited 21 hours for its data centre rather than lose data: " +
		"[Azure DevOps 2018](https://devblogs.microsoft.com/devopsservice/?p=17485)",
	failover.FenceGate: "an isolated old primary stays writable: " +
		issue("openark/orchestrator", 482) + ", open since 2018",
	failover.ApprovalGate: "start with automation off: " + issue("vitessio/vitess", 11958),
	failover.VetoGate: "a hook that fails before a recovery aborts it: [orchestrator](https://" +
		"github.com/openark/orchestrator/blob/master/docs/configuration-recovery.md#hooks)",
}

func issue(repository string, number int) string { return link(repository, "issues", number) }

func pull(repository string, number int) string { return link(repository, "pull", number) }

func link(repository, kind string, number int) string {
	_, name, _ := strings.Cut(repository, "/")
	return fmt.Sprintf("[%s #%d](https://github.com/%s/%s/%d)", name, number, repository, kind, number)
}

// safetyRecords are what happened in public where a safety rule did not hold, or who asks for it.
// Of some only what the record says in short was read.
var safetyRecords = map[string]string{
	"time and epoch never go back": "a new leader gave out timestamps from before those of the old " +
		"one: " + issue("palantir/atlasdb", 315),
	"only an observer changes what it said": "one node decides what is true: " +
		issue("openark/orchestrator", 897),
	"only a guard's record fences": "a process that hangs stops renewing and stops noticing it at " +
		"once: " + pull("PostHog/posthog", 76169),
	"a lease moves only from a region that cannot write": "an isolated old primary stays writable: " +
		issue("openark/orchestrator", 482),
	"a lease is never shortened, nor renewed against a plan": "a holder that could no longer write " +
		"went on renewing, and nobody could: " + pull("cockroachdb/docs", 19755),
	"a plan begins only on held evidence or an order": "GitHub 2018, as above",
	"a person is asked and approves where the policy says so": "start with automation off: " +
		issue("vitessio/vitess", 11958),
	"a transition keeps its distance from the last ones": "overload, failover, overload: " +
		issue("vitessio/vitess", 19775),
	"a plan gives way for a reason, and only for one": "recoveries of one cluster chose different " +
		"targets at once: " + issue("openark/orchestrator", 1217),
	"a step is claimed before it is done, stays done, and is not spared lightly": "the next leader " +
		"does not learn how far the last one came: " + issue("openark/orchestrator", 451),
	"the primary is who was promoted": "the old primary came back as a second one: " +
		issue("EnterpriseDB/repmgr", 42),
	"the writes to a store go to who was promoted": "writes went on to the old primary, which then " +
		"held what nobody else had: " + issue("bitpoke/mysql-operator", 411),
	"some region always serves": "Facebook 2021, as above",
	"no action is of a stale epoch": "a request could reach a controller of a former epoch: " +
		pull("apache/kafka", 12499),
	"the brake stays on until a person lifts it": "a breaker must not lift itself in silence: " +
		issue("NOFireAI/ravel", 24),
	"nothing moves by itself while the brake is on": "a brake is asked for: " +
		issue("outbrain/orchestrator", 206),
	"no plan goes against what people declared, or to where data may not be": "a replica of another " +
		"region was chosen, and hooks had to forbid it: " + issue("openark/orchestrator", 928),
	"what a person forced is on record, and no more than that": "data is lost only by an explicit " +
		"word: " + issue("vitessio/vitess", 20780),
	"a change of policy keeps what the old one promised": "a change of timings leaves all of a set " +
		"read-only for a while: " + issue("tarantool/doc", 5323),
	"what a copy holds alone is neither overlooked nor forgotten": "GitHub 2018, as above: writes " +
		"that only the old primary had were captured first, to be reconciled",
	"nothing is archived or rewound that may still be written to": "a rewind refuses what was not " +
		"shut down cleanly: " + issue("hapostgres/pg_auto_failover", 653),
	"only a replica is promoted, and planned work owes nothing": "a switchover closed the primary " +
		"before it saw how far behind the replica was: " + issue("openark/orchestrator", 1482),
	"no promotion is claimed that loses more than is accepted": "a replica that had stopped two " +
		"days before was promoted: " + issue("openark/orchestrator", 1050),
	"what may have been done is looked at first, by who claims it": "a database was started on " +
		"what a broken-off rewind had left: " + issue("patroni/patroni", 3652),
	"every return of a region is counted, and nothing else": "flaps should be counted: " +
		issue("hashicorp/consul", 2890),
	"only its own event changes what is on record": "a probe that failed overwrote what was known " +
		"of an instance, and a writable primary was overlooked: " +
		pull("cloudnative-pg/cloudnative-pg", 11268),
	"people hear once of a closed store, and of an outage that is not answered": "every server was " +
		"read-only, and nobody was told: " + issue("openark/orchestrator", 865),
	"planned work shifts traffic stage by stage, and nothing else does": "what has just recovered " +
		"gets all of its load at once, and fails anew: " + issue("dotnet/yarp", 393),
	"what people are to hear stands until it is over": "who misses the one message never hears: " +
		issue("spatie/laravel-uptime-monitor", 201),
	"people hear once of what they ordered or approved and is given up": "what went wrong with a " +
		"recovery is told nowhere: " + issue("openark/orchestrator", 197),
}

func gatesTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| | gate | wants | the public record behind it |\n|---|---|---|---|\n")
	for gate := range failover.GateCount {
		if gateRecords[gate] == "" {
			t.Errorf("no record is given for the gate %s", gate)
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", gate+1, gate, gate.Wants(), gateRecords[gate])
	}
	return b.String()
}

func safetyTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| | rule | the public record behind it |\n|---|---|---|\n")
	rules := failover.SafetyRules()
	for i, rule := range rules {
		if safetyRecords[rule] == "" {
			t.Errorf("no record is given for the rule %q", rule)
		}
		fmt.Fprintf(&b, "| %d | %s | %s |\n", i+1, rule, safetyRecords[rule])
	}
	if len(rules) != len(safetyRecords) {
		t.Errorf("%d records are given for %d safety rules", len(safetyRecords), len(rules))
	}
	return b.String()
}

// plansTables has a table for each kind of plan; kinds with the same steps share one.
func plansTables(*testing.T) string {
	var b strings.Builder
	rules := failover.PlanRules()
	done := map[failover.PlanKind]bool{}
	for i, rule := range rules {
		if done[rule.Kind] {
			continue
		}
		var kinds []string
		for _, other := range rules[i:] {
			if reflect.DeepEqual(other.Steps, rule.Steps) {
				kinds, done[other.Kind] = append(kinds, other.Kind.String()), true
			}
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "**%s**\n\n| step | needs | whose agent | |\n|---|---|---|---|\n",
			strings.Join(kinds, ", "))
		for _, step := range rule.Steps {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", step.Kind, kindNames(step.Needs), step.Actor,
				remarks(&step))
		}
	}
	return b.String()
}

func kindNames(set failover.StepSet) string {
	var names []string
	for _, kind := range set.Kinds() {
		names = append(names, kind.String())
	}
	return strings.Join(names, ", ")
}

func remarks(step *failover.StepRule) string {
	var said []string
	for _, remark := range []struct {
		is   bool
		text string
	}{
		{step.EachStore, "for each store"}, {step.Optional, "optional"},
		{step.Spared, "best effort"}, {step.Once, "once"},
	} {
		if remark.is {
			said = append(said, remark.text)
		}
	}
	return strings.Join(said, ", ")
}

func starredTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| rule | | the public record behind it |\n|---|---|---|\n")
	record := func(rule, star string) {
		text, known := protocolRecords[rule]
		if !known {
			t.Errorf("no record is given for the rule %q, nor that none was found", rule)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", rule, star, text)
	}
	for _, row := range starredRules {
		record(row.rule, "\\*")
	}
	for _, row := range otherRules {
		record(row.rule, "")
	}
	if rules := len(starredRules) + len(otherRules); rules != len(protocolRecords) {
		t.Errorf("%d records are given for %d rules of the protocol", len(protocolRecords), rules)
	}
	return b.String()
}

// walksTable says of each configuration that is walked in what its policy differs from the smallest
// one, and what can happen in it beside reports, time, leases, claims and steps that are done.
func walksTable(*testing.T) string {
	var b strings.Builder
	b.WriteString("| configuration | its policy | what can happen beside | to closure |\n")
	b.WriteString("|---|---|---|---|\n")
	for _, c := range configurations() {
		var beside []string
		for _, remark := range []struct {
			is   bool
			text string
		}{
			{c.lateness > 0, "late reports"}, {c.fails, "steps that fail"},
			{c.unsure, "steps that nobody can tell of"}, {c.surplus, "archives that hold writes"},
			{len(c.sees) > 0, "checks that differ"}, {c.mortal != 0, "agents lost and seen"},
			{c.unison, "observers who speak as one"},
			{c.regress, "replicas that lose what they had"},
			{c.other != nil, "another policy"},
		} {
			if remark.is {
				beside = append(beside, remark.text)
			}
		}
		for _, e := range c.orders {
			word := e.Verb.String()
			if e.Kind != failover.Ordered {
				word = e.Kind.String()
			}
			if len(beside) == 0 || beside[len(beside)-1] != word {
				beside = append(beside, word)
			}
		}
		when := map[closing]string{
			inSoak: "`make soak`", always: "every test run",
			cutOff: fmt.Sprintf("no: cut at %d", cutLimit),
		}[c.closes]
		if c.rests {
			when += ", from every state to rest"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.name, differences(c.policy),
			strings.Join(beside, ", "), when)
	}
	return b.String()
}

// differences names the settings of a policy that are not those of the smallest walk.
func differences(p failover.Policy) string {
	var texts []string
	usual, is := reflect.ValueOf(walkPolicy()), reflect.ValueOf(p)
	for i := range is.NumField() {
		was, value := usual.Field(i).Interface(), is.Field(i).Interface()
		if was == value {
			continue
		}
		text := fmt.Sprint(value)
		if d, timed := value.(time.Duration); timed && d == never {
			text = "never"
		}
		texts = append(texts, fmt.Sprintf("%s %s", is.Type().Field(i).Name, text))
	}
	if len(texts) == 0 {
		return "the smallest"
	}
	return strings.Join(texts, ", ")
}

func modelsTable(*testing.T) string {
	var b strings.Builder
	b.WriteString("| world | to closure |\n|---|---|\n")
	for _, p := range protocols() {
		when := "every test run"
		if p.soak {
			when = "`make soak`"
		}
		fmt.Fprintf(&b, "| %s | %s |\n", p.name, when)
	}
	return b.String()
}

// mutantsTable says of each safety rule which broken code it catches, and of which gate the code
// was deprived. TestCheckCatchesBrokenCode holds all of it.
func mutantsTable(*testing.T) string {
	var b strings.Builder
	b.WriteString("| caught by | the code, with one thing broken (*without a gate*) |\n|---|---|\n")
	for i, rule := range append(failover.SafetyRules(), ruleHistory) {
		var broken []string
		for _, m := range mutants() {
			if m.rule != rule {
				continue
			}
			text := m.name
			if m.gate != "" {
				text += " (*" + m.gate + "*)"
			}
			if m.base != "" {
				text += ", in " + m.base
			}
			broken = append(broken, text)
		}
		by := fmt.Sprintf("rule %d", i+1)
		if rule == ruleHistory {
			by = "the history"
		}
		fmt.Fprintf(&b, "| %s | %s |\n", by, strings.Join(broken, "; "))
	}
	return b.String()
}
