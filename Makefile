# `make demo` and `make test` set up everything they need; nothing is installed by hand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ANVIL_VERSION := 1.7.1
ANVIL := .tools/node_modules/@foundry-rs/anvil

.DEFAULT_GOAL := help
.PHONY: help demo test lint types benchmarks docs vercel clean

help: ## Show what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/demo.stamp ## Run three real sends on a chain in this process: mined, held, blocked
	@$(BIN)/wallet demo

test: $(VENV)/dev.stamp anvil ## Run every test
	$(BIN)/python -m pytest $(FLAGS) $(TESTS)

lint: $(VENV)/dev.stamp ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp ## Check types
	$(BIN)/mypy guard wallet api

benchmarks: $(VENV)/dev.stamp ## Print the tables of speed
	@for script in review verdict startup model history; do $(BIN)/python -m tests.benchmarks.$$script || exit 1; echo; done

docs: $(VENV)/dev.stamp ## Write the generated pages again
	$(BIN)/python -m tests.documentation

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
