# Everything a newcomer types. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup pcsc demo test check style types layers house audit rows coverage catalogues pictures format bench audit audit-online fuzz mutate soak clean

BIN := .venv/bin
READY := .venv/.ready
# What was compiled once is kept: the tests start hundreds of processes, and each would compile the project anew.
unexport PYTHONDONTWRITEBYTECODE
# What the tests write is thrown away, so where memory has room they write there and wait for no disk.
ROOMY_KIB := 4000000
MEMORY := $(shell [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'END {print $$4}')" -gt $(ROOMY_KIB) ] && echo /dev/shm)
CODE := tender faces hardware device wallet pos card_switch platform_stub town tests docs

# The first interpreter that is new enough; `make setup PYTHON=/path/to/python` overrides it.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

help: ## this list
	@printf '\n  Digital Tenge simulator\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1mmake %-13s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\n  First time?  make demo\n\n'

setup: $(READY) ## make .venv with everything in it (once; later runs start at once)

# The stamp is newer than pyproject.toml exactly when the environment holds what pyproject.toml asks for.
$(READY): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed and none was found. On Debian 12 or newer: apt install python3 python3-venv"; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "==> this Python has no venv: installing python3-venv"; \
			apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q python3-venv; \
		else \
			echo "This Python has no venv. Type this once, then make setup again:"; \
			echo "    sudo apt install python3-venv"; exit 1; fi; fi
	@echo "==> $$($(PYTHON) --version), environment in .venv"
	@[ -x $(BIN)/python ] && $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| $(PYTHON) -m venv --clear .venv
	@echo "==> fetching the libraries (about 60 small packages, a minute or so)"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar on -e '.[dev]' \
		| grep --line-buffered -E '^(Collecting|Installing|Successfully|ERROR)' \
		| sed -u -E 's/^Successfully installed.*/==> ready/; s/^Collecting ([^ ]+).*/    \1/; s/^Installing collected.*/==> installing/'; \
		exit $${PIPESTATUS[0]}
	@touch $@

# Virtual smart card readers behind the real daemon. Never fails: the tests that want them say when they are not there.
CARDS := pcscd vsmartcard-vpcd libpcsclite-dev opensc gcc libc6-dev
QUICKLY := -o Acquire::Retries=0 -o Acquire::http::Timeout=20

pcsc: setup ## virtual card readers for the tests: the PC/SC daemon, its driver and pyscard (wants root once)
	@dpkg -s $(CARDS) >/dev/null 2>&1 && $(BIN)/python -c 'import smartcard' 2>/dev/null && exit 0; \
	if ! dpkg -s $(CARDS) >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "==> virtual card readers: installing $(CARDS)"; \
		(apt-get update -q $(QUICKLY) && DEBIAN_FRONTEND=noninteractive apt-get install -y -q $(QUICKLY) --no-install-recommends $(CARDS)) >/dev/null 2>&1; fi; \
	if [ -e /usr/include/PCSC/winscard.h ] && ! $(BIN)/python -c 'import smartcard' 2>/dev/null; then \
		$(BIN)/python -m pip install -q --disable-pip-version-check --no-input -e '.[pcsc]' >/dev/null 2>&1; fi; \
	dpkg -s $(CARDS) >/dev/null 2>&1 && $(BIN)/python -c 'import smartcard' 2>/dev/null \
		|| echo "No virtual card readers here, so the tests of PC/SC are skipped. For them, as root: make pcsc"

demo: setup ## tell a story on the screen (STORY=name for one of them)
	@$(BIN)/tenge demo $(STORY)

test: setup pcsc ## run every test (ARGS='-k coffee' narrows it)
	@TMPDIR="$${TMPDIR:-$(MEMORY)}" $(BIN)/pytest -n auto $(ARGS)

# Each gate is a target of its own: `make -k check` runs the rest after one has failed, `make types` runs one alone.
check: style types layers house audit rows ## the gates: style, types, layers, house rules, dependencies, coverage table

style: setup
	@echo "==> style";   $(BIN)/ruff check --quiet $(CODE) && $(BIN)/ruff format --check --quiet --diff $(CODE)

types: setup
	@echo "==> types";   $(BIN)/mypy --no-error-summary

layers: setup
	@echo "==> layers";  $(BIN)/lint-imports --no-logo

house: setup
	@echo "==> house rules"; $(BIN)/pytest tests/house

audit: setup
	@echo "==> dependencies"; $(BIN)/python -m docs.dependency_audit

rows: setup
	@echo "==> coverage table"; $(BIN)/python -m docs.coverage_table --check

coverage: setup ## write docs/coverage.md again (requirement row -> tests)
	@$(BIN)/python -m docs.coverage_table

catalogues: setup ## gather every text people meet, keep its Russian and Kazakh, compile them; says what is missing
	@$(BIN)/python -m docs.catalogues

pictures: setup ## the pictures of README and docs, from a real run of the screens and of a story
	@$(BIN)/python -m docs.pictures
	@$(BIN)/python -m docs.screen_pictures

format: setup ## put the code into the house style
	@$(BIN)/ruff check --quiet --fix $(CODE); $(BIN)/ruff format $(CODE)

bench: setup ## measure this machine (ARGS=... go to tenge bench)
	@$(BIN)/tenge bench $(ARGS)

audit-online: setup ## ask an index of advisories about what is installed (needs a network)
	@$(BIN)/python -m pip install -q --disable-pip-version-check pip-audit && $(BIN)/python -m pip_audit --local

fuzz: setup ## follow every parser's branches with atheris (ARGS='token --seconds 600')
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[fuzz]'
	@$(BIN)/python -m tests.fuzz.fuzz $(ARGS)

mutate: setup ## plant faults in the checks and count those the tests find (ARGS='--sample 200')
	@$(BIN)/python -c 'import mutmut' 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[mutation]'
	@$(BIN)/python -m tests.mutation.run $(ARGS)

soak: setup ## random worlds for ten minutes, then every cut, planted faults, fuzzing (ARGS='--minutes 10 --seed 7')
	@$(BIN)/python -m tests.simulation.soak $(ARGS)

clean: ## remove the environment and every cache
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
