# The two commands: `make run` (start) and `make test` (all tests). Both do their own set-up and can be repeated.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
TESTS ?= tests
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command 'make lock' pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run chat test test-train bench check format pictures gallery lock doctor clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/ready-run ## Start the bot: with Slack tokens in .env there, without them in a local workspace in the browser
	@$(BIN)/maeum run

chat: .venv/ready-run ## The same conversation in this terminal
	@$(BIN)/maeum chat

doctor: .venv/ready-run ## Check tokens, scopes, database, model, font and model service
	@$(BIN)/maeum doctor

test: .venv/ready-dev ## Every test, PostgreSQL and the local workspace where they can be had
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(TESTS)

test-train: .venv/ready-train ## The tests of the training tools (installs torch)
	@$(BIN)/python -m pytest -m train tests/emotion

bench: .venv/ready-train ## Speed and memory beside the alternatives, and 100,000 simulated slots (half an hour, installs torch)
	@$(BIN)/python -m tests.benchmarks.speed
	@$(BIN)/python -m tests.benchmarks.burst
	@$(BIN)/python -m tests.benchmarks.drawing
	@$(BIN)/python -m tests.benchmarks.clock
	@$(BIN)/python -m tests.benchmarks.rollup

check: .venv/ready-dev ## Style, types, direction of imports, known vulnerabilities of what is pinned
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --verbose | tail -n 15
	@$(BIN)/python .ci/audit

format: .venv/ready-dev ## Put the code into shape
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

pictures: .venv/ready-dev ## Make the pictures of the READMEs anew (needs Chromium)
	@$(BIN)/python -m tests.pictures .github/pictures
	@MAEUM_PICTURES=$(CURDIR)/.github/pictures $(BIN)/python -m pytest -q tests/journeys/test_browser.py

gallery: .venv/ready-dev ## Draw every picture in both languages and themes
	@$(BIN)/python -m tests.gallery var/gallery

lock: .venv/ready-dev ## Pin what pyproject.toml allows, newest first
	@$(PIP) 'uv>=0.9,<1'
	@$(COMPILE) --generate-hashes --upgrade -o requirements.txt
	@$(COMPILE) --generate-hashes --upgrade -c requirements.txt --extra dev -o requirements-dev.txt
	@$(COMPILE) --upgrade -c requirements-dev.txt --extra train -o requirements-train.txt

clean: ## Remove the environment and what was built; data in var/ stays
	@rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache

.venv/made:
	@test -n "$(PYTHON)" || { echo 'Maeum needs Python 3.11 or later: https://www.python.org/downloads/' >&2; exit 1; }
	@echo 'Making the environment in .venv ...'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/ready-run: .venv/made pyproject.toml requirements.txt
	@test -f .venv/ready-dev || echo 'Fetching what the bot needs (once, a minute or two) ...'
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps -e .
	@touch $@

.venv/ready-dev: .venv/made pyproject.toml requirements-dev.txt
	@echo 'Fetching what the bot and its tests need (once, a minute or two) ...'
	@$(PIP) --require-hashes -r requirements-dev.txt
	@$(PIP) --no-deps -e .
	@touch $@ .venv/ready-run

.venv/ready-train: .venv/ready-dev requirements-train.txt
	@echo 'Fetching the training tools (torch is large) ...'
	@$(PIP) -c requirements-train.txt -e '.[train]'
	@touch $@
