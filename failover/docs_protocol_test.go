package failover_test

// noRecord is said of a rule of the protocol of which nothing was found: the model needs it.
const noRecord = "none was found"

// protocolRecords are what happened in public where a rule of the protocol did not hold, or who
// found out that it is needed. Of most only what the record says in short was read.
var protocolRecords = map[string]string{
	"an accepted claim ends every earlier lease for good": "one who has lost its part wakes, takes " +
		"it anew, and fences the rightful owner: " + pull("PostHog/posthog", 76100),
	"only the guard opens a store for writes": "the supervisor dies or hangs, and nothing closes " +
		"the database: " + issue("patroni/patroni", 239),
	"the guard boots its store fenced": "one that was wiped and started again came up writable " +
		"beside the leader: " + pull("tarantool/tarantool", 13050),
	"only the ticket that was granted last is shown to the guard": noRecord,
	"the deadline counts from the ticket's issue": "it counted from receipt, so that each delay on " +
		"the way made the lease longer: " + pull("golemcloud/golem", 3834),
	"the deadline counts from the issue for the first opening too": "the same: when a request was " +
		"sent counts: " + issue("yugabyte/yugabyte-db", 16),
	"the deadline goes by the guard's own clock": "it went by the clock of who granted it: " +
		pull("ceph/ceph", 9711),
	"at its deadline the guard stops writes": "a primary that was cut off, and is back, still takes " +
		"writes: " + issue("sysown/proxysql", 789),
	"at its deadline the guard ends a promotion in progress too": noRecord,
	"stopping takes time, which lies inside the deadline": "the end of a lease was looked for now " +
		"and then, so that there were two leaders for 2 s: " + pull("sofastack/sofa-jraft", 34),
	"a renewal counts when the applied state shows it granted, not because it committed": noRecord,
	"a claim counts when the applied state shows it granted, not because it committed":   noRecord,
	"the agent claims before it acts": noRecord,
	"a fence ends its epoch, not only what is open in it": "a request could reach a controller of a " +
		"former epoch: " + pull("apache/kafka", 12499),
	"the guard records a fence before it answers": "the epoch of a fence has to survive a " +
		"restart: " + pull("oxia-db/oxia", 87),
	"the guard never opens a fenced epoch or an older one": "the same",
	"a claimed, unfinished promotion is possibly writable": noRecord,
	"expiry is judged with a margin for drift": "a lease did not account for drift, so that reads " +
		"could be served after its end: " + pull("tikv/tikv", 1127),
	"Fenced reports the guard's record, never an observation": "a primary that could not be looked " +
		"at might still have been writing: " + issue("patroni/patroni", 1826),
	"the guard's clock counts suspended time": "a clock that stands still with its host does not " +
		"see that the lease is over: " + pull("nextlyhq/nextly", 777),
	"the guard checks before it lets writes resume": noRecord,
	"tickets die with the guard's boot":             noRecord,
	"a new leader counts from when it read the log's time, or later": "a new leader gave out " +
		"timestamps from before those of the old one: " + issue("palantir/atlasdb", 315),
	"a plan refuses renewals, and a claim checks again that the lease is over": "the others elect " +
		"while the old leader has yet to notice: " + issue("patroni/patroni", 2070),
}
