package deciders

import "time"

// All returns every decider that is reproduced, in the order in which they are shown: those of
// databases first, then those that move traffic.
func All() []Decider {
	return []Decider{
		orchestrator(), orchestratorUntuned(), vtorc(), patroni(), pgAutoFailover(), stolon(),
		repmgr(), route53(), route53Fast(), k8gb(), azureFailoverGroup(),
	}
}

// Where the rules of the MySQL deciders were read.
const (
	orchestratorTree   = "https://github.com/openark/orchestrator/blob/master/"
	orchestratorConfig = orchestratorTree + "go/config/config.go"
	orchestratorAdvice = orchestratorTree + "docs/configuration-failure-detection.md"
	orchestratorRules  = orchestratorTree + "docs/failure-detection.md"
	orchestratorReads  = orchestratorTree + "go/logic/topology_recovery.go"
	mysqlNetTimeout    = "https://dev.mysql.com/doc/refman/8.4/en/replication-options-replica.html" +
		"#sysvar_replica_net_timeout"
	vitessTree = "https://github.com/vitessio/vitess/blob/main/"
)

// networkTimeout is what the rules of MySQL's deciders share.
const networkTimeout = "The network timeout runs from the last packet: where the primary was " +
	"idle at the cut, up to half of it is over already."

// orchestratorConstants are those of both rows of orchestrator.
func orchestratorConstants(timeout Constant) []Constant {
	return []Constant{
		{Name: "InstancePollSeconds", Value: "5 s", Source: orchestratorConfig},
		{Name: "MySQLDiscoveryReadTimeoutSeconds", Value: "10 s", Source: orchestratorConfig},
		{Name: "RecoveryPollSeconds", Value: "1 s", Source: orchestratorConfig},
		{Name: "RecoverMasterClusterFilters", Value: "none", Source: orchestratorConfig},
		timeout,
	}
}

// primaryPoll is how orchestrator comes to see its primary as unreachable. It polls over pooled
// connections (openTopology in go/db/db.go), on which a query that is never answered fails after
// the read timeout; a new connection would fail after 2 s.
func primaryPoll() []Wait {
	return []Wait{
		{What: "its next poll of the primary", Spread: 5 * time.Second, Phase: 0},
		{What: "the read timeout of that poll", Fixed: 10 * time.Second},
	}
}

func orchestrator() Decider {
	return Decider{
		Name: "orchestrator", Title: "orchestrator with Raft, MySQL set up as it advises",
		Source: orchestratorRules,
		Rule: "The primary is dead when a poll of it fails and none of its reachable replicas is " +
			"replicating. It then promotes at the next turn of its recovery loop. Nothing stops the old " +
			"primary.",
		Constants: orchestratorConstants(Constant{
			Name: "slave_net_timeout", Value: "4 s", Source: orchestratorAdvice,
		}),
		LeftOut: networkTimeout + " The leader of its Raft group was on the cut-off side in 2018; " +
			"the election that follows is over before the poll has failed. " +
			"PreventCrossDataCenterMasterFailover, off by default, would forbid the promotion.",
		Switch: "RecoverMasterClusterFilters",
		Paths: [][]Wait{primaryPoll(), {
			{What: "the replicas' network timeout", Fixed: 4 * time.Second},
			{What: "its next poll of a replica", Spread: 5 * time.Second, Phase: 1},
		}},
		Then: []Wait{{What: "its recovery loop", Spread: time.Second, Phase: 2}},
	}
}

func orchestratorUntuned() Decider {
	d := orchestrator()
	d.Name, d.Title = "orchestrator-60s", "orchestrator with Raft, MySQL with its own defaults"
	d.Rule = "The same rule with MySQL's own timeout, after which replicas notice that the " +
		"stream from the primary has stopped. Until then orchestrator takes the primary for " +
		"unreachable, not dead, and reads the replicas again every second."
	d.Constants = orchestratorConstants(Constant{
		Name: "replica_net_timeout", Value: "60 s", Source: mysqlNetTimeout,
	})
	d.Constants = append(d.Constants, Constant{
		Name: "emergencyReadTopologyInstanceMap", Value: "1 s", Source: orchestratorReads,
	})
	d.Paths = [][]Wait{primaryPoll(), {
		{What: "the replicas' network timeout", Fixed: time.Minute},
		{What: "its next reading of a replica", Spread: time.Second, Phase: 1},
	}}
	return d
}

func vtorc() Decider {
	return Decider{
		Name: "vtorc", Title: "VTOrc (Vitess)",
		Source: vitessTree + "go/vt/vtorc/inst/analysis_problem.go",
		Rule: "The primary is dead when it was not reached at its last poll and no replica that is " +
			"reached is replicating. VTOrc then reparents the shard at the next turn of its recovery " +
			"loop. With the durability policy none, nothing stops the old primary before it can read " +
			"the topology server again.",
		Constants: []Constant{
			{Name: "instance-poll-time", Value: "5 s", Source: vitessTree + "go/vt/vtorc/config/config.go"},
			{Name: "recovery-poll-duration", Value: "1 s",
				Source: vitessTree + "go/vt/vtorc/config/config.go"},
			{Name: "prevent-cross-cell-failover", Value: "off",
				Source: vitessTree + "go/vt/vtorc/config/config.go"},
			{Name: "replica_net_timeout", Value: "8 s", Source: vitessTree + "config/mycnf/mysql84.cnf"},
			{Name: "emergencyReadTopologyInstanceMap", Value: "1 s",
				Source: vitessTree + "go/vt/vtorc/logic/topology_recovery.go"},
			{Name: "durability-policy", Value: "none",
				Source: vitessTree + "go/cmd/vtctldclient/command/keyspaces.go"},
		},
		LeftOut: networkTimeout + " A poll that hangs counts from its start here, by the query of " +
			"the analysis; were it to count only when the call times out (remote-operation-timeout, 15 " +
			"s), VTOrc would decide after 15 to 21 s. A topology server on the cut-off side would " +
			"prevent the promotion, and a semi-synchronous durability policy the loss.",
		Paths: [][]Wait{
			{{What: "its next poll of the primary", Spread: 5 * time.Second, Phase: 0}},
			{
				{What: "the replicas' network timeout", Fixed: 8 * time.Second},
				{What: "its next reading of a replica", Spread: time.Second, Phase: 1},
			},
		},
		Then: []Wait{{What: "its recovery loop", Spread: time.Second, Phase: 2}},
	}
}
