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
	orchestratorPolls  = orchestratorTree + "go/inst/instance_dao.go"
	orchestratorReads  = orchestratorTree + "go/logic/topology_recovery.go"
	mysqlNetTimeout    = "https://dev.mysql.com/doc/refman/8.4/en/replication-options-replica.html" +
		"#sysvar_replica_net_timeout"
	vitessTree   = "https://github.com/vitessio/vitess/blob/main/"
	vitessConfig = vitessTree + "go/vt/vtorc/config/config.go"
	vitessPolls  = vitessTree + "go/vt/vtorc/inst/instance_dao.go"
)

// networkTimeout and swallowed are what the rules of MySQL's deciders share.
const (
	networkTimeout = "The network timeout runs from the last packet: where the primary was " +
		"idle at the cut, up to half of it is over already."
	swallowed = " The cut is taken to swallow packets; where it refuses connections, polls fail at " +
		"once, the replicas are read every second from then on, and it decides earlier. Several " +
		"replicas, each polled at its own time, make it later within these bounds."
)

// The names of what both have in common: neither is a setting.
const (
	stampName = "resolution of its timestamps"
	markName  = "mark of a poll that hangs"
)

// pollOf is a poll of what was reached when the links were cut. Every second those are polled that
// were checked more than InstancePollSeconds ago, by timestamps in whole seconds, so that a poll
// follows another by that and a second (ReadOutdatedInstanceKeys).
func pollOf(what string, phase Phase) Wait {
	return Wait{What: "its next poll of " + what, Spread: 5*time.Second + time.Second, Phase: phase}
}

// primaryPoll is how orchestrator, and VTOrc that came of it, see their primary as unreachable. A
// poll that hangs is marked as attempted after a second (lastAttemptedCheckTimer in
// ReadTopologyInstanceBufferable), and that mark is then 7 s later than the last answer: more than
// the analysis allows (ValidSecondsFromSeenToLastAttemptedCheck: 6 s in orchestrator, 5 s in
// VTOrc). Nothing waits for the timeout of the poll.
func primaryPoll() []Wait {
	return []Wait{
		pollOf("the primary", 0), {What: "the mark that this poll hangs", Fixed: time.Second},
	}
}

// orchestratorConstants are those of both rows of orchestrator.
func orchestratorConstants(timeout Constant) []Constant {
	return []Constant{
		{Name: "InstancePollSeconds", Value: "5 s", Source: orchestratorConfig},
		{Name: stampName, Value: "1 s", Source: orchestratorPolls},
		{Name: markName, Value: "1 s", Source: orchestratorPolls},
		{Name: "RecoveryPollSeconds", Value: "1 s", Source: orchestratorConfig},
		{Name: "RecoverMasterClusterFilters", Value: "none", Source: orchestratorConfig},
		timeout,
	}
}

func orchestrator() Decider {
	return Decider{
		Name: "orchestrator", Title: "orchestrator with Raft, MySQL set up as it advises",
		Source: orchestratorRules,
		Rule: "The primary is dead when it was not reached at its last poll, or that hangs, and none " +
			"of its reachable replicas is replicating. It then promotes at the next turn of its recovery " +
			"loop. Nothing stops the old primary.",
		Constants: orchestratorConstants(Constant{
			Name: "slave_net_timeout", Value: "4 s", Source: orchestratorAdvice,
		}),
		EarliestSum: "slave_net_timeout",
		LatestSum: "slave_net_timeout + InstancePollSeconds + " + stampName +
			" + RecoveryPollSeconds",
		Differs: "slave_net_timeout + InstancePollSeconds + RecoveryPollSeconds at the latest takes a " +
			"poll to follow another by InstancePollSeconds, which its timestamps in whole seconds make " +
			"a second more. MySQLDiscoveryReadTimeoutSeconds on top of a poll would be the primary's " +
			"alone: a poll that hangs counts a second after it began.",
		LeftOut: networkTimeout + swallowed + " The leader of its Raft group was on the cut-off side " +
			"in 2018; the election that follows adds nothing while it is over within the replicas' " +
			"network timeout. PreventCrossDataCenterMasterFailover, off by default, would forbid the " +
			"promotion.",
		Switch: "RecoverMasterClusterFilters",
		Paths: [][]Wait{primaryPoll(), {
			{What: "the replicas' network timeout", Fixed: 4 * time.Second}, pollOf("a replica", 1),
		}},
		Then: []Wait{{What: "its recovery loop", Spread: time.Second, Phase: 2}},
	}
}

func orchestratorUntuned() Decider {
	d := orchestrator()
	d.Name, d.Title = "orchestrator-60s", "orchestrator with Raft, MySQL with its own defaults"
	d.Rule = "The same rule with MySQL's own timeout, after which replicas notice that the " +
		"stream from the primary has stopped. The poll that hangs has failed long before. From then " +
		"on orchestrator takes the primary for unreachable, not dead, and reads the replicas again " +
		"every second."
	d.Constants = orchestratorConstants(Constant{
		Name: "replica_net_timeout", Value: "60 s", Source: mysqlNetTimeout,
	})
	d.Constants = append(d.Constants,
		Constant{Name: "MySQLDiscoveryReadTimeoutSeconds", Value: "10 s", Source: orchestratorConfig},
		Constant{Name: "emergencyReadTopologyInstanceMap", Value: "1 s", Source: orchestratorReads},
	)
	d.EarliestSum = "replica_net_timeout"
	d.LatestSum = "replica_net_timeout + emergencyReadTopologyInstanceMap + RecoveryPollSeconds"
	d.Differs = ""
	d.LeftOut += " A turn of the loop that comes before the second of the last reading is over " +
		"reads nothing, which adds a second at most."
	d.Paths = [][]Wait{
		append(primaryPoll(), Wait{What: "its failure, after that mark", Fixed: 9 * time.Second}), {
			{What: "the replicas' network timeout", Fixed: time.Minute},
			{What: "its next reading of a replica", Spread: time.Second, Phase: 1},
		},
	}
	return d
}

func vtorc() Decider {
	return Decider{
		Name: "vtorc", Title: "VTOrc (Vitess)",
		Source: vitessTree + "go/vt/vtorc/inst/analysis_problem.go",
		Rule: "The primary is dead when it was not reached at its last poll, or that hangs, and no " +
			"replica that is reached is replicating. VTOrc then reparents the shard at the next turn of " +
			"its recovery loop. With the durability policy none, nothing stops the old primary before it " +
			"can read the topology server again.",
		Constants: []Constant{
			{Name: "instance-poll-time", Value: "5 s", Source: vitessConfig},
			{Name: stampName, Value: "1 s", Source: vitessPolls},
			{Name: markName, Value: "1 s", Source: vitessPolls},
			{Name: "recovery-poll-duration", Value: "1 s", Source: vitessConfig},
			{Name: "prevent-cross-cell-failover", Value: "off", Source: vitessConfig},
			{Name: "replica_net_timeout", Value: "8 s", Source: vitessTree + "config/mycnf/mysql84.cnf"},
			{Name: "remote-operation-timeout", Value: "15 s", Source: vitessTree + "go/vt/topo/locks.go"},
			{Name: "durability-policy", Value: "none",
				Source: vitessTree + "go/cmd/vtctldclient/command/keyspaces.go"},
		},
		EarliestSum: "replica_net_timeout",
		LatestSum: "replica_net_timeout + instance-poll-time + " + stampName +
			" + recovery-poll-duration",
		Differs: "instance-poll-time + recovery-poll-duration leaves out that a primary whose replicas " +
			"replicate is not dead, and that they notice only after replica_net_timeout. Replicas are " +
			"read again every second, which would make it replica_net_timeout and two seconds at the " +
			"latest, once a poll of the primary has failed (UnreachablePrimary asks for " +
			"!LastCheckPartialSuccess, which is of the last poll that ended); one that hangs fails only " +
			"at remote-operation-timeout, when the replicas have been polled anyway.",
		LeftOut: networkTimeout + swallowed + " A topology server on the cut-off side would prevent " +
			"the promotion, and a semi-synchronous durability policy the loss.",
		Paths: [][]Wait{primaryPoll(), {
			{What: "the replicas' network timeout", Fixed: 8 * time.Second}, pollOf("a replica", 1),
		}},
		Then: []Wait{{What: "its recovery loop", Spread: time.Second, Phase: 2}},
	}
}
