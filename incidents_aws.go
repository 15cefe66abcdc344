package redoubt

import (
	"math"
	"slices"
	"time"

	"redoubt/deciders"
	"redoubt/model"
)

// Where Amazon's events were published.
const (
	kinesisPost   = "https://aws.amazon.com/message/11201"
	kinesisStatus = "https://slyjason.github.io/2020/11/26/takeaways-from-aws-kinesis-outage"
	aws2021Post   = "https://aws.amazon.com/message/12721"
	aws2025Post   = "https://aws.amazon.com/message/101925"
)

func kinesis2020() known {
	return known{
		name: "kinesis-2020-11-25", title: "AWS us-east-1 (Kinesis), 2020-11-25",
		strategy: model.HotStandby,
		measures: []measure{wrongly(), decidedAfter()},
		published: []PublishedFigure{
			{Figure: lasting("metrics_lost_seconds", "CloudWatch has no metrics", 1036*time.Minute),
				Source: kinesisPost, Input: true},
			{Figure: so("instances_healthy", "instances and their network are healthy"),
				Source: kinesisStatus, Secondary: true, Input: true},
			{Figure: so("alarms_unknown", "alarms say neither good nor bad, all that time"),
				Source:     kinesisPost,
				Uncompared: "it is what is played: who looks sees nothing, and unknown is its name"},
			{Figure: lasting("kinesis_down_seconds", "Kinesis fails requests", 1028*time.Minute),
				Source: kinesisPost, Uncompared: "what needs Kinesis itself is not played"},
		},
		incomparable: "of those who judged the region by its metrics nobody published what they did, " +
			"and what else was published is played or of Kinesis itself",
		then: &variant{
			what: "the same policy over checks to which missing data is a failure, as to an alarm that " +
				"treats it as breaching",
			alter: func(s *model.Scenario) ([]*model.Scenario, error) {
				changed := *s
				changed.Checks = slices.Clone(s.Checks)
				for i := range changed.Checks {
					changed.Checks[i].MissingFails = true
				}
				return []*model.Scenario{&changed}, nil
			},
		},
		leftOut: "What needed Kinesis itself, Cognito above all: it was down, and is not played. How " +
			"fast it came back: some hundred servers of many thousands an hour are no figures from which " +
			"a length follows. Agents that lose sight of us-east-1 lose that of each other here, which " +
			"they would not have. Counts are at the rates of the estate that it is laid over.",
		checks: func(r *IncidentReport) []IncidentCheck {
			return []IncidentCheck{
				{
					"missing data that counts as a failure leaves a region that works, in every run",
					figureOf(r.Simulated, "false_failovers").Low >= 1,
				},
				{
					"missing data that is unknown leaves nothing, and nothing fails",
					none(r.WithRedoubt, "failovers", "failovers_cancelled", "down_seconds", "requests_failed"),
				},
			}
		},
	}
}

// none reports whether all runs have nothing of some figures.
func none(figures []Figure, keys ...string) bool {
	for _, key := range keys {
		if figureOf(figures, key).High != 0 {
			return false
		}
	}
	return true
}

// firstWord is from 07:30 to 08:22 PST, when the dashboard first said something; unchanged is how
// long no record could be changed, to 14:30.
const firstWord, unchanged = 52 * time.Minute, 420 * time.Minute

// caches is how long after a change a tenth of the clients may still have the old answer: two TTLs
// of a minute, and as long for a step that is tried again.
const caches = 4 * time.Minute

func aws2021() known {
	return known{
		name: "aws-2021-12-07", title: "AWS us-east-1, 2021-12-07", strategy: model.HotStandby,
		measures: []measure{decidedAfter(), longestOutage(), peopleNeeded(), untouched()},
		published: []PublishedFigure{
			{Figure: lasting("congestion_seconds", "control planes and monitoring fail", 412*time.Minute),
				Source: aws2021Post, Input: true},
			{Figure: lasting("records_seconds", "no record of Route 53 can be changed", unchanged),
				Source: aws2021Post, Input: true},
			{Figure: lasting("gateway_seconds", "API Gateway fails requests", 547*time.Minute),
				Source: aws2021Post, Input: true},
			{Figure: so("running_untouched", "instances and load balancers that run go on"),
				Source: aws2021Post},
			{Figure: lasting("first_word_seconds", "first word of the dashboard", firstWord),
				Source: aws2021Post, Uncompared: readByPeople},
		},
		others: []variant{
			{
				what:  "the routing can be changed without Route 53's API",
				alter: without(model.RoutingControlLoss),
			},
			{
				what:  "the application needs nothing that failed",
				alter: without(model.ServiceLoss),
			},
		},
		leftOut: "The congestion itself: no share of what was lost was published, and it was between " +
			"AWS's own networks; what hung on it is played as lost, an upper bound. Retries, and the " +
			"backlog of EventBridge, which was worked off after 670 minutes: neither its rate nor its " +
			"size was published. Simulated is what stays in us-east-1. Counts are at the rates of the " +
			"estate that it is laid over.",
		compared: []IncidentComparison{{
			Published: "running_untouched", Simulated: "untouched", Other: 2, Because: truthExact,
		}},
		checks: func(r *IncidentReport) []IncidentCheck {
			routed, whole := r.Others[0].Figures, r.Others[1].Figures
			return []IncidentCheck{
				{
					"who needs nothing that failed is left alone, though the monitoring there is lost",
					none(whole, "failovers", "failovers_cancelled", "down_seconds"),
				},
				{
					"it is decided within an hour, and users follow minutes after records can be changed",
					figureOf(r.WithRedoubt, "decided_seconds").High < time.Hour.Seconds() &&
						math.Abs(figureOf(r.WithRedoubt, "outage_seconds").High-unchanged.Seconds()) <
							caches.Seconds(),
				},
				{
					"that routing apart, the outage is over before the first word of the dashboard",
					figureOf(routed, "outage_seconds").High < firstWord.Seconds(),
				},
			}
		},
	}
}

// causeFound is from 23:48 to 00:38 PDT; launchesBack to 13:50, alternating from 05:30 to 09:36.
const (
	causeFound   = 50 * time.Minute
	launchesBack = 842 * time.Minute
	alternating  = 246 * time.Minute
)

// manyMoves are as many as trip redoubt's own brake by default (policy.brake_after).
const manyMoves = 3

// caughtUp is from 02:25, when the names were back, to 02:32.
const caughtUp = 7 * time.Minute

func aws2025Published() []PublishedFigure {
	return []PublishedFigure{
		{Figure: lasting("table_down_seconds", "DynamoDB takes no connection", 172*time.Minute),
			Source: aws2025Post, Input: true},
		{Figure: lasting("launches_seconds", "launches of machines fail", launchesBack),
			Source: aws2025Post, Input: true},
		{Figure: lasting("checks_seconds", "health checks alternate, until people stop their failover",
			alternating), Source: aws2025Post, Input: true},
		{Figure: so("replicas_serve", "replicas elsewhere take reads and writes"),
			Source: aws2025Post},
		{Figure: lasting("caught_up_seconds", "replicas catch up in", caughtUp), Source: aws2025Post,
			Uncompared: "no pace was published from which it would follow, and none is played"},
		{Figure: lasting("cause_found_seconds", "the cause is found after", causeFound),
			Source: aws2025Post, Uncompared: readByPeople},
		{
			Figure: so("people_stopped_it", "people have to stop the automatic failover"),
			Source: aws2025Post,
			Uncompared: "whether a rule has to be stopped hangs on how often the checks alternated, which " +
				"was not published: every length is played",
		},
	}
}

func aws2025() known {
	return known{
		name: "aws-2025-10-20", title: "AWS us-east-1 (DynamoDB), 2025-10-20",
		strategy:  model.ActiveActive,
		measures:  []measure{decidedAfter(), longestOutage(), homeAfter(), servedMeanwhile()},
		published: aws2025Published(),
		compared: []IncidentComparison{{
			Published: "replicas_serve", Simulated: "served_meanwhile", WithRedoubt: true,
			Because: truthExact,
		}},
		others: []variant{
			{
				what: "no table, but an application behind a load balancer whose checks alternate, for " +
					"1, 2, 4, 8, 16 or 32 minutes each way",
				alter: alternate, strategy: model.HotStandby, runs: 20,
			},
			{what: "the same checks under Route 53's rule, which has no memory", ruled: moved("route-53")},
		},
		leftOut: "Why the checks alternated, and how long each time: every length is played. The load " +
			"balancers of AWS decide by zone, and by a rule that was not published: Route 53's stands for " +
			"a rule that follows each change. Replicas that catch up: 7 minutes after 157, at a rate that " +
			"was not published. Answers with the old name in caches. Simulated is what stays in " +
			"us-east-1, without the checks. Writes that a table in us-east-1 had not passed on count as " +
			"lost, though they arrived later. Counts are at the rates of the estate that it is laid over.",
		checks: func(r *IncidentReport) []IncidentCheck {
			flapping, followed := r.Others[0].Figures, r.Others[1].Figures
			return []IncidentCheck{
				{
					"replicas elsewhere serve before the cause is found",
					figureOf(r.WithRedoubt, "outage_seconds").High < causeFound.Seconds(),
				},
				{
					"people bring nothing back before the region can grow again",
					figureOf(r.WithRedoubt, "returns_seconds").Low > launchesBack.Seconds(),
				},
				{
					"at every length redoubt leaves the region once at most",
					figureOf(flapping, "failovers").High <= 1,
				},
				{
					"a rule without memory moves the users again and again: somebody has to stop it",
					figureOf(followed, "moves").High > manyMoves,
				},
			}
		},
	}
}

// lengths are how long checks are bad, and good, in turn: no length was published.
func lengths() []time.Duration {
	return []time.Duration{
		time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute,
		32 * time.Minute,
	}
}

// alternate has the application of the primary region come and go, once for each length.
func alternate(s *model.Scenario) (all []*model.Scenario, err error) {
	for _, length := range lengths() {
		changed := *s
		changed.Timeline = nil
		for at := time.Duration(0); at < alternating; at += 2 * length {
			changed.Timeline = append(changed.Timeline, model.Fault{
				Kind: model.ServiceLoss, Region: s.Primary(), Peer: model.NoRegion, At: onset(s) + at,
				Duration: min(length, alternating-at),
			})
		}
		all = append(all, &changed)
	}
	return all, nil
}

// moved is how often a decider without memory moves the users away: each time that the checks are
// bad for as long as it takes to decide at the latest.
func moved(decider string) func(*known, *model.Scenario) []Figure {
	return func(*known, *model.Scenario) []Figure { return movesOf(decider) }
}

func movesOf(decider string) []Figure {
	moves := Figure{
		Key: "moves", What: "times that it moves the users away", Unit: Count, Low: math.NaN(),
		High: math.NaN(),
	}
	for _, d := range deciders.All() {
		if d.Name != decider {
			continue
		}
		_, latest := d.Decides()
		for _, length := range lengths() {
			count := 0
			for at := time.Duration(0); at < alternating; at += 2 * length {
				if min(length, alternating-at) >= latest {
					count++
				}
			}
			moves.widen(float64(count))
		}
	}
	return []Figure{moves}
}
