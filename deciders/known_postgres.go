package deciders

import "time"

// Where the rules of the PostgreSQL deciders were read.
const (
	patroniSettings = "https://github.com/patroni/patroni/blob/master/docs/" +
		"dynamic_configuration.rst"
	patroniCode      = "https://github.com/patroni/patroni/blob/master/patroni/ha.py"
	patroniWatch     = "https://github.com/patroni/patroni/blob/master/patroni/dcs/etcd3.py"
	patroniElsewhere = "https://pigsty.io/docs/concept/ha/failure/passive"
	pgafTree         = "https://github.com/hapostgres/pg_auto_failover/blob/main/"
	pgafConfig       = pgafTree + "src/monitor/pg_auto_failover.c"
	stolonTree       = "https://github.com/sorintlab/stolon/blob/master/"
	stolonSpec       = stolonTree + "doc/cluster_spec.md"
	stolonCode       = stolonTree + "internal/cluster/cluster.go"
	repmgrConf       = "https://github.com/EnterpriseDB/repmgr/blob/master/repmgr.conf.sample"
	repmgrCode       = "https://github.com/EnterpriseDB/repmgr/blob/master/repmgrd.c"
)

// pgafFailed is how long the attempts of a check take that all fail, with the pause after each.
const pgafFailed = "(health_check_max_retries + 1) x (health_check_timeout + " +
	"health_check_retry_delay)"

func patroni() Decider {
	return Decider{
		Name: "patroni", Title: "Patroni, its store's majority away from the primary",
		Source: patroniSettings,
		Rule: "The primary renews a leader key at every loop; when the key expires, the standbys, " +
			"which watch it, ask all known members how far they are and the first to take the key " +
			"promotes. A primary that cannot renew demotes itself after its retries.",
		Constants: []Constant{
			{Name: "ttl", Value: "30 s", Source: patroniSettings},
			{Name: "loop_wait", Value: "10 s", Source: patroniSettings},
			{Name: "retry_timeout", Value: "10 s", Source: patroniSettings},
			{Name: "failsafe_mode", Value: "off", Source: patroniSettings},
			{Name: "timeout of asking a member", Value: "2 s", Source: patroniCode},
			{Name: "watch of the leader key", Value: "on", Source: patroniWatch},
		},
		EarliestSum: "ttl - loop_wait + timeout of asking a member",
		LatestSum:   "ttl + timeout of asking a member",
		Differs: "ttl + loop_wait at the latest, as in " + patroniElsewhere + ", has a standby learn " +
			"at its next loop that the key is free. It watches the key and wakes when that goes, with " +
			"etcd, Consul and ZooKeeper (watch in ha.py and in dcs/). With Kubernetes, whose objects do " +
			"not expire, it does learn at its next loop: up to loop_wait later than here. The time to ask " +
			"the old primary, which does not answer, is often left out.",
		LeftOut: "The store's own granularity in expiring a key, and a store whose majority is on the " +
			"cut-off side, where nothing is promoted. maximum_lag_on_failover is a gate in bytes.",
		Paths: [][]Wait{{
			// The key was renewed up to a loop before the cut: loop_wait x (1 - phase).
			{What: "the key to expire", Fixed: 20 * time.Second, Spread: 10 * time.Second, Phase: 0},
		}},
		Then: []Wait{{What: "the old primary to answer, which it does not", Fixed: 2 * time.Second}},
		Fence: []Wait{
			{What: "the primary's next loop", Spread: 10 * time.Second, Phase: 0},
			{What: "its retries", Fixed: 10 * time.Second},
		},
	}
}

func pgAutoFailover() Decider {
	return Decider{
		Name: "pg_auto_failover", Title: "pg_auto_failover, its monitor away from the primary",
		Source: pgafTree + "docs/fault-tolerance.rst",
		Rule: "The monitor takes a primary for unhealthy when three connection attempts in a row have " +
			"failed and its keeper has been silent for 20 s, and begins the failover when the standby " +
			"next reports. Replication is synchronous: the cut-off primary acknowledges nothing that the " +
			"standby lacks, and stops itself 20 s after its last contact with anybody.",
		Constants: []Constant{
			{Name: "health_check_period", Value: "5 s", Source: pgafConfig},
			{Name: "health_check_timeout", Value: "5 s", Source: pgafConfig},
			{Name: "health_check_max_retries", Value: "2", Source: pgafConfig},
			{Name: "health_check_retry_delay", Value: "2 s", Source: pgafConfig},
			{Name: "node_considered_unhealthy_timeout", Value: "20 s", Source: pgafConfig},
			{Name: "PG_AUTOCTL_KEEPER_SLEEP_TIME", Value: "1 s",
				Source: pgafTree + "src/bin/pg_autoctl/defaults.h"},
			{Name: "replication-quorum", Value: "true",
				Source: pgafTree + "docs/ref/pg_autoctl_create_postgres.rst"},
		},
		EarliestSum: pgafFailed,
		LatestSum:   "health_check_period + " + pgafFailed + " + PG_AUTOCTL_KEEPER_SLEEP_TIME",
		Differs: "node_considered_unhealthy_timeout alone, 20 s, would be the earliest if the checks " +
			"took less than that. Checks that begin once it is over, node_considered_unhealthy_timeout + " +
			"health_check_timeout + health_check_max_retries x health_check_retry_delay, would make it 29 " +
			"s at the latest; they run beside the silence (IsUnhealthy in node_metadata.c asks for both).",
		LeftOut: "After the decision it waits for the old primary to drain, 30 s at most " +
			"(primary_demote_timeout); a second standby on the cut-off side would let that side go on " +
			"writing. docs/fault-tolerance.rst gives a check period of 20 s; the code's 5 s is used.",
		Synchronous: true,
		Paths: [][]Wait{
			{
				{What: "the monitor's next check", Spread: 5 * time.Second, Phase: 0},
				// Three attempts of 5 s, and 2 s after each of them: the last pause, too, is waited out
				// before the node is marked (WaitForEvent in health_check_worker.c).
				{What: "three attempts and their pauses", Fixed: 21 * time.Second},
			},
			{{What: "the keeper's silence", Fixed: 19 * time.Second, Spread: time.Second, Phase: 1}},
		},
		Then: []Wait{{What: "the standby's next report", Spread: time.Second, Phase: 2}},
	}
}

func stolon() Decider {
	return Decider{
		Name: "stolon", Title: "Stolon, its store's majority away from the primary",
		Source: stolonSpec,
		Rule: "A sentinel takes a keeper for failed when it has seen no new report of it at one check, " +
			"and still none 20 s later; then it elects the best standby. Proxies that have not reached " +
			"the store for 15 s close their connections to the old primary.",
		Constants: []Constant{
			{Name: "sleepInterval", Value: "5 s", Source: stolonSpec},
			{Name: "failInterval", Value: "20 s", Source: stolonSpec},
			{Name: "DefaultProxyCheckInterval", Value: "5 s", Source: stolonCode},
			{Name: "DefaultProxyTimeout", Value: "15 s", Source: stolonCode},
		},
		EarliestSum: "failInterval",
		LatestSum:   "failInterval + 2 x sleepInterval",
		LeftOut: "Clients that reach the old primary without a proxy can write on. A sentinel on the " +
			"cut-off side that led has to be replaced first. maxStandbyLag is a gate in bytes.",
		Paths: [][]Wait{{
			// Its last report came up to an interval before the cut (phase 0), the sentinel saw it at its
			// next check after that (phase 1): -5 s + 5 s x phase 0 + 5 s x phase 1 after the cut.
			{What: "the first check without a new report", Spread: 5 * time.Second, Phase: 0},
			{What: "the sentinel's own phase", Spread: 5 * time.Second, Phase: 1},
			{What: "failInterval", Fixed: 20 * time.Second},
		}},
		Fence: []Wait{{
			What: "the proxies' timeout since their last check", Fixed: 10 * time.Second,
			Spread: 5 * time.Second, Phase: 2,
		}},
	}
}

// repmgrFailed is how long a check and the attempts after it take that all fail.
const repmgrFailed = "connect_timeout of the check + reconnect_attempts x connect_timeout of an " +
	"attempt + (reconnect_attempts - 1) x reconnect_interval"

func repmgr() Decider {
	return Decider{
		Name: "repmgr", Title: "repmgr",
		Source: repmgrCode,
		Rule: "When a check of the primary fails, repmgrd tries to reconnect six times with pauses of " +
			"10 s, and promotes after the last attempt has failed. Nothing stops the old primary.",
		Constants: []Constant{
			{Name: "monitor_interval_secs", Value: "2 s", Source: repmgrConf},
			{Name: "reconnect_attempts", Value: "6", Source: repmgrConf},
			{Name: "reconnect_interval", Value: "10 s", Source: repmgrConf},
			{Name: "connect_timeout of an attempt", Value: "2 s", Source: repmgrCode},
			// repmgr.conf.sample advises to set one and names no value; 2 s is what repmgrd itself takes for
			// the attempts that follow.
			{Name: "connect_timeout of the check", Value: "2 s", Unverified: true, Source: repmgrConf},
			{Name: "failover", Value: "manual", Source: repmgrConf},
		},
		EarliestSum: repmgrFailed,
		LatestSum:   "monitor_interval_secs + " + repmgrFailed,
		Differs: "reconnect_attempts x reconnect_interval, 60 s, counts a pause after the last " +
			"attempt, where there is none, and neither the timeouts of the attempts nor the check that " +
			"fails first (try_reconnect).",
		LeftOut: "The election among several standbys, and a witness. primary_visibility_consensus, " +
			"off by default, would look at whether another standby still sees the primary. Where the " +
			"conninfo sets no connect_timeout, the first check may hang for minutes before any attempt.",
		Switch: "failover=automatic",
		Paths: [][]Wait{{
			{What: "its next check", Spread: 2 * time.Second, Phase: 0},
			{What: "that check to time out", Fixed: 2 * time.Second},
			// Six attempts of 2 s; it sleeps after each but the last (try_reconnect).
			{What: "six attempts and five pauses", Fixed: 62 * time.Second},
		}},
	}
}
