# Needs Go and make. `make lint` does more where golangci-lint is installed.

GO    ?= go
SEEDS ?= 1000
COUNT ?= 6
TRIALS ?= 1000
FUZZTIME ?= 10m
ROUNDS ?= 50
SEED ?= 1

.DEFAULT_GOAL := all
.PHONY: all run build vet test test-386 race bench bench-hold golden lint fuzz soak calibrate equal chaos \
	chaos-faults demo demo-document screenshots fmt clean

## all: build, vet, test
all: build vet test

## run: build, then compare every strategy of the built-in estate
run: build
	@bin/redoubt compare

## build: the command, in bin/
build:
	@mkdir -p bin
	$(GO) build -o bin/redoubt ./cmd/redoubt

## demo: three agents and two databases on this machine, and the loss of a region, beside what the simulator says
## of it; DEMO="--synchronous" and others are in examples/three-agents. It needs PostgreSQL, and exits with 77 without; with
## 3 where what was measured lies outside of what the simulator says, 4 where --seeds has it say too little
demo: build
	@$(GO) build -o bin/demo ./cmd/demo
	@bin/demo $(DEMO)

## demo-document: the demo ten times, and five times synchronously, and the documents that show what came of it
DEMO_RESULTS = bin/demo-results
DEMO_SHOWN = examples/three-agents/README.md README.md
demo-document: build
	@$(GO) build -o bin/demo ./cmd/demo
	@rm -rf $(DEMO_RESULTS)
	@bin/demo --runs 10 --results $(DEMO_RESULTS) || test $$? -eq 3
	@bin/demo --runs 5 --results $(DEMO_RESULTS) --synchronous || test $$? -eq 3
	@for shown in $(DEMO_SHOWN); do bin/demo --results $(DEMO_RESULTS) --document $$shown; done

## screenshots: sessions of redoubt tui, played in tmux and recorded in docs/screenshots as text and as pictures, those
## anew whose screens have changed (SCREENSHOTS=--all: every one). What agents answer in them is recorded too, anew with
## SCREENSHOTS=--record, which runs the demo. It needs tmux, Chromium and DejaVu Sans Mono, --record PostgreSQL, and says
## which of them is missing with exit code 77
screenshots: build
	@$(GO) build -o bin/demo ./cmd/demo
	@$(GO) build -o bin/screenshots ./cmd/screenshots
	@bin/screenshots $(SCREENSHOTS)

vet:
	$(GO) vet ./...

## test: every test; UPDATE=1 has those of golden and generated files rewrite what they would find wrong
test:
	$(GO) test -timeout 20m $(if $(UPDATE),-count 1) ./...

## test-386: decisions and hashes, as a processor with 32 bits makes them; an amd64 Linux runs it
test-386:
	GOARCH=386 $(GO) test ./failover -run 'Log|Hash|Conversations'

## race: every test, with the race detector
race:
	$(GO) test -race ./...

# What the compiler is told of how the simulator runs: go build finds it by its name, and benchmarks are
# compiled as the command is.
PROFILE = $(CURDIR)/cmd/redoubt/default.pgo

## profile: measure anew how the simulator runs, for the compiler (cmd/redoubt/default.pgo)
.PHONY: profile
profile:
	@folder=$$(mktemp -d) && $(GO) test -trimpath -c -o $$folder/sim.test ./sim && (cd sim && $$folder/sim.test \
		-test.run '^$$' -test.bench '^Benchmark(Incident|StrategyYears)$$' -test.cpu 1 -test.benchtime 2s \
		-test.cpuprofile $$folder/cpu) && mv $$folder/cpu $(PROFILE) && rm -r $$folder

## bench: every benchmark COUNT times, in the form that benchstat reads, and then each goal beside what
## was measured, which fails nothing
bench: bench-hold
	@mkdir -p bin
	@{ $(GO) test -pgo $(PROFILE) -run '^$$' -bench . -benchmem -count $(COUNT) ./...; echo $$? > bin/bench.code; } | \
		tee bin/bench.txt
	@awk -f sim/testdata/goals.awk bin/bench.txt; exit $$(cat bin/bench.code)

## bench-terminal: of those, what a person at the terminal waits for, COUNT times: the first frame, a key, an answer and a
## frame of each view, and what the command takes while nothing happens
.PHONY: bench-terminal
bench-terminal:
	@mkdir -p bin
	@{ $(GO) test -pgo $(PROFILE) -run '^$$' -bench '^Benchmark(FirstFrame|Key|Answer|Still|Frame)$$' -count $(COUNT) ./tui ./tui/session; \
		echo $$? > bin/bench.code; } | tee bin/bench-terminal.txt
	@awk -f sim/testdata/goals.awk bin/bench-terminal.txt | grep -v 'not measured'; exit $$(cat bin/bench.code)

## bench-hold: the simulator's queue beside C++'s std::priority_queue, the least of 20 runs of each in turns;
## without a C++ compiler it says so and goes on
bench-hold:
	@if ! command -v $(CXX) >/dev/null 2>&1; then \
		echo "no C++ compiler ($(CXX)): the queue is not held against std::priority_queue"; \
	else \
		mkdir -p bin && $(CXX) -O2 -std=c++17 -o bin/hold sim/testdata/hold.cpp && \
		$(GO) test -pgo $(PROFILE) -c -o bin/sim.test ./sim && for turn in 1 2 3 4 5; do bin/hold; \
			bin/sim.test -test.run '^$$' -test.bench '^BenchmarkHold$$' -test.benchtime 200000x -test.count 4; \
		done | \
		awk '/pending=/ { cpp = /^Standard/; split($$1, name, "="); sub(/-[0-9]+$$/, "", name[2]); \
			n = name[2] + 0; if (!((cpp, n) in least) || $$3 < least[cpp, n]) least[cpp, n] = $$3 } \
			END { for (n = 10; n <= 100000; n = n * 100) \
				printf "hold, %d pending: Go %.1f ns, C++ %.1f ns, ratio %.2f (goal: at most 1.15, %s)\n", \
				n, least[0, n], least[1, n], least[0, n] / least[1, n], \
				least[0, n] / least[1, n] <= 1.15 ? "reached" : "MISSED" }'; \
	fi

# How the tests begin that take longest and write no golden file.
WRITES_NONE = ^Test(Walk|CheckCatches|ProtocolKeeps|EveryStarred|Random|EveryKey|Soak|Lazy|AQuiet|TheSmaller|Oracle|Promises|Traces|AgentsTo)

## golden: rewrite the golden files, and what is generated from the types. Only packages whose tests
## define the flag are asked to: the others would refuse it. They are searched for, not listed.
golden:
	@packages=$$(grep -rl --include='*_test.go' 'flag[.]Bool("update"' . | xargs -n1 dirname | sort -u); \
	echo "$(GO) test" $$packages -update; \
	$(GO) test -timeout 20m -skip '$(WRITES_NONE)' $$packages -update

## lint: golangci-lint, or what Go itself can check
lint:
	@if command -v golangci-lint >/dev/null 2>&1; then \
		golangci-lint run ./...; \
	else \
		echo "golangci-lint is not installed: running go vet and gofmt alone"; \
		$(GO) vet ./... && $(MAKE) --no-print-directory format-check; \
	fi

.PHONY: format-check
format-check:
	@files=$$(gofmt -l .); \
	if [ -n "$$files" ]; then echo "gofmt would change:"; echo "$$files"; exit 1; fi

## soak: SEEDS random systems (some 24 ms of CPU each); then the other tests that draw seeds, those
## that take longer for one with a documented share of SEEDS (eagerShare, seedsShare, worldsShare);
## and the walks to closure, which tell how many states each has, and all of them together
soak: soak-systems
	SEEDS=$(SEEDS) $(GO) test -count 1 -timeout 240m -v -run '^TestWalkEveryState$$' ./failover
	SEEDS=$(SEEDS) $(GO) test -count 1 -timeout 240m -skip '^(TestWalkEveryState|TestSoak)$$' ./...

## soak-systems: SEEDS random systems alone, through random faults, on one core
.PHONY: soak-systems
soak-systems:
	SEEDS=$(SEEDS) $(GO) test -count 1 -timeout 240m -run '^TestSoak$$' ./sim

## fuzz: for FUZZTIME, bytes that are a policy and its log, each step held against the safety rules; what
## fails is kept in failover/testdata/fuzz, and is tried by every test run from then on. An input is cut down
## for 1 s at most: with the usual 60 s that is nearly all that is done
fuzz:
	$(GO) test ./failover -run '^$$' -fuzz '^FuzzStep$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 1s

## fuzz-peers: for FUZZTIME each, what strangers, peers and people may send to an agent's ports, to a guard's
## socket and to who verifies webhooks; fuzz-files: the same with what they may write into files. Every function
## that fuzzes is one of these: they are searched for, and a package of FILES is the latter's
FILES = ./chain ./failover ./model ./scenarios
FUZZED = $(shell grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u)
.PHONY: fuzz-peers fuzz-files
fuzz-peers: PACKAGES = $(filter-out $(FILES),$(FUZZED))
fuzz-files: PACKAGES = $(FILES)
fuzz-peers fuzz-files:
	@for package in $(PACKAGES); do \
		names=$$($(GO) test $$package -list '^Fuzz') || { echo "$$names"; exit 1; }; \
		for name in $$(echo "$$names" | grep '^Fuzz'); do \
			echo "$(GO) test $$package -fuzz '^$$name\$$'"; \
			$(GO) test $$package -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s || exit 1; \
		done; \
	done

## calibrate: measure hashicorp/raft and memberlist themselves, TRIALS times each (some ten minutes),
## and write sim/testdata/measured.csv, which the simulator's tests are held to
calibrate:
	$(GO) test ./calibrate -count 1 -timeout 60m -measure $(TRIALS)

## wire: how long exchanges over TCP take where packets are lost, by Linux itself, beside the simulator's rule: EXCHANGES
## on each of 24 connections (half an hour and more, all of which are waited for; needs Linux, root, /dev/net/tun and ip)
EXCHANGES ?= 150
.PHONY: wire
wire:
	$(GO) test ./calibrate -count 1 -timeout 120m -v -run '^TestWire$$' -wire $(EXCHANGES)

## chaos: ROUNDS random rounds, drawn by SEED, in which something of three real agents, two guards and their
## databases breaks (some 25 s each; needs Linux and PostgreSQL). ROUND=N plays the N-th of them alone, and
## GUARD=none takes the guards' deadlines away: then two databases have to be seen to take writes. The links are
## NET=namespaces of the kernel or NET=relays on loopback; without it, the former where they can be had. AGENTS=5
## has three witnesses, where there is one
chaos:
	ROUNDS=$(ROUNDS) SEED=$(SEED) ROUND=$(ROUND) GUARD=$(GUARD) NET=$(NET) AGENTS=$(AGENTS) \
		$(GO) test ./chaos -count 1 -timeout 240m -v -run '^(TestRounds|TestWithoutGuards)$$'

## chaos-faults: each of those faults by itself, a long silence, and a crash at each step of each plan (some 45 min)
chaos-faults:
	FAULTS=all SEED=$(SEED) NET=$(NET) AGENTS=$(AGENTS) $(GO) test ./chaos -count 1 -timeout 240m -v

## equal: have agents and the simulator play the same scenarios, 20 seeds of each, but for the runs that
## were played before and for which nothing has changed (all of them take two idle cores some ten
## minutes; the collector may take more memory for that), and write the table of docs/fidelity.md
equal:
	GOGC=400 $(GO) test ./agent -count 1 -timeout 120m -run '^TestAgentsDecideAsTheSimulatorDoes$$' -equal 20

## fmt: format every file
fmt:
	gofmt -w .

## clean: remove what was built
clean:
	rm -rf bin
