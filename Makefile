# make demo    real calls on this machine, nothing but Python needed
# make check   fast gate: lint, types, import contracts, unit and contract tests (under a minute)
# make test    everything, against Asterisk, PostgreSQL, Mosquitto, baresip and SIPp (installs them; needs root on Debian)
# make bench   figures, as JSON lines; FIGURE=name runs one

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
FIGURE ?=
# Every test process would compile each module again.
export PYTHONDONTWRITEBYTECODE =
REAL := sip or asterisk or postgresql or mosquitto or foreign or chaos

.PHONY: help setup develop tools demo serve check lint types contracts fast test bench lock clean

help:
	@sed -n 's/^# //p' Makefile

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml
	@test -x $(BIN)/python || { python=$$(scripts/find-python.sh) && "$$python" -m venv $(VENV); }
	@echo "Installing Goldenhour into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.runtime requirements/development.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.txt
	@touch $@

# Predictive pacing is compiled once here, not by each test process: some 15 s.
$(VENV)/.compiled: $(VENV)/.development $(wildcard campaigns/pacing/kernel/*.py campaigns/world/*.py)
	@echo "Compiling the rules of predictive pacing ..."
	@rm -rf campaigns/pacing/kernel/__pycache__/compiled-*
	@$(BIN)/python -c "from campaigns.pacing import warm_up; warm_up()"
	@touch $@

setup: $(VENV)/.runtime

develop: $(VENV)/.development $(VENV)/.compiled

demo: setup
	@$(BIN)/goldenhour demo $(ARGS)

lint: develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: develop
	$(BIN)/mypy

contracts: develop
	$(BIN)/lint-imports

fast: develop
	$(BIN)/python -m pytest -n 2 --dist loadfile -p no:schemathesis tests/unit tests/contract tests/scenarios -m "not ($(REAL))"

check: lint types contracts fast

tools:
	@scripts/install-test-tools.sh

# The real parts keep time with each other, so they run one after another.
test: check tools
	GOLDENHOUR_REQUIRE_ALL=1 $(BIN)/python -m pytest tests/unit tests/contract tests/scenarios -m "$(REAL)"
	GOLDENHOUR_REQUIRE_ALL=1 $(BIN)/python -m pytest tests/integration tests/e2e --durations=15

bench: setup
	@$(BIN)/python -m bench $(FIGURE)

lock:
	requirements/lock.sh

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
