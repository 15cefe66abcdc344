package deciders

import (
	"fmt"
	"time"
)

// Where the rules of those that move traffic, and of the managed service, were read.
const (
	route53Rules = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/" +
		"dns-failover-determining-health-of-endpoints.html"
	route53API = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"
	k8gbTree   = "https://github.com/k8gb-io/k8gb/blob/master/"
	azureGroup = "https://learn.microsoft.com/powershell/module/az.sql/" +
		"new-azsqldatabasefailovergroup"
	azureAnswer = "https://sqlworldwide.com/auto-failover-groups-graceperiodwithdatalosshours/"
)

func route53() Decider {
	return route53Checks("route-53", "standard interval", 30*time.Second)
}

// route53Fast has the other interval that can be asked for, as phase-12-warm-standby does.
func route53Fast() Decider {
	return route53Checks("route-53-fast", "fast interval", 10*time.Second)
}

// route53Failed is how long the requests of one checker take that all fail: the interval runs from
// an answer, or the end of waiting for one, to the next request.
const route53Failed = "FailureThreshold x time to connect + (FailureThreshold - 1) x " +
	"RequestInterval"

// route53Checks is the rule at one of the two intervals that there are.
func route53Checks(name, title string, interval time.Duration) Decider {
	const connect = 4 * time.Second
	return Decider{
		Name: name, Title: "Route 53 health checks, " + title,
		Source: route53Rules,
		Rule: fmt.Sprintf("Checkers around the world ask the endpoint every %.0f s; three failures in "+
			"a row make it unhealthy for one of them. DNS then answers with the other region.",
			interval.Seconds()),
		Constants: []Constant{
			{Name: "RequestInterval", Value: fmt.Sprintf("%.0f s", interval.Seconds()), Source: route53API},
			{Name: "FailureThreshold", Value: "3", Source: route53API},
			{Name: "time to connect", Value: "4 s", Source: route53Rules},
		},
		EarliestSum: route53Failed,
		LatestSum:   "RequestInterval + " + route53Failed,
		Differs: "FailureThreshold x RequestInterval, as often given, leaves out that each request " +
			"that is not answered takes the time to connect before the next interval begins.",
		LeftOut: "The endpoint is healthy while more than 18 % of the checkers say so, which makes the " +
			"time nearly constant, near the late end. The TTL and slow clients come on top.",
		Blind: "its checkers ask over the internet, not over the link between the regions: the primary " +
			"region answers them throughout the cut",
		TrafficOnly: true,
		Paths: [][]Wait{{
			{What: "a checker's next request", Spread: interval, Phase: 0},
			{What: "three timeouts and two intervals", Fixed: 3*connect + 2*interval},
		}},
	}
}

func k8gb() Decider {
	return Decider{
		Name: "k8gb", Title: "k8gb, strategy failover",
		Source: k8gbTree + "docs/splitbrain.md",
		Rule: "At each reconciliation a cluster asks the others' DNS servers for their healthy " +
			"addresses. A secondary that cannot reach the primary's answers with its own addresses, at " +
			"once and on its own, and returns as soon as it can. The primary goes on answering with " +
			"its own.",
		Constants: []Constant{
			{Name: "reconcileRequeueSeconds", Value: "30 s",
				Source: k8gbTree + "chart/k8gb/values.yaml"},
		},
		EarliestSum: "0 s", LatestSum: "reconcileRequeueSeconds",
		LeftOut: "The timeouts of its DNS queries, some seconds, and the TTL (30 s by default, " +
			"unverified). It moves traffic only: what a write meets there depends on the store.",
		TrafficOnly: true,
		Paths: [][]Wait{{
			{What: "the secondary's next reconciliation", Spread: 30 * time.Second, Phase: 0},
		}},
	}
}

func azureFailoverGroup() Decider {
	return Decider{
		Name: "azure-sql", Title: "Azure SQL failover group, Microsoft-managed policy",
		Source: azureGroup,
		Rule: "Azure's operators verify an outage of the region; where data could be lost they wait " +
			"for the grace period, of an hour at least, before they fail over.",
		Constants: []Constant{
			{Name: "GracePeriodWithDataLossHours", Value: "1 h", Source: azureGroup},
			{Name: "people in the decision", Value: "yes", Source: azureAnswer},
		},
		EarliestSum: "GracePeriodWithDataLossHours", LatestSum: "GracePeriodWithDataLossHours",
		LeftOut: "How long the people take: the figure is the earliest time. Nobody publishes " +
			"whether a cut between regions would count as an outage; it is taken to, which makes no " +
			"difference below an hour.",
		Paths: [][]Wait{{{What: "the grace period", Fixed: time.Hour}}},
	}
}
