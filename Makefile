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

.PHONY: help run build tag test check lint size bench setup clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: build ## build, start Weir on the embedded engine with the demo shop, print the URLs
	@export WEIR_ENGINE_LIB=$$(tools/setup.sh engine); exec $(WEIR) serve --demo --data $(DATA) $(RUN_ARGS)

build: tag ## target/release/weir
	@$(CARGO) build --release -p weir-server

tag: ## what the browser downloads, into tag-wasm/dist
	@tools/setup.sh wasm
	@export WEIR_NODE_MODULES=$$(tools/setup.sh node); $(CARGO) run -q -p weir-bundle

setup: ## install all that build and tests need, and nothing else
	@tools/setup.sh wasm; tools/setup.sh node >/dev/null; tools/setup.sh engine >/dev/null; tools/setup.sh browser; tools/setup.sh deny >/dev/null

test: tag ## everything, browser tests included
	@tools/setup.sh browser
	@export WEIR_ENGINE_LIB=$$(tools/setup.sh engine) WEIR_NODE_MODULES=$$(tools/setup.sh node); \
	$(CARGO) test; \
	$(CARGO) test -p weir-tag -p weir-bundle; \
	$(CARGO) build -p weir-server; \
	WEIR_BIN=$(abspath $(TARGET))/debug/weir $(CARGO) test -p weir-tests

check: tag ## the fast loop: types, lints and unit tests; no engine, no browser
	@$(CARGO) clippy -q --all-targets -- -D warnings
	@$(CARGO) test -q --lib

lint: tag ## formatting, clippy with warnings denied, dependencies, what may reach the page
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --all-targets -- -D warnings
	@$(CARGO) clippy -p weir-tests -p weir-bundle --all-targets -- -D warnings
	@$(CARGO) clippy -p weir-tag --target wasm32-unknown-unknown --profile tag -- -D warnings
	@tools/page-dependencies.sh
	@"$$(tools/setup.sh deny)" --log-level error check bans licenses sources

size: tag ## raw, gzip and brotli of what the browser needs, and of the rules alone; fails above the budgets
	@export WEIR_NODE_MODULES=$$(tools/setup.sh node); $(CARGO) run -q -p weir-bundle -- size

bench: tag ## speed, each figure against its baseline, into target/bench; BENCH=part-of-a-name for some of it
	@$(CARGO) bench -q -p weir-rules --bench evaluate -- $(BENCH)

clean: ## what was built (the installed tools stay in ~/.cache/weir)
	@$(CARGO) clean; rm -rf tag-wasm/dist
