# Prints what the benchmarks were meant to reach beside what they did: the least time of all runs of each, so that what
# others do on the machine counts as little as it can. It fails nothing: how fast a machine is, is no property of the code.
# Of what agents take, the worst failover of all runs counts: who waits for one has no other. Of their memory it is the most.
# Lines begin with a capital letter, so that benchstat takes none for a setting.

function verdict(met) { return met ? "reached" : "MISSED" }

function said(what, figure, goal, met) {
	printf "Goal  %-44s %-30s %-24s %s\n", what, figure, goal, verdict(met)
}

function unmeasured(what, goal) { printf "Goal  %-44s %-30s %s\n", what, "not measured", goal }

/^Benchmark/ {
	name = $1
	sub(/-[0-9]+$/, "", name)
	for (i = 3; i < NF; i += 2) {
		value = $i
		if ($(i + 1) == "ns/op" && (!(name in least) || value + 0 < least[name]))
			least[name] = value + 0
		if ($(i + 1) == "strategy-years/s" && value + 0 > years)
			years = value + 0
		if ($(i + 1) == "worst-ms" && (!latencies++ || value + 0 > latency))
			latency = value + 0
		if ($(i + 1) == "median-ms")
			medians += value
		if ($(i + 1) == "leader-%" && (!idles++ || value + 0 < idle))
			idle = value + 0
		if ($(i + 1) == "leader-MiB" && value + 0 > memory)
			memory = value + 0
		if ($(i + 1) == "p95-ms" && (!(name in late) || value + 0 < late[name]))
			late[name] = value + 0
		if ($(i + 1) == "p50-ms" && (!(name in common) || value + 0 < common[name]))
			common[name] = value + 0
		if ($(i + 1) == "core-%" && (!(name in still) || value + 0 < still[name]))
			still[name] = value + 0
	}
	if (name ~ /^BenchmarkFrame\//)
		frames[name] = 1
	if (name ~ /^BenchmarkIncident\// && !(name in seen)) {
		seen[name] = 1
		incidents[++kinds] = name
	}
}

# Nineteen of twenty times that a person waits at the terminal: who waits longer once does not mind.
function waited(what, name, most) {
	if (name in late)
		said(what, sprintf("%.0f ms (median %.0f)", late[name], common[name]), "under " most " ms", late[name] < most)
	else
		unmeasured(what, "under " most " ms")
}

END {
	for (i = 1; i <= kinds; i++) {
		short = incidents[i]
		sub(/^BenchmarkIncident\//, "", short)
		us = least[incidents[i]] / 1000
		said("an incident, " short, sprintf("%.1f us", us), "at most 60 us", us <= 60)
	}
	if (!kinds)
		unmeasured("an incident", "at most 60 us")
	step = least["BenchmarkStep"]
	if (step)
		said("a common step of the decision", sprintf("%.0f ns", step), "at most 200 ns", step <= 200)
	else
		unmeasured("a common step of the decision", "at most 200 ns")
	one = least["BenchmarkRun/workers=1"]; two = least["BenchmarkRun/workers=2"]
	if (one && two)
		said("the second core", sprintf("%.2f times as fast", one / two), "at least 1.8 times", one / two >= 1.8)
	else
		unmeasured("the second core", "at least 1.8 times")
	if (years && one && two)
		said("strategy-years a second on two cores", sprintf("%.0f (%.0f on one x %.2f)", years * one / two, years,
			one / two), "at least 25000", years * one / two >= 25000)
	else
		unmeasured("strategy-years a second on two cores", "at least 25000")
	short = least["BenchmarkHorizon/1_year"]; long = least["BenchmarkHorizon/10_years"]
	if (short && long)
		said("ten years with the incidents of one", sprintf("%.2f times as long", long / short),
			"at most 1.1 times", long / short <= 1.1)
	else
		unmeasured("ten years with the incidents of one", "at most 1.1 times")
	if (latencies)
		said("agents, beyond hold-down, lease and commit", sprintf("%.1f ms (median %.1f)", latency,
			medians / latencies), "at most 100 ms", latency <= 100)
	else
		unmeasured("agents, beyond hold-down, lease and commit", "at most 100 ms")
	if (idles) {
		said("an idle agent, which leads", sprintf("%.2f %% of a core", idle), "under 1 %", idle < 1)
		said("the memory of an idle agent", sprintf("%.0f MiB", memory), "at most 64 MiB", memory <= 64)
	} else {
		unmeasured("an idle agent, which leads", "under 1 %")
		unmeasured("the memory of an idle agent", "at most 64 MiB")
	}
	waited("the terminal's first frame", "BenchmarkFirstFrame", 50)
	waited("a key at the terminal", "BenchmarkKey", 20)
	waited("an answer at the terminal", "BenchmarkAnswer", 250)
	for (name in still)
		if (still[name] > stillest)
			stillest = still[name]
	if (stillest)
		said("a terminal in which nothing happens", sprintf("%.2f %% of a core", stillest), "under 1 %", stillest < 1)
	else
		unmeasured("a terminal in which nothing happens", "under 1 %")
	for (name in frames)
		if (least[name] > slowest)
			slowest = least[name]
	if (slowest)
		said("the slowest view's frame", sprintf("%.2f ms", slowest / 1e6), "under 1 ms", slowest < 1e6)
	else
		unmeasured("the slowest view's frame", "under 1 ms")
}
