# `make demo` and `make test` set up everything they need; nothing is installed by hand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ANVIL_VERSION := 1.7.1
ANVIL := .tools/node_modules/@foundry-rs/anvil
CAST := .tools/node_modules/@foundry-rs/cast
VIEM_VERSION := 2.57.20
VIEM := .tools/node_modules/viem
SOLC_VERSION := 0.8.37
SOLC := .tools/node_modules/solc
VERCEL_VERSION := 64.0.2
# Each worker has a node of its own and keeps its module's; an empty WORKERS runs all tests in one process.
WORKERS ?= -n auto --maxprocesses 4 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test lint types benchmarks docs vercel clean

help: ## Show what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/demo.stamp ## Run three real sends on a chain in this process: mined, held, blocked
	@$(BIN)/wallet demo

test: $(VENV)/dev.stamp anvil solc clients web3-7 chromium ## Run every test
	$(BIN)/python -m pytest $(WORKERS) $(FLAGS) $(TESTS)

lint: $(VENV)/dev.stamp ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp ## Check types
	$(BIN)/mypy guard wallet api

benchmarks: $(VENV)/dev.stamp ## Print the tables of speed
	@for script in review verdict startup model route signing history lists proxy middleware; do $(BIN)/python -m tests.benchmarks.$$script || exit 1; echo; done

docs: $(VENV)/dev.stamp ## Write the generated pages again
	$(BIN)/python -m tests.documentation

vercel: $(VENV)/dev.stamp vercel-tools ## Build what Vercel deploys, ask it questions, print its size
	$(BIN)/python -m tests.deployment.vercel_build

clean: ## Remove everything that was fetched or built
	rm -rf $(VENV) .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "txguard needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml .ci/constraints.txt | $(BIN)/python
	$(PIP) -c .ci/constraints.txt -e '.[demo]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml .ci/constraints.txt | $(BIN)/python
	$(PIP) -c .ci/constraints.txt -e '.[all,train,dev]'
	@touch $@ $(VENV)/demo.stamp

# The tests on a real node need anvil. Where it cannot be fetched they are skipped, with the reason; in CI a
# skipped one is a failure.
.PHONY: anvil
anvil:
	@test -d $(ANVIL) || npm install --silent --no-audit --no-fund --prefix .tools \
	  @foundry-rs/anvil@$(ANVIL_VERSION) || echo "anvil could not be fetched by npm" >&2

# The tests of the proxy drive it by wallets that nobody here wrote, by the same rule. cast has anvil's version.
.PHONY: clients
clients: solc
	@test -d $(CAST) -a -d $(VIEM) || npm install --silent --no-audit --no-fund --prefix .tools \
	  @foundry-rs/cast@$(ANVIL_VERSION) viem@$(VIEM_VERSION) || \
	  echo "cast and viem could not be fetched by npm" >&2

# The tests with contracts compile their own sources, by the same rule.
.PHONY: solc
solc: anvil
	@test -d $(SOLC) || npm install --silent --no-audit --no-fund --prefix .tools \
	  solc@$(SOLC_VERSION) || echo "the Solidity compiler could not be fetched by npm" >&2

# The middleware runs on web3 7 too, whose tests have an environment of their own, by the same rule.
WEB3_7 := .tools/web3-7
.PHONY: web3-7
web3-7: $(WEB3_7)/txguard.stamp
$(WEB3_7)/txguard.stamp: pyproject.toml .ci/constraints.txt | $(BIN)/python
	@mkdir -p $(WEB3_7) && sed -E '/^(web3|websockets)==/d' .ci/constraints.txt > $(WEB3_7)/constraints.txt
	@$(BIN)/python -m venv $(WEB3_7) && $(WEB3_7)/bin/python -m pip install --quiet \
	  --disable-pip-version-check -c $(WEB3_7)/constraints.txt -e '.[wallet]' 'web3>=7.16,<8' && touch $@ || \
	  echo "web3 7 could not be fetched by pip" >&2

# The tests of the page drive a real browser, by the same rule.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  { test "$$(id -u)" = 0 && apt-get update -qq >/dev/null 2>&1 && \
	  apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1; } || \
	  echo "chromium is not there, and could not be installed by apt" >&2

# Vercel's builder, which works without an account; it needs uv, and a Python 3.12 or newer that is not fetched.
# The version of `sandbox` is named because the one that it asks for is not in every registry.
.PHONY: vercel-tools
vercel-tools: $(VENV)/dev.stamp
	@test -d .tools/vercel/node_modules/vercel || { mkdir -p .tools/vercel && \
	  echo '{"dependencies": {"vercel": "$(VERCEL_VERSION)"}, "overrides": {"sandbox": "4.5.0"}}' \
	    > .tools/vercel/package.json && \
	  npm install --silent --no-audit --no-fund --prefix .tools/vercel; } || \
	  echo "vercel could not be fetched by npm" >&2
	@test -x $(BIN)/uv || $(PIP) -c .ci/constraints.txt uv || echo "uv could not be fetched by pip" >&2
