package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt"
)

// explanationView shows why the policy did, or did not, act at some moments of a run. Where it
// shows changes, it leaves out what says the same as at the moment before.
type explanationView struct {
	simulationView
	changes bool
}

func (v explanationView) document() *document {
	d := &document{columns: v.width}
	d.heading("%s: %s, seed %d", title(v.Scenario), v.Strategy, v.Seed)
	var before []redoubt.Fact
	for i := range v.Explanations {
		x := &v.Explanations[i]
		v.explain(d, x, before)
		if v.changes {
			before = x.Facts
		}
	}
	return d
}

// explain tells one moment: what is so, then each scope, gate by gate, with its conclusion.
func (v explanationView) explain(d *document, x *redoubt.Explanation, before []redoubt.Fact) {
	leader := x.Leader + " leads"
	if x.Leader == "" {
		leader = "no leader is elected, so that nothing is decided and the log's clock stands still"
	}
	d.heading("%s: %s", clock(x.At), leader)
	facts := &story{}
	for _, fact := range x.Facts {
		if !slices.Contains(before, fact) {
			facts.moments = append(facts.moments, moment{at: fact.About, what: fact.Text})
		}
	}
	d.story(facts)
	for i := range x.Scopes {
		scope := &x.Scopes[i]
		told := scopeStory(scope, v.changes && !scope.New)
		switch {
		case len(told.moments) == 0:
		case scope.UnderWay:
			d.paragraph("%s is being left. To leave it once more would be %s:", scope.Scope, wouldBe(scope))
		default:
			d.paragraph("To leave %s would be %s:", scope.Scope, wouldBe(scope))
		}
		d.story(told)
		d.paragraph("%s: %s.", scope.Scope, scope.Conclusion)
	}
}

// wouldBe names the plan that would leave a scope.
func wouldBe(scope *redoubt.ScopeExplanation) string {
	article := "a"
	if strings.HasPrefix(scope.Action, "e") {
		article = "an"
	}
	if scope.Target == "" {
		return article + " " + scope.Action
	}
	return article + " " + scope.Action + " to " + scope.Target
}

// scopeStory has a line for each gate, or only for those that have changed, and for each candidate.
func scopeStory(scope *redoubt.ScopeExplanation, changes bool) *story {
	told := &story{}
	for i := range scope.Gates {
		if gate := &scope.Gates[i]; gate.Changed || !changes {
			told.moments = append(told.moments, moment{
				at: gate.Verdict, where: gate.Name, what: gate.Reason + span(gate),
			})
		}
	}
	if len(told.moments) == 0 {
		return told
	}
	for _, candidate := range scope.Candidates {
		taken := "no"
		if candidate.Chosen {
			taken = "yes"
		}
		told.moments = append(told.moments, moment{
			at: taken, where: "candidate", what: candidate.Region + " " + candidate.Reason,
		})
	}
	return told
}

// span says since when, and until when, a gate says what it says.
func span(gate *redoubt.GateExplanation) string {
	switch {
	case gate.Began && gate.Ends:
		return fmt.Sprintf(" (since %s, until %s)", clock(gate.Since), clock(gate.Until))
	case gate.Began:
		return fmt.Sprintf(" (since %s)", clock(gate.Since))
	case gate.Ends:
		return fmt.Sprintf(" (until %s)", clock(gate.Until))
	}
	return ""
}

// explanationData is the JSON of one explained moment, within that of the run. Its keys are a
// contract; others may be added.
type explanationData struct {
	At      number      `json:"at_seconds"`
	Leader  string      `json:"leader"`
	Epoch   uint32      `json:"epoch"`
	Primary string      `json:"primary"`
	Serving []string    `json:"serving"`
	Facts   []factData  `json:"facts"`
	Plan    *planData   `json:"plan"`
	Scopes  []scopeData `json:"scopes"`
}

type factData struct {
	About string `json:"about"`
	Text  string `json:"text"`
}

type planData struct {
	Kind   string     `json:"kind"`
	Epoch  uint32     `json:"epoch"`
	Region string     `json:"region"`
	Target string     `json:"target"`
	Began  number     `json:"began_seconds"`
	Steps  []stepData `json:"steps"`
}

type stepData struct {
	Kind   string `json:"kind"`
	Store  string `json:"store"`
	Status string `json:"status"`
	Since  number `json:"since_seconds"`
	By     string `json:"by"`
	Tries  int    `json:"tries"`
}

type scopeData struct {
	Scope      string              `json:"scope"`
	Part       string              `json:"part"`
	Region     string              `json:"region"`
	Store      string              `json:"store"`
	Action     string              `json:"action"`
	Target     string              `json:"target"`
	UnderWay   bool                `json:"under_way"`
	Conclusion string              `json:"conclusion"`
	Gates      []explainedGateData `json:"gates"`
	Candidates []candidateData     `json:"candidates"`
}

type explainedGateData struct {
	Name    string  `json:"name"`
	Verdict string  `json:"verdict"`
	Reason  string  `json:"reason"`
	Since   *number `json:"since_seconds"`
	Until   *number `json:"until_seconds"`
}

type candidateData struct {
	Region string `json:"region"`
	Chosen bool   `json:"chosen"`
	Reason string `json:"reason"`
}

// structure is that of the run, with the explanations.
func (v explanationView) structure() any {
	run, _ := v.simulationView.structure().(simulationData)
	explained := struct {
		simulationData
		Explanations []explanationData `json:"explanations"`
	}{run, []explanationData{}}
	for i := range v.Explanations {
		explained.Explanations = append(explained.Explanations, explanationOf(&v.Explanations[i]))
	}
	return explained
}

func explanationOf(x *redoubt.Explanation) explanationData {
	data := explanationData{
		At: seconds(x.At), Leader: x.Leader, Epoch: x.Epoch, Primary: x.Primary,
		Serving: append([]string{}, x.Serving...), Facts: []factData{}, Plan: planOf(&x.Plan),
		Scopes: []scopeData{},
	}
	for _, fact := range x.Facts {
		data.Facts = append(data.Facts, factData(fact))
	}
	for i := range x.Scopes {
		data.Scopes = append(data.Scopes, scopeOf(&x.Scopes[i]))
	}
	return data
}

// planOf gives null when nothing is running.
func planOf(plan *redoubt.RunningPlan) *planData {
	if plan.Kind == "none" {
		return nil
	}
	data := &planData{
		Kind: plan.Kind, Epoch: plan.Epoch, Region: plan.Region, Target: plan.Target,
		Began: seconds(plan.Began), Steps: []stepData{},
	}
	for _, step := range plan.Steps {
		data.Steps = append(data.Steps, stepData{
			step.Kind, step.Store, step.Status, seconds(step.Since), step.By, step.Tries,
		})
	}
	return data
}

func scopeOf(scope *redoubt.ScopeExplanation) scopeData {
	data := scopeData{
		Scope: scope.Scope, Part: scope.Part, Region: scope.Region, Store: scope.Store,
		Action: scope.Action, Target: scope.Target, UnderWay: scope.UnderWay,
		Conclusion: scope.Conclusion, Gates: []explainedGateData{}, Candidates: []candidateData{},
	}
	for i := range scope.Gates {
		gate := &scope.Gates[i]
		data.Gates = append(data.Gates, explainedGateData{
			gate.Name, gate.Verdict, gate.Reason, known(gate.Since, gate.Began),
			known(gate.Until, gate.Ends),
		})
	}
	for _, candidate := range scope.Candidates {
		data.Candidates = append(data.Candidates, candidateData(candidate))
	}
	return data
}

// known gives a time, or null where there is none.
func known(at time.Duration, is bool) *number {
	if !is {
		return nil
	}
	x := seconds(at)
	return &x
}

// records has a row for each gate of each scope of each moment.
func (v explanationView) records() [][]string {
	records := [][]string{{
		"scenario", "strategy", "seed", "at_seconds", "scope", "gate", "verdict", "reason",
		"since_seconds", "until_seconds", "conclusion",
	}}
	for _, x := range v.Explanations {
		for _, scope := range x.Scopes {
			for i := range scope.Gates {
				gate := &scope.Gates[i]
				records = append(records, []string{
					v.Scenario.Name, v.Strategy.String(), strconv.FormatUint(v.Seed, 10),
					seconds(x.At).String(), scope.Scope, gate.Name, gate.Verdict, gate.Reason,
					knownText(gate.Since, gate.Began), knownText(gate.Until, gate.Ends),
					scope.Conclusion,
				})
			}
		}
	}
	return records
}

// knownText gives a time, or nothing where there is none.
func knownText(at time.Duration, is bool) string {
	if !is {
		return ""
	}
	return seconds(at).String()
}
