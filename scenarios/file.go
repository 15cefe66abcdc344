package scenarios

// file is a scenario as it is written. Every key of the format is a field of one of these types,
// and every field is read by build.go: a key exists when something reads it. describe.go says what
// each means.
type file struct {
	Schema        count                `toml:"schema"`
	Base          *text                `toml:"base" choice:"estate" optional:"true"`
	Name          text                 `toml:"name"`
	Title         text                 `toml:"title"`
	Description   *text                `toml:"description" optional:"true"`
	Strategies    []text               `toml:"strategies" choice:"strategy" optional:"true"`
	Business      business             `toml:"business"`
	Traffic       traffic              `toml:"traffic"`
	Region        []region             `toml:"region"`
	Link          []link               `toml:"link" optional:"true"`
	Curve         []curve              `toml:"curve" optional:"true"`
	Population    []population         `toml:"population"`
	Store         []store              `toml:"store"`
	Check         []check              `toml:"check"`
	Anchor        []probe              `toml:"anchor" optional:"true"`
	Routing       routing              `toml:"routing"`
	Scaling       scaling              `toml:"scaling"`
	Cache         cache                `toml:"cache"`
	People        people               `toml:"people"`
	Policy        policy               `toml:"policy"`
	Consensus     consensus            `toml:"consensus"`
	Alert         []alert              `toml:"alert" optional:"true"`
	Backlog       []backlog            `toml:"backlog" optional:"true"`
	Executor      []executor           `toml:"executor" optional:"true"`
	Hook          []hook               `toml:"hook" optional:"true"`
	Hazard        []hazard             `toml:"hazard" optional:"true"`
	Fault         []fault              `toml:"fault" optional:"true"`
	OutageTrace   *text                `toml:"outage_trace" optional:"true"`
	Rollout       []rollout            `toml:"rollout" optional:"true"`
	Expect        []expect             `toml:"expect" optional:"true"`
	Bill          []bill               `toml:"bill" optional:"true"`
	Resource      []resource           `toml:"resource" optional:"true"`
	ReferenceBill []referenceBill      `toml:"reference_bill" optional:"true"`
	Objective     []objective          `toml:"objective" optional:"true"`
	Strategy      keyed[strategyTable] `toml:"strategy" choice:"strategy" optional:"true"`
	Run           run                  `toml:"run"`
}

type business struct {
	RevenuePerYear    yearlyMoney `toml:"revenue_per_year"`
	Deferred          share       `toml:"deferred" default:"0%"`
	LostWrite         money       `toml:"lost_write" default:"$0"`
	Conflict          money       `toml:"conflict" default:"$0"`
	LostSession       money       `toml:"lost_session" default:"$0"`
	Incident          money       `toml:"incident" default:"$0"`
	ReputationPerHour money       `toml:"reputation_per_hour" default:"$0"`
	DiscountRate      share       `toml:"discount_rate" default:"8%"`
	Horizon           years       `toml:"horizon" default:"3y"`
	OutageHours       duration    `toml:"outage_hours" default:"0s"`
}

type traffic struct {
	Requests   perSecond `toml:"requests"`
	WriteShare share     `toml:"write_share"`
	DownBelow  share     `toml:"down_below" default:"90%"`
	Retried    share     `toml:"retried" default:"0%"`
	Sessions   amount    `toml:"sessions" default:"0"`
	Starts     weekTime  `toml:"starts" default:"Mon 00:00"`
	Answer     duration  `toml:"answer" default:"0s"`
	Repeated   share     `toml:"repeated" default:"0%"`
	Service    duration  `toml:"service_time" default:"0s"`
}

type region struct {
	Name          text   `toml:"name"`
	Role          text   `toml:"role" default:"workload" choice:"role"`
	FailureDomain *text  `toml:"failure_domain" optional:"true"`
	Utilisation   *share `toml:"utilisation" optional:"true"`
	BurstCeiling  *ratio `toml:"burst_ceiling" optional:"true"`
	Quota         *share `toml:"quota" optional:"true"`
	Baseline      *share `toml:"baseline" optional:"true"`
}

type link struct {
	Between  []text       `toml:"between"`
	RTT      *duration    `toml:"rtt" optional:"true"`
	Jitter   distribution `toml:"jitter" default:"0s"`
	Loss     share        `toml:"loss" default:"0%"`
	LossBack *share       `toml:"loss_back" optional:"true"`
}

type curve struct {
	Name    text        `toml:"name"`
	Weekday []loadPoint `toml:"weekday"`
	Weekend []loadPoint `toml:"weekend" optional:"true"`
	Source  text        `toml:"source"`
}

type population struct {
	Name      text      `toml:"name"`
	Share     share     `toml:"share"`
	Nearest   text      `toml:"nearest"`
	Curve     *text     `toml:"curve" optional:"true"`
	UTCOffset utcOffset `toml:"utc_offset" default:"+00:00"`

	Answers  []text        `toml:"answers" optional:"true"`
	Distance keyed[amount] `toml:"distance_km" optional:"true"`
}

type store struct {
	Name           text                `toml:"name"`
	Kind           text                `toml:"kind" default:"single-writer" choice:"store kind"`
	Lag            *distribution       `toml:"lag" optional:"true"`
	LagIn          keyed[distribution] `toml:"lag_in" optional:"true"`
	LagTrace       *text               `toml:"lag_trace" optional:"true"`
	LagSampleEvery duration            `toml:"lag_sample_every" default:"10s"`
	Promotion      *distribution       `toml:"promotion" optional:"true"`
	Switchover     *distribution       `toml:"switchover" optional:"true"`
	CatchUp        *ratio              `toml:"catch_up" optional:"true"`
	WriteBytes     *amount             `toml:"write_bytes" optional:"true"`
	BackupEvery    duration            `toml:"backup_every" default:"1d"`
	Restore        distribution        `toml:"restore" default:"{ triangular = ['1h', '2h', '4h'] }"`
	Guarded        flag                `toml:"guarded" default:"false"`
	Allowed        []text              `toml:"allowed" optional:"true"`
	ContendedKeys  amount              `toml:"contended_keys" default:"0"`
	Conflicts      text                `toml:"conflicts" default:"manual" choice:"conflict strategy"`
	Idempotency    text                `toml:"idempotency" default:"none" choice:"idempotency"`
	OffsetsEvery   duration            `toml:"offsets_every" default:"0s"`
}

type check struct {
	Name         text     `toml:"name"`
	Interval     duration `toml:"interval"`
	Timeout      duration `toml:"timeout"`
	Failures     count    `toml:"failures" default:"3"`
	Successes    count    `toml:"successes" default:"3"`
	Deep         flag     `toml:"deep" default:"false"`
	Aligned      flag     `toml:"aligned" default:"false"`
	MissingFails flag     `toml:"missing_fails" default:"false"`
	Scope        text     `toml:"scope" default:"region"`
	Probe        *probe   `toml:"probe" optional:"true"`
}

type routing struct {
	TTL         duration     `toml:"ttl" default:"60s"`
	Clients     text         `toml:"clients" default:"measured" choice:"client model"`
	ClientCache duration     `toml:"client_cache" default:"0s"`
	Flip        distribution `toml:"flip" default:"{triangular=['0s','0s','15s']}"`

	Policy        text          `toml:"policy" default:"latency" choice:"routing policy"`
	Weights       keyed[amount] `toml:"weights" optional:"true"`
	WeightMin     keyed[share]  `toml:"weight_min" optional:"true"`
	WeightMax     keyed[share]  `toml:"weight_max" optional:"true"`
	WeightEvery   duration      `toml:"weight_every" default:"0s"`
	WeightCost    keyed[amount] `toml:"weight_cost" optional:"true"`
	DefaultAnswer *text         `toml:"default_answer" optional:"true"`
	Bias          keyed[signed] `toml:"bias" optional:"true"`
	Reconnect     duration      `toml:"reconnect" default:"1s"`
}

type people struct {
	Approve   distribution `toml:"approve" default:"{ lognormal = { median = '10m', p95 = '30m' } }"`
	StableFor duration     `toml:"stable_for" default:"30m"`
	Resync    distribution `toml:"resync" default:"{ triangular = ['30m', '1h', '4h'] }"`
	Duty      keyed[duty]  `toml:"duty" optional:"true"`
}

type policy struct {
	HoldDown       duration `toml:"hold_down" default:"60s"`
	Cooldown       duration `toml:"cooldown" default:"1h"`
	ReportEvery    duration `toml:"report_every" default:"10s"`
	StaleAfter     duration `toml:"stale_after" default:"30s"`
	ChecksDown     count    `toml:"checks_down" default:"1"`
	Approvals      count    `toml:"approvals" default:"1"`
	MinimumServing count    `toml:"minimum_serving" default:"1"`
	DataAtRiskMax  duration `toml:"data_at_risk_max" default:"60s"`
	CapacityMin    share    `toml:"capacity_min" default:"100%"`
	Lease          duration `toml:"lease" default:"15s"`
	RenewEvery     duration `toml:"renew_every" default:"5s"`
	StopTime       duration `toml:"stop_time" default:"2s"`
	ClockDrift     share    `toml:"clock_drift" default:"200ppm"`
	StepTimeout    duration `toml:"step_timeout" default:"15m"`
	StepTries      count    `toml:"step_tries" default:"3"`
	Stages         []count  `toml:"stages" optional:"true"`
	StageHold      duration `toml:"stage_hold" default:"0s"`
	BrakeAfter     count    `toml:"brake_after" default:"3"`
	BrakeWindow    duration `toml:"brake_window" default:"24h"`
	BrakeRegions   *count   `toml:"brake_regions" optional:"true"`
	Steps          []text   `toml:"steps" optional:"true"`
	Validation     duration `toml:"validation" default:"0s"`
	FlapLimit      count    `toml:"flap_limit" default:"2"`
	FlapHalfLife   duration `toml:"flap_half_life" default:"15m"`
	Readiness      []text   `toml:"readiness" optional:"true"`
	ReadinessStale duration `toml:"readiness_stale_after" default:"24h"`
}

type consensus struct {
	Heartbeat duration `toml:"heartbeat" default:"2s"`
}

type hazard struct {
	breakage
	Rate     *perYear     `toml:"rate" optional:"true"`
	Outage   *outageHours `toml:"outage" optional:"true"`
	Duration distribution `toml:"duration"`
	Source   text         `toml:"source"`
}

type fault struct {
	breakage
	Latency duration `toml:"latency" default:"0s"`
	At      duration `toml:"at" default:"0s"`
	For     duration `toml:"for" default:"0s"`
}

type expect struct {
	Strategy       text            `toml:"strategy" choice:"strategy"`
	Runs           count           `toml:"runs" default:"20"`
	Decided        *durationBounds `toml:"decided" optional:"true"`
	Shifted        *durationBounds `toml:"shifted" optional:"true"`
	RTO            *durationBounds `toml:"rto" optional:"true"`
	RPO            *durationBounds `toml:"rpo" optional:"true"`
	Down           *durationBounds `toml:"down" optional:"true"`
	SplitBrain     *durationBounds `toml:"split_brain" optional:"true"`
	RequestsFailed *countBounds    `toml:"requests_failed" optional:"true"`
	LostWrites     *countBounds    `toml:"lost_writes" optional:"true"`
	LostSessions   *countBounds    `toml:"lost_sessions" optional:"true"`
	Failovers      *countBounds    `toml:"failovers" optional:"true"`
	FalseFailovers *countBounds    `toml:"false_failovers" optional:"true"`
	Cancelled      *countBounds    `toml:"cancelled" optional:"true"`
	Withheld       *countBounds    `toml:"withheld" optional:"true"`
	Failbacks      *countBounds    `toml:"failbacks" optional:"true"`
	Conflicts      *countBounds    `toml:"conflicts" optional:"true"`
	Rejected       *countBounds    `toml:"rejected" optional:"true"`
	Compensated    *countBounds    `toml:"compensated" optional:"true"`
	Reconciled     *countBounds    `toml:"reconciled" optional:"true"`
	Duplicates     *countBounds    `toml:"duplicates" optional:"true"`
	StaleReads     *countBounds    `toml:"stale_reads" optional:"true"`
	Released       *countBounds    `toml:"released" optional:"true"`
	RequestsLate   *countBounds    `toml:"requests_late" optional:"true"`
	Alerted        *durationBounds `toml:"alerted" optional:"true"`
	Backlog        *countBounds    `toml:"backlog" optional:"true"`
	Drained        *durationBounds `toml:"drained" optional:"true"`
	FalseAlarms    *countBounds    `toml:"false_alarms" optional:"true"`
	LatencyP50     *durationBounds `toml:"latency_p50" optional:"true"`
	LatencyP95     *durationBounds `toml:"latency_p95" optional:"true"`
	LatencyP99     *durationBounds `toml:"latency_p99" optional:"true"`
	SlowP95        *durationBounds `toml:"slow_p95" optional:"true"`
	At             *duration       `toml:"at" optional:"true"`
	Primary        *text           `toml:"primary" optional:"true"`
	WithheldBy     *text           `toml:"withheld_by" choice:"gate" optional:"true"`
	Claim          *text           `toml:"claim" optional:"true"`
	Contradicts    *text           `toml:"contradicts" optional:"true"`
}

type bill struct {
	Region     text         `toml:"region"`
	Category   text         `toml:"category" choice:"category"`
	What       text         `toml:"what"`
	PerMonth   *money       `toml:"per_month" optional:"true"`
	PerYear    *yearlyMoney `toml:"per_year" optional:"true"`
	Source     *text        `toml:"source" optional:"true"`
	Unverified flag         `toml:"unverified" default:"false"`
}

type resource struct {
	Service    text   `toml:"service"`
	Item       text   `toml:"item"`
	Region     text   `toml:"region"`
	Category   text   `toml:"category" choice:"category"`
	Quantity   amount `toml:"quantity"`
	Unverified flag   `toml:"unverified" default:"false"`
}

type referenceBill struct {
	Name text            `toml:"name"`
	Line []referenceLine `toml:"line"`
}

type referenceLine struct {
	Category   text         `toml:"category" choice:"category"`
	What       text         `toml:"what"`
	PerMonth   *money       `toml:"per_month" optional:"true"`
	PerYear    *yearlyMoney `toml:"per_year" optional:"true"`
	Source     *text        `toml:"source" optional:"true"`
	Unverified flag         `toml:"unverified" default:"false"`
}

type objective struct {
	Metric   text `toml:"metric" choice:"metric"`
	Target   text `toml:"target"`
	Required flag `toml:"required" default:"false"`
}

type strategyTable struct {
	Standby       keyed[share]  `toml:"standby" choice:"category" optional:"true"`
	Serving       keyed[ratio]  `toml:"serving" choice:"category" optional:"true"`
	Mode          *text         `toml:"mode" choice:"mode" optional:"true"`
	Scale         *distribution `toml:"scale" optional:"true"`
	ReplaceStores *flag         `toml:"replace_stores" optional:"true"`
	ExtraPerYear  *yearlyMoney  `toml:"extra_per_year" optional:"true"`
	OneTime       *money        `toml:"one_time" optional:"true"`
}

type run struct {
	Horizon years `toml:"horizon" default:"10y"`
	Trials  count `toml:"trials" default:"1000"`
	Seed    count `toml:"seed" default:"1"`
}
