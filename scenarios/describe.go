package scenarios

// descriptions say what each key means, by the Go type of its table and the key. The schema and
// docs/scenarios.md show them; a test keeps the list complete.
var descriptions = map[string]string{
	"file.schema": "Version of the format: 1.",
	"file.base": "Name of the embedded estate from which it takes all that it leaves out, but for " +
		"the faults, the rollouts and what is expected.",
	"file.name":        "Name of the scenario: a-z, 0-9 and -.",
	"file.title":       "What it is, in a line.",
	"file.description": "What it is and where it comes from, in a few lines.",
	"file.strategies":  "The strategies to compare, single-region among them. By default all.",
	"file.business":    "What the system earns, and what going without it costs.",
	"file.traffic":     "The load of the whole system.",
	"file.region":      "The regions, in the order of preference. The first workload is primary.",
	"file.link":        "The way between two regions: how long it takes, how steadily, what it loses.",
	"file.curve":       "How load goes over a week. By default it is even.",
	"file.population":  "Groups of users. Their shares sum to 100%.",
	"file.store":       "The systems of record.",
	"file.check":       "The probes that every agent makes of every workload region.",
	"file.anchor": "What an agent looks at when a probe fails, to learn whether its own network " +
		"works: unless one of these answers, it cannot tell. By default every failure counts.",
	"file.routing":   "How clients find a region.",
	"file.cache":     "What answers most reads in place of the stores, and is cold at times.",
	"file.scaling":   "How regions grow, and whether they do by themselves.",
	"file.people":    "What people do, and how long they take.",
	"file.policy":    "When a failover may begin, and when it may not.",
	"file.consensus": "The timings of the agents' Raft group.",
	"file.alert":     "What calls people, in a simulation of one run. It moves nothing.",
	"file.backlog":   "Work that waits while nobody can do it, in a simulation of one run.",
	"file.hazard":    "Random faults: Poisson arrivals, independent durations.",
	"file.fault":     "Faults at given times, for a simulation of one run.",
	"file.executor": "Who does the steps of a plan, where agents carry it out. Where they are " +
		"reached is each agent's own.",
	"file.hook": "Who is asked before steps, or told after them, where agents carry them out.",
	"file.outage_trace": "Name of a CSV file beside the scenario's with a record of outages, each a " +
		"fault: start_seconds,duration_seconds,region,kind.",
	"file.rollout":        "Bad releases that come to one region after the other.",
	"file.expect":         "What every run of the timeline must show.",
	"file.bill":           "Lines of the bill of the estate as it runs today.",
	"file.resource":       "Things to price from the embedded table, each into a line of the bill.",
	"file.reference_bill": "Another estate to compare the bill with.",
	"file.objective":      "Targets, at most one for each metric.",
	"file.strategy":       "What differs from the default overlay of a strategy, by its name.",
	"file.run":            "How much to simulate unless the command line says otherwise.",

	"business.revenue_per_year": "Revenue that flows through the system in a year.",
	"business.deferred":         "Share of the lost sales that customers make up later.",
	"business.lost_write":       "Cost of one acknowledged write that is lost.",
	"business.lost_session":     "Cost of one user who has to log in again.",
	"business.conflict": "Cost of one conflicting write, or of one effect that was had twice, which " +
		"has to be repaired.",
	"business.incident":            "Cost of the people in one incident.",
	"business.reputation_per_hour": "Cost of an hour of downtime beyond the revenue of that hour.",
	"business.discount_rate":       "Yearly rate at which future money is discounted.",
	"business.horizon":             "Time over which an investment is judged.",
	"business.outage_hours": "Outage in a year with one region, where a document states it. " +
		"With 0s it follows from the hazards.",

	"traffic.requests": "Mean rate of all requests.",
	"traffic.retried": "Share of the failed attempts that clients make again, at once and at the " +
		"same region, up to 99%: each costs capacity.",
	"traffic.sessions": "How many users are logged in, at the mean load, with a session that only " +
		"the region which serves them keeps. It is lost when that is lost, or left.",
	"traffic.answer": "Time from when a write has its effect until its user has the answer. With 0s " +
		"no fault cuts an answer off.",
	"traffic.repeated": "Share of the writes whose answer a fault cut off that their users make " +
		"again when they can.",
	"traffic.starts": "Day of the week and time, in UTC, at which a run starts. Without a curve, " +
		"people.duty or scaling.hours, it is an error.",
	"traffic.write_share": "Share of the requests that write.",
	"traffic.service_time": "How long a request keeps a server busy on average, at most 1m. How " +
		"long requests take by population is said where it is stated; beside that only adjusted " +
		"weights read it. A region has as many whole servers as its capacity needs.",
	"traffic.down_below": "The service is down while less than this share of requests is served. It " +
		"is down too while no write is, unless nobody writes.",

	"region.name": "Unique name. Between names of AWS regions the round trips are known.",
	"region.role": "A witness has an agent and a vote, and no workload.",
	"region.failure_domain": "What may fail together. A witness is refused the domain of a " +
		"workload; what does fail together, a fault or a hazard says with regions. By default the name.",
	"region.utilisation": "Share of its compute in use in normal times, in the mean of a week. For " +
		"a workload 60% by default, an assumption; a witness has none.",
	"region.burst_ceiling": "Largest multiple of its compute that it can be scaled to. For a " +
		"workload 3x by default, an assumption; a witness has none.",
	"region.baseline": "Share of their capacity that its machines may use for good: what they use " +
		"beyond it they spend of what they saved below it, a day's worth at most. By default all.",

	"region.quota": "Largest share of what all the traffic takes that it may be scaled to, as the " +
		"policy knows it. By default there is none; a witness has none. One that nobody knows of is a " +
		"fault.",

	"link.between":   "The names of the two regions.",
	"link.rtt":       "Round-trip time between them. By default what was measured, where it was.",
	"link.jitter":    "How much longer a round trip takes than that, drawn for each.",
	"link.loss":      "Share of the packets lost on the way from the first to the second.",
	"link.loss_back": "Share of the packets lost on the way back. By default the same.",

	"population.name":    "Unique name.",
	"population.share":   "Share of all requests that come from it.",
	"population.nearest": "The workload region with the least latency to it.",
	"population.curve":   "Name of the curve that its load follows. Without one it is even.",
	"population.utc_offset": "How far its clocks are ahead of UTC, all year. Without a curve it is " +
		"an error.",
	"population.answers": "With geolocation: the regions of the records that apply to where it is, " +
		"the smallest place first.",
	"population.distance_km": "With geoproximity: its distance to each workload region.",

	"curve.name": "Unique name.",
	"curve.weekday": "The load at times of day, Monday to Friday, in any unit, as \"09:00 1.5x\": " +
		"straight lines between them, brought to a mean of 1 over the week.",
	"curve.weekend": "The load on Saturday and Sunday. By default that of the other days.",
	"curve.source":  "Where the curve comes from.",

	"store.name": "Unique name.",
	"store.kind": "Which technology it is: what it does with a write, and what lag, promotion and " +
		"switchover are where the file does not say.",
	"store.lag": "How far replicas are behind, beyond the one-way delay of the network. Required " +
		"where nothing is published of the kind; of a quorum it is an error.",
	"store.lag_in": "The lag of the replicas in single regions, by their names.",
	"store.lag_trace": "Name of a CSV file beside the scenario's with a record of the lag, which is " +
		"played in place of a draw: at_seconds,lag_seconds. With lag or lag_in it is an error.",
	"store.lag_sample_every": "Time between two measurements of the lag.",
	"store.promotion": "Time of an unplanned promotion of a replica. Required where nothing is " +
		"published of the kind.",
	"store.switchover": "Time of a planned one. By default what is published of the kind, or else " +
		"of Aurora, secondary.",
	"store.backup_every": "Time between backups, for strategies without a replica.",
	"store.catch_up": "How many seconds of writes, at their mean rate, a copy receives in a second " +
		"at most: what it missed, and what is written meanwhile. Without it a copy has all but its " +
		"lag as soon as it is in reach, and one that was stalled, or slowed down by lost packets, " +
		"catches up at 2x, an assumption.",
	"store.write_bytes": "How many bytes of what goes to a copy one write makes. What a packet-loss " +
		"leaves of the throughput of TCP goes by it. By default 500, an assumption after pgbench: 463 " +
		"bytes of WAL a transaction, and 7,215 right after a checkpoint.",
	"store.restore": "Time to restore a backup. The default is an assumption.",
	"store.guarded": "Whether a guard outside the agent stops writes when the write lease ends. " +
		"Without one a replica is promoted only after a recorded fence. A quorum guards itself.",
	"store.allowed": "Names of the regions that may hold the data, by law or contract; all may by " +
		"default. No failover promotes another one, and no user is sent there.",
	"store.contended_keys": "Effective number of keys that concurrent writes fall on: 1 / sum of " +
		"squared access shares. With 0 no two writes meet, and no read is stale.",
	"store.idempotency": "Where the keys are by which a write that is made again is known: nowhere, " +
		"in the region that took it, or replicated with the store.",
	"store.offsets_every": "Time between two copies of how far the consumers of a stream have come. " +
		"With 0s the store is no stream.",
	"store.conflicts": "What becomes of two writes that meet, where several regions write. Without " +
		"contended_keys it is an error, but for \"single-writer\".",

	"check.name":      "Unique name.",
	"check.interval":  "Time between the starts of two probes.",
	"check.timeout":   "Time after which a probe without an answer fails; below the interval.",
	"check.failures":  "How many probes in a row must fail before the check says down.",
	"check.successes": "How many probes in a row must succeed before it says up again.",
	"check.deep": "Whether the check goes through all that serving needs, down to a write. Its " +
		"success in one region's eyes holds a failover up for one more hold-down.",
	"check.missing_fails": "Whether a result that the agent cannot learn is a failure, as it is to " +
		"an alarm that treats missing data as breaching. By default it is unknown.",
	"check.scope": "What the check is about: \"region\" as a whole, \"store:NAME\" in it, or the " +
		"\"routing\" that brings traffic to it. A store that is down in a region that is up is " +
		"promoted elsewhere, alone.",
	"check.aligned": "Whether the first probe after a fault starts one interval after it, as " +
		"published timelines draw it. Otherwise each agent's probes have a phase of their own.",

	"check.probe": "How agents make the check. Without one it is only simulated: an agent refuses " +
		"the scenario.",

	"probe.http": "URL that is fetched. What stands in braces is filled: {region} is the name of " +
		"the region that is looked at, any other an address that agent.toml has of it.",
	"probe.tcp":        "Host and port that must take a connection.",
	"probe.postgresql": "Connection string of the server that is asked, without a password.",
	"probe.dns":        "Host, and port if it is not 53, of the server that is asked for the name.",
	"probe.command": "Program, by its whole path, and its arguments; no shell reads them. It exits " +
		"with 0 if all is well, and with 75 if it cannot tell.",
	"probe.status": "Status that must be answered, from 200 to 599. By default 200.",
	"probe.body": "What must stand in the first 64 KiB of the body that is answered. By default " +
		"nobody reads it.",
	"probe.redirects": "Whether redirects are followed, five at most, on the same host. By default " +
		"one is an answer like any other.",
	"probe.proxy": "Whether the proxy that the environment names is used. By default none is.",
	"probe.role": "What the server must be: a \"primary\" takes writes, a \"replica\" recovers. By " +
		"default any.",
	"probe.query": "Statement that the server must answer without an error.",
	"probe.name":  "Name that is asked for.",
	"probe.record": "Type of the records that are asked for. By default A. A TXT record is one " +
		"text, whatever it is divided into.",
	"probe.answer": "What must be answered: the first value of the query's first row, or one of the " +
		"records. By default anything.",

	"routing.ttl": "TTL of the DNS answers.",
	"routing.clients": "Idealised clients follow when their answer runs out; measured ones have " +
		"the tail of Flavel et al. (LANMAN 2014).",
	"routing.client_cache": "How long idealised clients keep an answer beyond its TTL. For measured " +
		"ones it is an error.",
	"routing.flip": "Time until the authoritative servers answer with a change, or with anycast " +
		"until the network is told. The default has the mean of 5 s and the maximum of 15 s of an ARC " +
		"routing control, secondary.",
	"routing.policy": "Which of the regions that serve a client is sent to, where several do.",
	"routing.weights": "With weighted: how often each workload region is drawn, 0 to 255. One of " +
		"weight 0 is drawn only where no other serves.",
	"routing.weight_min": "With weighted: the least part of all clients that draw a region that " +
		"serves, by default 0%.",
	"routing.weight_max": "With weighted: the largest such part. Where those of the regions that " +
		"serve sum to less than 100%, they give way in proportion. By default 100%.",
	"routing.weight_every": "With weighted: how often the weights are adjusted to the performance " +
		"of the regions and the cost of their requests, from 1m to 1d. With 0s they stay as they are.",
	"routing.weight_cost": "With weight_every: what a request costs in each workload region, in any " +
		"unit. By default as much in all.",
	"routing.default_answer": "With geolocation: the region of the record that applies everywhere.",
	"routing.bias": "With geoproximity: how far a region expands, from -99 to 99. By default 0, as " +
		"it is.",
	"routing.reconnect": "With anycast: for how long a client fails whose connection is reset. The " +
		"default is TCP's first time-out (RFC 6298), an assumption.",

	"cache.hit_ratio": "Share of the reads that the cache of a region answers once it is warm; the " +
		"stores behind it get the others. With 0% there is no cache.",
	"cache.warm_up": "Time constant with which a cache that is empty fills: it has 63% of its hit " +
		"ratio after it. The default is an assumption.",
	"cache.behind": "Most reads that the stores behind the cache answer in a region, as a multiple " +
		"of those that a warm one lets through of all the traffic. The default is an assumption.",
	"cache.copied": "Whether the cache of each region that runs one is a copy of the others, and " +
		"so is warm when users come.",

	"scaling.reaction": "How long a region's size is behind the load that it follows by itself: " +
		"until it is measured, acted on, and the first machine serves. With 0s no region changes its " +
		"size but by a plan.",
	"scaling.growth": "Time in which a region adds what all the traffic takes at its utilisation. " +
		"With 0s all that it asks for is there at once.",
	"scaling.shrink": "Time in which a region that follows its load gives up that much. The default " +
		"is an assumption; without a reaction it is an error.",
	"scaling.hours": "When a region, by its name, is planned to be larger, in its local time, and " +
		"how many times its normal size: the least that it aims at then, up to its ceiling.",

	"people.approve": "Time from being asked to saying yes, and from bad data to saying so. The " +
		"default is an assumption.",
	"people.stable_for": "How long a region must have been back before the service returns to it.",
	"people.resync": "Time to rewind or copy the data of a recovered region anew. The default is an " +
		"assumption.",
	"people.duty": "When those are at work who look after a region, by its name, in their local " +
		"time: nobody approves leaving it, or brings it back, at other times. By default at all hours.",

	"policy.hold_down": "How long a quorum must see a region down, without a break: longer than " +
		"stale_after + report_every, or 0, with which one report of each observer is enough.",
	"policy.cooldown":         "How long after a transition no other is made.",
	"policy.report_every":     "How often an agent repeats its verdict.",
	"policy.stale_after":      "Age at which a report counts for nothing: at least 2 x report_every.",
	"policy.checks_down":      "How many of the checks must say down.",
	"policy.approvals":        "How many people have to approve a failover of a manual strategy.",
	"policy.minimum_serving":  "How many workload regions must remain after a failover.",
	"policy.data_at_risk_max": "Most data, in time of writes, that a failover may put at risk.",
	"policy.capacity_min": "Share of all traffic that a target must be able to carry when the plan " +
		"does not scale it first.",
	"policy.lease": "How long a primary may write unrenewed: above renew_every + stop_time + what a " +
		"new leader needs for its first entry in 99 % of cases, 2.35 s + 2.7 x heartbeat as " +
		"measured.",
	"policy.renew_every": "Time between two renewals.",
	"policy.stop_time":   "Longest time that a guard needs to stop writes.",
	"policy.clock_drift": "Largest error of a clock's rate.",
	"policy.step_timeout": "How long a step of a plan may take before it is tried again: at " +
		"least stale_after more than the slowest of them takes in 999 of 1000 cases.",
	"policy.step_tries": "How often a step is tried before the plan fails.",
	"policy.stages": "Shares of all traffic, in percent, that planned work (a failback, a " +
		"switchover, a return) shifts one after the other: rising, 2 to 8 of them, the last 100. " +
		"Without them it shifts at once and whole, as a failover always does.",
	"policy.stage_hold": "How long each of the stages but the last is held, with nobody in doubt of " +
		"the target, before the next. Without stages it is an error.",
	"policy.brake_after": "How many transitions that nobody ordered trip the brake, which a person " +
		"has to lift: from 0, never, to 4.",
	"policy.brake_window": "Within which time they trip it.",
	"policy.brake_regions": "How many workload regions that begin to fail within two hold-downs " +
		"trip the brake, from 2; with 0 none do. By default more than half of them, at least 2.",
	"policy.steps": "Which of the steps that a plan can do without it has: freeze, validate, " +
		"verify, notify; all by default.",
	"policy.validation": "How long it takes to try a region before traffic comes to it. Without the " +
		"step validate it is an error.",
	"policy.flap_limit": "How many times a region comes back from a failure before nothing is moved " +
		"there, each counting half after every half-life: from 1 to 8, or 0 for any number. So many, " +
		"less half of one for what has decayed, suffice. Where nothing steadier could take over, what " +
		"was lost is moved there all the same once it is back for a cooldown.",
	"policy.flap_half_life": "After how long a return from a failure counts half (RFC 2439). With a " +
		"flap_limit of 0 it is an error.",
	"policy.readiness": "What a region must have ready to take over, for instance \"secrets\", by " +
		"names; none by default.",
	"policy.readiness_stale_after": "Age at which a report of readiness counts for nothing. Where " +
		"nothing has to be ready it is an error.",

	"consensus.heartbeat": "Raft's heartbeat timeout; the election timeout equals it.",

	"hazard.kind":   "What it breaks.",
	"hazard.region": "The region that fails, for kinds that strike one.",
	"hazard.regions": "The regions that fail together, of a region-loss of a shared site: with one " +
		"arrival and one duration for all. Either this or region.",
	"hazard.item": "What is missing, of a missing-item: any name, known to the check of readiness " +
		"when policy.readiness has it.",
	"hazard.between":  "The two regions that are parted, for kinds that strike a link, both ways.",
	"hazard.from":     "The region that sends, of a link that fails in one direction.",
	"hazard.to":       "The region that receives, of a link that fails in one direction.",
	"hazard.store":    "The store that fails, for a store-loss.",
	"hazard.share":    "The share of the packets, or of the requests, that fails.",
	"hazard.rate":     "Expected faults in a year. Either this or outage.",
	"hazard.outage":   "Expected time in a year; the rate is this over the mean duration.",
	"hazard.duration": "How long each fault lasts.",
	"hazard.source":   "Where the rate and the durations come from.",

	"fault.kind":   "What it breaks.",
	"fault.region": "The region that fails, for kinds that strike one.",
	"fault.regions": "The regions that fail together, of a region-loss of a shared site. Either " +
		"this or region.",
	"fault.item": "What is missing, of a missing-item: any name, known to the check of readiness " +
		"when policy.readiness has it.",
	"fault.between": "The two regions that are parted, for kinds that strike a link, both ways.",
	"fault.from":    "The region that sends, of a link that fails in one direction.",
	"fault.to":      "The region that receives, of a link that fails in one direction.",
	"fault.store":   "The store that fails, for a store-loss.",
	"fault.share":   "The share of the packets, or of the requests, that fails.",
	"fault.latency": "Of a grey-failure or a bad-release, by how much later the share is answered, " +
		"and well; with 0s it fails. Up to an hour.",
	"fault.at":  "When it begins, from the start of the run.",
	"fault.for": "How long it lasts; 0s is to the end of the run.",

	"alert.name": "Unique name.",
	"alert.metric": "The lag of a copy, by the age of the newest write that it holds; or the " +
		"errors, the share of all requests that fail.",
	"alert.store":  "The store, for a lag.",
	"alert.region": "The region whose copy it is, for a lag.",
	"alert.above":  "What is too much: a duration for a lag, a share for errors.",
	"alert.period": "Length of a period: the largest lag in it counts, the mean share of errors. " +
		"The default is that of CloudWatch's standard resolution.",
	"alert.periods":    "How many of the last periods are looked at.",
	"alert.datapoints": "In how many of them it must be too much. By default in all.",

	"executor.name": "Unique name, by which each agent knows its address.",
	"executor.kind": "How it does a step: not at all, by a program, by a signed message to a " +
		"service, in a PostgreSQL cluster, by name servers that follow the agents' state, or by " +
		"telling people, in the form of PagerDuty too.",
	"executor.steps": "The steps that it does. Of several executors that do a step each does its " +
		"part, in the order of the file.",
	"executor.store": "The store that it does them for; a PostgreSQL cluster is one. By default " +
		"every store, and the steps that are about none.",
	"executor.timeout": "How long it may take, from 1s to 1d. By default as long as the policy lets " +
		"a step take.",

	"hook.name":  "Unique name, by which each agent knows its address.",
	"hook.kind":  "How it is told: by a program, or by a signed message to a service.",
	"hook.when":  "Before a step, which is not done unless it agrees, or after it was done.",
	"hook.steps": "The steps that it is told of.",
	"hook.timeout": "How long its answer may take, from 1s to 1h. Who does not answer in time has " +
		"not agreed.",

	"backlog.name":    "Unique name.",
	"backlog.store":   "The store that is written for each piece of the work.",
	"backlog.arrives": "Mean rate at which work arrives; it follows the load.",
	"backlog.drains":  "How much can be handled, as a multiple of what arrives in the mean; above 1x.",

	"rollout.regions": "The regions that get the release, in their order. By default every workload " +
		"region, in the order of the file.",
	"rollout.at":    "When the first region gets it, from the start of the run.",
	"rollout.every": "How long after the one before each other region gets it; with 0s all at once.",
	"rollout.share": "The share of the requests that fails where it runs. Only deep checks see that.",
	"rollout.latency": "By how much later that share is answered, and well; with 0s it fails. Up to " +
		"an hour.",
	"rollout.go_p95": "The next region gets it only if 95% of the requests take less than this in " +
		"each region that has it. With 0s nobody looks.",
	"rollout.back_p95": "It is rolled back where less than 95% of the requests take no longer than " +
		"this. With 0s nobody looks.",
	"rollout.back_p95_after": "For how long, without a break, before that rollback begins.",
	"rollout.after":          "How long it runs in a region before they do.",
	"rollout.go_below": "The next region gets it only if less than this share of the requests fails " +
		"in each region that has it.",
	"rollout.back_above": "It is rolled back where more than this share of the requests fails.",
	"rollout.back_after": "For how long, without a break, before the rollback begins.",
	"rollout.rollback":   "How long the rollback takes, in all regions.",
	"rollout.declares": "Whether who rolls it back declares that it is bad, wherever it runs, so " +
		"that no region is left for it. That is taken back when it has been gone for people.stable_for.",

	"expect.strategy": "The strategy that runs.",
	"expect.runs": "How many runs must show it, each with another seed, from run.seed on: phases of " +
		"probes and leases, lags and durations differ between them.",
	"expect.decided": "When the first failover begins, since the start of the run. A run without " +
		"one is never as expected.",
	"expect.shifted": "When the routing first sends users elsewhere, since the start of the run. A " +
		"run without that is never as expected.",
	"expect.rto": "The longest RTO of an incident. A run in which nothing is down is never as " +
		"expected.",
	"expect.rpo": "The longest stretch of acknowledged writes that a failover loses. A run in which " +
		"nothing is taken over is never as expected: a copy was not put to the test.",
	"expect.down":            "Time in which the service is down; planned work counts.",
	"expect.split_brain":     "Time in which two regions accept writes to one single-writer store.",
	"expect.requests_failed": "Requests that fail.",
	"expect.lost_writes":     "Acknowledged writes that are lost.",
	"expect.lost_sessions":   "Sessions that end because the region that kept them is lost or left.",
	"expect.failovers":       "Failovers that take effect, evacuations among them.",
	"expect.false_failovers": "Those of them that leave a region which still runs.",
	"expect.cancelled":       "Failovers that are given up before anything moves.",
	"expect.withheld": "Incidents in which a quorum sees a region down and a gate keeps a failover " +
		"from beginning.",
	"expect.rejected": "Conflicts of which a store rejects one write: it fails, unless its user " +
		"makes it again.",
	"expect.compensated": "Conflicts of which a workflow takes one write back, or adjusts it.",
	"expect.reconciled":  "Conflicts that people have to reconcile.",
	"expect.stale_reads": "Reads of a copy that lacked a write to their key.",
	"expect.duplicates":  "Effects that were had twice: writes made again, and events handled again.",
	"expect.conflicts":   "Writes of two regions to one key, neither of which knew of the other.",
	"expect.failbacks": "Returns of the write role to its home, and other planned moves of it. The " +
		"return of traffic to a region that never had it alone, as under active-active, is none.",
	"expect.released": "How often a rollout came to a region.",
	"expect.requests_late": "Requests that are answered well, and that a fault or a release made " +
		"late.",
	"expect.alerted": "When the first alert fires, since the start of the run. A run without one is " +
		"never as expected.",
	"expect.backlog": "The largest backlog, in pieces of work. A run in which nothing waits is " +
		"never as expected.",
	"expect.drained": "When the last work that had waited is done, since the start of the run. A " +
		"run in which none waits, or some still does at the end, is never as expected.",
	"expect.false_alarms": "How often an observer begins to say down of a region that is well, " +
		"because probes are lost or late.",
	"expect.latency_p50": "How long the requests of a population take in the median when all is " +
		"well, of the one that waits longest. It needs traffic.service_time.",
	"expect.latency_p95": "The same of the slowest twentieth.",
	"expect.latency_p99": "The same of the slowest hundredth.",
	"expect.slow_p95": "How long the slowest twentieth of the requests of a population take " +
		"while all the late answers of the timeline are, before anybody is sent elsewhere, of the " +
		"one that waits longest.",
	"expect.at":      "When primary and withheld_by are looked at, since the start of the run.",
	"expect.primary": "The region that has the write role then.",
	"expect.withheld_by": "The first gate, in the policy's order, that keeps the first region from " +
		"being left then.",
	"expect.claim":       "A published claim that this bears out: document, section, words.",
	"expect.contradicts": "A published claim that this refutes: document, section, words.",

	"durationBoundsTable.at_least": "Least duration that is as expected.",
	"durationBoundsTable.at_most":  "Longest one.",

	"countBoundsTable.at_least": "Least count that is as expected.",
	"countBoundsTable.at_most":  "Largest one.",

	"bill.region":     "The region that pays, or \"global\".",
	"bill.category":   "What kind of cost it is.",
	"bill.what":       "What is paid for.",
	"bill.per_month":  "Cost in a month. Either this or per_year.",
	"bill.per_year":   "Cost in a year.",
	"bill.source":     "Where the amount was published.",
	"bill.unverified": "Whether nobody checked the amount.",

	"resource.service":    "Service, as the price table names it.",
	"resource.item":       "Item of the service, as the price table names it.",
	"resource.region":     "The region that pays, or \"global\".",
	"resource.category":   "What kind of cost it is.",
	"resource.quantity":   "How many, at all hours of the year.",
	"resource.unverified": "Whether nobody checked the quantity.",

	"referenceBill.name": "Name of the other estate.",
	"referenceBill.line": "Its lines.",

	"referenceLine.category":   "What kind of cost it is.",
	"referenceLine.what":       "What is paid for.",
	"referenceLine.per_month":  "Cost in a month. Either this or per_year.",
	"referenceLine.per_year":   "Cost in a year.",
	"referenceLine.source":     "Where the amount was published.",
	"referenceLine.unverified": "Whether nobody checked the amount.",

	"objective.metric":   "What the target bounds.",
	"objective.target":   "A duration for rto and rpo, a share for availability.",
	"objective.required": "Whether a strategy that misses it cannot be recommended.",

	"strategyTable.standby": "What the idle second region keeps running, by category, as a share of " +
		"a region sized for all the traffic.",
	"strategyTable.serving": "Factors on the bill's lines outside the primary, by category, for " +
		"strategies that serve everywhere.",
	"strategyTable.mode": "Whether a failover is automatic, waits for a person, or is only advised.",
	"strategyTable.scale": "Time that compute in the second region takes to grow to what is needed; " +
		"with a scaling.growth, until that begins to come.",
	"strategyTable.replace_stores": "Whether active-active replaces stores that take one writer by " +
		"a technology that takes several.",
	"strategyTable.extra_per_year": "Yearly cost of the strategy beside the bill.",
	"strategyTable.one_time":       "Cost to build it.",

	"run.horizon": "Simulated time of a trial.",
	"run.trials":  "Number of trials.",
	"run.seed":    "Seed of every random number.",

	"distributionTable.fixed":       "Always this long.",
	"distributionTable.uniform":     "Low and high.",
	"distributionTable.triangular":  "Low, most frequent, high.",
	"distributionTable.exponential": "Mean.",
	"distributionTable.lognormal":   "By two quantiles, or by a fit to hours.",
	"distributionTable.weibull":     "By shape and scale.",
	"distributionTable.fit":         "The lognormal that was fitted to a sample of outage_fits.csv.",

	"lognormal.median":   "Median, with p95 or p99.",
	"lognormal.p95":      "95th percentile.",
	"lognormal.p99":      "99th percentile.",
	"lognormal.mu_hours": "Mean of the logarithm of hours, with sigma.",
	"lognormal.sigma":    "Standard deviation of the logarithm.",

	"weibull.shape": "Shape k.",
	"weibull.scale": "Scale lambda.",
}
