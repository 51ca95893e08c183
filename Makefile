# `make run` and `make test` need nothing but Rust, Node and Python: what is missing is installed first (tools/setup.sh).

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
WEIR := $(TARGET)/release/weir
RUN_ARGS ?=
BENCH ?=
DATA ?= ./data

# Recipes run in bash, so that a failure inside a pipe is a failure.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Everything but the probe, which is for WebAssembly alone. Cargo builds a package anew for each set of features that it is asked
# for, and which those are depends on what is built together: builds, lints and tests name the same packages.
ALL := --workspace --exclude weir-probe

.PHONY: help run build tag ui test check lint size bench fuzz soak operations setup mutants clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: build ## build, start Weir on the embedded engine with the demo shop, print the URLs
	@export WEIR_ENGINE_LIB=$$(tools/setup.sh engine); exec $(WEIR) serve --demo --data $(DATA) $(RUN_ARGS)

build: tag ui ## target/release/weir
	@$(CARGO) build --release -p weir-server

tag: ## what the browser downloads, into tag-wasm/dist
	@tools/setup.sh wasm
	@$(CARGO) build -q $(ALL) --bin weir-bundle
	@export WEIR_NODE_MODULES=$$(tools/setup.sh node); $(TARGET)/debug/weir-bundle

ui: ## the web application, into server/ui/dist
	@tools/ui.sh build

setup: ## install all that build and tests need, and nothing else
	@tools/setup.sh wasm; tools/setup.sh node >/dev/null; tools/setup.sh ui >/dev/null; tools/setup.sh engine >/dev/null; tools/setup.sh browser; tools/setup.sh strace; tools/setup.sh firefox >/dev/null; tools/setup.sh hosts >/dev/null; tools/setup.sh sdks >/dev/null; tools/setup.sh clients >/dev/null; tools/setup.sh datasets >/dev/null; tools/setup.sh deny >/dev/null

# The streams of the views' tests: the same for each change, so that a run tells of the change and not of luck. These once
# found a mistake. `WEIR_TEST_SEED= make test` draws new ones.
export WEIR_TEST_SEED ?= 1795870594442769

# One build of everything: with the tests' own binaries comes `weir`, which the end-to-end tests start. Most tests wait for browsers
# and servers more than they work: twice as many as there are processors run at a time. A run takes long, so that one tells of all that
# fails; in few lines, because where a run is kept only its end is.
test: tag ui ## everything, browser tests included
	@node --test --test-reporter=dot tag-wasm/js/tests/*.test.js
	@tools/setup.sh browser; tools/setup.sh strace
	@export WEIR_ENGINE_LIB=$$(tools/setup.sh engine) WEIR_NODE_MODULES=$$(tools/setup.sh node) WEIR_SDKS=$$(tools/setup.sh sdks) WEIR_SQL_CLIENTS=$$(tools/setup.sh clients) \
	  WEIR_GECKODRIVER=$$(tools/setup.sh firefox) WEIR_HOSTS=$$(tools/setup.sh hosts) WEIR_DATASETS=$$(tools/setup.sh datasets) \
	  WEIR_BIN=$(abspath $(TARGET))/debug/weir RUST_BACKTRACE=$${WEIR_BACKTRACE:-0} RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$((2 * $$(nproc)))}; \
	$(CARGO) test --no-fail-fast $(ALL)

check: tag ui ## the fast loop: types, lints and unit tests; no engine, no browser
	@$(CARGO) clippy -q $(ALL) --all-targets -- -D warnings
	@$(CARGO) test -q $(ALL) --lib
	@node --test --test-reporter=dot tag-wasm/js/tests/*.test.js

# The check at the end is of the binary as it is shipped: with the features that it asks for itself, without those of tests.
lint: tag ui ## formatting, clippy with warnings denied, dependencies, what may reach the page
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy $(ALL) --all-targets -- -D warnings
	@$(CARGO) clippy -p weir-tag -p weir-probe --target wasm32-unknown-unknown --profile tag -- -D warnings
	@$(CARGO) check -q -p weir-server
	@tools/page-dependencies.sh
	@tools/ui.sh lint
	@"$$(tools/setup.sh deny)" --log-level error check bans licenses sources

size: tag ## raw, gzip and brotli of what the browser needs, and of the rules alone; fails above the budgets
	@export WEIR_NODE_MODULES=$$(tools/setup.sh node); $(TARGET)/debug/weir-bundle size

bench: tag ## speed, each figure against its baseline, into target/bench; BENCH=part-of-a-name for some of it
	@$(CARGO) bench -q -p weir-rules --bench evaluate -- $(BENCH)
	@$(CARGO) bench -q -p weir-collector --bench intake -- $(BENCH)
	@export WEIR_ENGINE_LIB=$$(tools/setup.sh engine); $(CARGO) bench -q -p weir-collector --bench spool -- $(BENCH)
	@export WEIR_ENGINE_LIB=$$(tools/setup.sh engine); $(CARGO) bench -q -p weir-collector --bench warehouse -- $(BENCH)
	@tools/setup.sh browser; export WEIR_TRACKERS=$$(tools/setup.sh trackers); \
	for bench in evaluate page; do $(CARGO) bench -q -p weir-bundle --profile dev --bench $$bench -- $(BENCH); done

FUZZ_TARGETS ?= draft release pattern selector payload intake v1 segment
FUZZ_SECONDS ?= 60
# What libFuzzer needs to see of the code; no nightly compiler, because its address sanitizer is left out: there is no
# `unsafe` in what is fuzzed.
FUZZ_FLAGS := --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions
FUZZ_DIR := $(abspath $(TARGET))/fuzz

fuzz: ## hostile bytes for everything that reads bytes, FUZZ_SECONDS (60) for each of FUZZ_TARGETS
	@$(CARGO) run -q -p weir-fuzz -- seeds $(FUZZ_DIR)/corpus
	@RUSTFLAGS="$(FUZZ_FLAGS)" $(CARGO) build -q --release -p weir-fuzz --features libfuzzer --target "$$(rustc -vV | sed -n 's/^host: //p')" --target-dir $(FUZZ_DIR)
	@for target in $(FUZZ_TARGETS); do echo "fuzz: $$target"; mkdir -p $(FUZZ_DIR)/found/$$target; \
	  WEIR_FUZZ=$$target $(FUZZ_DIR)/*/release/weir-fuzz $(FUZZ_DIR)/corpus/$$target tools/fuzz/corpus/$$target -max_len=16384 -timeout=10 \
	    -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(FUZZ_DIR)/found/$$target/ -print_final_stats=1 2>&1 | grep -E 'ERROR|panicked|Test unit|Done|stat::'; done

SOAK_KILLS ?= 1000
SOAK_SEEDS ?= 5000
SOAK_CASES ?= 20000

soak: tag ## an hour: SOAK_SEEDS (5000) simulated runs, SOAK_CASES (20000) of the spool's model, a cluster of two shards, SOAK_KILLS (1000) SIGKILLs of the real thing
	@tools/setup.sh strace
	@WEIR_SIM_SEEDS=$(SOAK_SEEDS) PROPTEST_CASES=$(SOAK_CASES) $(CARGO) test --release -p weir-collector --lib -- --nocapture simulation:: spool::model
	@export WEIR_ENGINE_LIB=$$(tools/setup.sh engine); $(CARGO) test -p weir-collector --test warehouse -- cluster
	@$(CARGO) build --release -p weir-server
	@export WEIR_ENGINE_LIB=$$(tools/setup.sh engine); WEIR_KILLS=$(SOAK_KILLS) WEIR_BIN=$(abspath $(TARGET))/release/weir $(CARGO) test -p weir-tests --test durable -- --nocapture

# What the page gets of the rules, without what only authors ask.
MUTATED := release.rs release/kinds.rs evaluate.rs condition.rs variable.rs value.rs limits.rs types.rs decimal.rs

mutants: ## an hour and a half: the evaluator with one operator or value changed at a time; a test must break each time
	@mutants=$$(tools/setup.sh mutants); CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0 \
	  CARGO="$(CARGO)" "$$mutants" mutants -p weir-rules $(addprefix -f rules/src/,$(MUTATED)) --all-features --timeout 60 \
	    --cargo-arg=--lib $(addprefix --cargo-arg=--test=,conformance indexes properties) -o $(abspath $(TARGET))/mutants

operations: ## the files of docs/operations, judged by Prometheus, nginx, Caddy and systemd
	@tools/setup.sh operations; tools/operations.sh

clean: ## what was built (the installed tools stay in ~/.cache/weir)
	@$(CARGO) clean; rm -rf tag-wasm/dist server/ui/dist
