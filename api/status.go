package api

import (
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// SchemaVersion is that of what a Server answers. It grows when a key goes or changes its meaning.
const SchemaVersion = 1

// Status is where things stand, as one agent has applied them. Its times are in seconds of the
// log's time.
type Status struct {
	SchemaVersion int    `json:"schema_version"`
	Scenario      string `json:"scenario"`
	Region        string `json:"region"`
	Leader        string `json:"leader,omitempty"`
	Term          uint64 `json:"term"`
	Index         uint64 `json:"index"`
	// AppliedAgo is how long ago that was applied, by the agent's own clock; -1 where that is not
	// known, since the agent has just been started and has applied nothing yet.
	AppliedAgo float64 `json:"applied_seconds_ago"`
	// At is the time of the log.
	At float64 `json:"at_seconds"`
	// Said is the same in nanoseconds: an order that is given over this status carries it.
	Said   int64  `json:"said_ns,string"`
	Epoch  uint32 `json:"epoch"`
	Mode   string `json:"mode"`
	Shadow bool   `json:"shadow,omitempty"`
	// Policy is the digest of the policy that the log is under, Rules the version of the rules.
	// Waiting is the digest of the agent's own scenario's where that is another one.
	Policy  string `json:"policy,omitempty"`
	Rules   int    `json:"rules,omitempty"`
	Waiting string `json:"waiting_policy,omitempty"`
	Halted  string `json:"halted,omitempty"`
	// Unkept says why the agent's archive keeps nothing any more. It acts as before.
	Unkept string `json:"unkept,omitempty"`
	// Doubt says what was found wrong with the archive as the agent was started. It acts as before.
	Doubt string `json:"archive_doubt,omitempty"`
	// Apart are the agents whose scenario file is not the leader's in what no policy has.
	Apart   []Apart `json:"scenario_apart,omitempty"`
	Primary string  `json:"primary,omitempty"`
	// Home is the region to which a failback brings the writes; empty where every region writes.
	Home    string   `json:"home,omitempty"`
	Serving []string `json:"serving"`
	Hash    string   `json:"hash"`
	Paused  bool     `json:"paused"`
	Brake   string   `json:"brake,omitempty"`
	// DryRun says that by the agent's scenario executors carry out no step of any plan, DrySteps which
	// steps they do not: all who do them are dry runs, which log what they would do.
	DryRun   bool     `json:"dry_run,omitempty"`
	DrySteps []string `json:"dry_run_steps,omitempty"`
	// AnswersDNS says that the agent's own name server answers by the log: what is a dry run of
	// executors changes its answers all the same.
	AnswersDNS bool `json:"answers_dns,omitempty"`

	Regions []RegionStatus `json:"regions"`
	// Links are the ways from each region to each other one.
	Links  []Link        `json:"links,omitempty"`
	Stores []StoreStatus `json:"stores"`
	Plan   *PlanStatus   `json:"plan,omitempty"`
	// Facts are what is so, in words: who may write, what is running, what people have ordered.
	Facts []Fact `json:"facts"`
	// Notices are what people should know now.
	Notices []string `json:"notices,omitempty"`
	// Calls are what the Notices are about, in their order.
	Calls []Call `json:"calls,omitempty"`
	// Refused are orders that would be refused as things are.
	Refused []RefusedOrder `json:"refused_orders,omitempty"`
	// Confirmed says that nothing is missing here which was committed before this was asked for, and
	// Unconfirmed why nobody can tell, where that was asked for.
	Confirmed   bool   `json:"confirmed"`
	Unconfirmed string `json:"unconfirmed,omitempty"`
	// Stuck says that the agent has applied nothing for longer than the policy believes a report.
	Stuck bool `json:"stuck,omitempty"`
	// Empty says that the agent has nothing of the log, as one that was just started and does not hear
	// a majority: of what stands in the log nothing is said then.
	Empty bool `json:"empty,omitempty"`
}

// RegionStatus is one region, as the log sees it.
type RegionStatus struct {
	Region string `json:"region"`
	Role   string `json:"role"`
	// Verdict is "up" or "down" where a quorum says so, "not known" else, and "" of a witness.
	Verdict string `json:"verdict,omitempty"`
	// DownFor is for how long a quorum has said so, DownStood for how long the log's clock has stood
	// still meanwhile, which DownFor has not.
	DownFor   float64 `json:"down_seconds,omitempty"`
	DownStood float64 `json:"down_stood_seconds,omitempty"`
	// SaysUp, SaysDown and Silent count observers other than itself.
	SaysUp   int `json:"says_up"`
	SaysDown int `json:"says_down"`
	Quorum   int `json:"quorum"`
	// Agent is "heard" or "lost", as the log has it; Gossip the same as this agent has it.
	Agent  string `json:"agent"`
	Gossip string `json:"gossip"`
	// Observers are what each agent says of the region.
	Observers []Observation `json:"observers,omitempty"`
	Serves    bool          `json:"serves"`
	// Users is the part of all users that the scenario's routing sends there, by who serves in the
	// log, in [0, 1]. Nobody measures it; it is nil where the agent does not say, and of a witness.
	Users *float64 `json:"users_share,omitempty"`
	// Without is which part would be sent to each of the others that serve, by its name, once this
	// region is evacuated; it is nil of one that does not serve.
	Without map[string]float64 `json:"users_shares_without,omitempty"`
	// Ready is its capacity now, as a share of all traffic.
	Ready  float64  `json:"ready_share"`
	Causes string   `json:"causes,omitempty"`
	Vetoed bool     `json:"vetoed,omitempty"`
	Lacks  []string `json:"lacks,omitempty"`
	// Notes are the Facts about it that none of its other fields has, nor a Copy's: until when nothing
	// returns to it, that it is unsteady, which copies are not known to follow.
	Notes []string `json:"notes,omitempty"`
}

// Link is the way from one region to another: what the scenario assumes of it, since nobody
// measures it. Of whether it is passed, the Observers of the regions say what they see.
type Link struct {
	From string `json:"from"`
	To   string `json:"to"`
	// RTT is the mean of a round trip, and Source says where the scenario has that from.
	RTT    float64 `json:"assumed_rtt_seconds"`
	Source string  `json:"source"`
}

// Observation is what one agent last said of a region.
type Observation struct {
	By string `json:"by"`
	// Verdict is "up", "down" or "unknown"; an old report is unknown.
	Verdict string `json:"verdict"`
	// Age is that of the report, and -1 when there was none. Stood is for how long the log's clock has
	// stood still since, which the Age has not.
	Age   float64 `json:"age_seconds"`
	Stood float64 `json:"stood_seconds,omitempty"`
	// Down are the names of the checks that it sees down.
	Down []string `json:"down,omitempty"`
}

// StoreStatus is one store that has a single writer.
type StoreStatus struct {
	Store  string `json:"store"`
	Writer string `json:"writer,omitempty"`
	Holder string `json:"holder,omitempty"`
	Epoch  uint32 `json:"epoch"`
	// Left is for how long the holder may write without a renewal; below 0 the lease is over. Unaged
	// says that it is as of the last entry, as nobody knows how long ago that was applied.
	Left    float64 `json:"lease_seconds_left"`
	Unaged  bool    `json:"lease_unaged,omitempty"`
	Guarded bool    `json:"guarded"`
	Fenced  bool    `json:"fenced"`
	Copies  []Copy  `json:"copies,omitempty"`
}

// Copy is a replica of a store.
type Copy struct {
	Region string `json:"region"`
	// Lag is as last measured, Age how long ago, and Stood for how long the log's clock has stood
	// still since, which the Age has not; Known says that it was, under the lease in force.
	Lag   float64 `json:"lag_seconds"`
	Age   float64 `json:"age_seconds"`
	Stood float64 `json:"stood_seconds,omitempty"`
	Known bool    `json:"known"`
	// Diverged says in words what it holds that the writer does not.
	Diverged string `json:"diverged,omitempty"`
	// Holds is the same with how many writes that are, and what is being done about it.
	Holds string `json:"holds,omitempty"`
	// AtRisk is what would be lost at most if it took over now, and absent where nobody knows.
	AtRisk *Loss `json:"at_risk,omitempty"`
}

// Loss is a bound on what is lost: seconds of writes, and how many writes that is at the rate that
// the scenario has for all stores together.
type Loss struct {
	Seconds float64 `json:"seconds"`
	Writes  uint64  `json:"writes"`
	// Stood is how many more seconds of writes may be lost than the agents count, as the log's clock
	// has stood still since the lag was measured: while that is not 0, the loss is no bound.
	Stood float64 `json:"stood_seconds,omitempty"`
}

// PlanStatus is a plan that runs.
type PlanStatus struct {
	Kind   string `json:"kind"`
	Epoch  uint32 `json:"epoch"`
	Leaves string `json:"leaves,omitempty"`
	To     string `json:"to,omitempty"`
	// For is how long it has been running, Stood for how long the log's clock has stood still
	// meanwhile, which For has not.
	For   float64    `json:"running_seconds"`
	Stood float64    `json:"stood_seconds,omitempty"`
	Steps []PlanStep `json:"steps"`
	// Left is how long the rest may take, by what the scenario says of each step.
	Left Estimate `json:"left"`
	// Whole is how long all of it may take from its beginning, by the same.
	Whole Estimate `json:"whole"`
	// DryRun says that no step of it is carried out: each is logged alone.
	DryRun bool `json:"dry_run,omitempty"`
}

// PlanStep is how far one step is.
type PlanStep struct {
	Step   string `json:"step"`
	Store  string `json:"store,omitempty"`
	Status string `json:"status"`
	// For is since when it has its status, Stood for how long the log's clock has stood still
	// meanwhile, which For has not.
	For    float64 `json:"for_seconds"`
	Stood  float64 `json:"stood_seconds,omitempty"`
	Region string  `json:"region,omitempty"`
	Tries  int     `json:"tries,omitempty"`
	Look   bool    `json:"look_first,omitempty"`
	// DryRun says that the step is logged alone, and that nothing is done.
	DryRun bool `json:"dry_run,omitempty"`
	// Says is how far it is, and what it waits for, in words.
	Says string `json:"says,omitempty"`
	// Ahead is when it may be done, nil of a step that is over.
	Ahead *Ahead `json:"ahead,omitempty"`
}

// Ahead is from when until when a step may still take, by the median of what the scenario has for
// it and for those before it. It has no figure for some, which take 0 then.
type Ahead struct {
	// Begins and Ends are in seconds from now.
	Begins float64 `json:"begins_in_seconds"`
	Ends   float64 `json:"ends_in_seconds"`
}

// Call is what a notice asks people for, or tells them.
type Call struct {
	// Kind is "ask" of what waits for their word, "tell" of advice, and "alarm" of what they have to
	// look at.
	Kind string `json:"kind"`
	// Region is what it is about, and Part how much of that; Target is what would take over.
	Region string `json:"region,omitempty"`
	Part   string `json:"part,omitempty"`
	Target string `json:"target,omitempty"`
	// Gate is the one that keeps what is lost from being left, of an alarm over that.
	Gate string `json:"gate,omitempty"`
	// Drill says that what is asked for is a drill.
	Drill bool `json:"drill,omitempty"`
}

// Fact is one thing that is so: what it is about, and a sentence without its full stop.
type Fact struct {
	About string `json:"about"`
	Text  string `json:"text"`
}

// status gathers a Status.
type status struct {
	view *View
	file *model.Scenario
	s    *failover.State
	p    *failover.Policy
	name failover.Names
	// facts are those of the state, once somebody has asked for them.
	facts []failover.Fact
	// age is how long ago the state was that of now: the log's time stands while nothing is applied.
	age time.Duration
}

// StatusOf says where things stand in a view of a scenario's agent.
func StatusOf(v *View, file *model.Scenario) Status {
	g := &status{
		view: v, file: file, s: &v.State, p: &v.Policy, name: failover.NamesOf(file),
		age: max(0, v.Applied),
	}
	digest := v.State.Hash()
	out := Status{
		SchemaVersion: SchemaVersion, Scenario: file.Name, Region: g.region(v.Self),
		Leader: g.region(v.Leader), Term: v.Term, Index: v.Index, AppliedAgo: appliedAgo(v),
		At: seconds(time.Duration(g.s.Now)), Said: int64(g.s.Now), Epoch: uint32(g.s.Epoch),
		Mode: g.p.Mode.String(), Shadow: v.Shadow, Rules: int(g.s.Under.Rules),
		Halted: v.Halted, Unkept: v.Unkept, Doubt: v.Doubt, Apart: apartOf(&v.Apart, file),
		Primary: g.region(g.s.Primary), Home: g.home(), Serving: g.regions(g.s.Serving),
		Hash: digest.String(), Paused: g.s.Paused, Stuck: v.stale() != "",
		Confirmed: v.Confirmed, Unconfirmed: v.Unconfirmed,
		DryRun: g.onlyDry(), DrySteps: g.drySteps(), AnswersDNS: v.Answers,
	}
	if g.s.Under.Rules != 0 {
		out.Policy = g.s.Under.Policy.String()
		if v.Own != g.s.Under.Policy {
			out.Waiting = v.Own.String()
		}
	}
	if g.s.Brake.Cause != failover.BrakeOff {
		out.Brake = g.s.Brake.Cause.String()
	}
	if v.empty() {
		return g.nothing(out)
	}
	for _, fact := range g.told() {
		out.Facts = append(out.Facts, Fact(fact))
	}
	for r := range file.Regions {
		out.Regions = append(out.Regions, g.regionStatus(model.RegionID(r)))
	}
	g.users(out.Regions)
	out.Links = linksOf(file)
	for i := range model.StoreID(g.p.Stores) {
		out.Stores = append(out.Stores, g.storeStatus(i))
	}
	if g.s.Plan.Kind != failover.NoPlan {
		out.Plan = g.plan()
	}
	for a := range g.p.Standing(*g.s) {
		out.Notices = append(out.Notices, notice(g.p, g.s, &a, g.name))
		out.Calls = append(out.Calls, g.call(&a))
	}
	out.Refused = g.refused()
	return out
}

// call is what an action calls people for.
func (g *status) call(a *failover.Action) Call {
	out := Call{
		Kind: a.Kind.String(), Region: g.region(a.Subject), Part: a.Part.String(),
		Target: g.region(a.Target), Drill: a.Drill,
	}
	if a.Kind == failover.Alarm && a.Gate != 0 {
		out.Gate = a.Gate.String()
	}
	return out
}

// home is the region where the writes belong, if they have one place.
func (g *status) home() string {
	if g.p.MultiWriter {
		return ""
	}
	return g.region(g.p.Home)
}

// nothing is the status of an agent that has nothing of the log: what its state says is so of a log
// that has not begun, and of no estate.
func (g *status) nothing(out Status) Status {
	out.Empty, out.Primary, out.Home, out.Facts, out.Stores = true, "", "", []Fact{}, nil
	for r := range g.file.Regions {
		spec := &g.file.Regions[r]
		gossip := heard(g.view.Heard.Has(model.RegionID(r)))
		told := RegionStatus{Region: spec.Name, Role: "witness", Agent: gossip, Gossip: gossip}
		if !spec.Witness {
			told.Role, told.Verdict = "workload", "not known"
		}
		out.Regions = append(out.Regions, told)
	}
	return out
}

// since is how long ago an instant of the log was, in seconds.
func (g *status) since(t failover.Instant) float64 { return seconds(g.s.Now.Sub(t) + g.age) }

// stood is for how long the log's clock has stood still since an instant of the log, in seconds.
func (g *status) stood(t failover.Instant) float64 { return seconds(g.view.Stood.Since(t)) }

// appliedAgo is how long ago a view was applied, in seconds, or -1.
func appliedAgo(v *View) float64 {
	if v.Applied < 0 {
		return -1
	}
	return v.Applied.Seconds()
}

// empty reports whether the agent has nothing of the log: there is no policy without voters.
func (v *View) empty() bool { return v.Policy.Voters == 0 }

// stale says why a view may be too old to go by, or nothing.
func (v *View) stale() string {
	switch {
	case v.Applied < 0:
		return "nothing was applied since the agent was started"
	case v.Applied > v.Policy.StaleAfter:
		return fmt.Sprintf("nothing was applied for %s", v.Applied.Round(time.Second))
	}
	return ""
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// region names a region, and is empty of none.
func (g *status) region(r model.RegionID) string {
	if int(r) >= len(g.file.Regions) {
		return ""
	}
	return g.file.Regions[r].Name
}

func (g *status) regions(set model.RegionSet) []string {
	all := []string{}
	for r := range model.RegionID(len(g.file.Regions)) {
		if set.Has(r) {
			all = append(all, g.region(r))
		}
	}
	return all
}
