# The commands of the project. `make help` lists them; each is short enough to be read here.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
BENCHMARKS := $(filter-out bench/_%.py bench/etl.py,$(wildcard bench/*.py))
LOCK := $(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet pyproject.toml

.PHONY: help setup dev dev-smoke stack stop env test test-alone mysql soak soak-etl evidence-etl check fix bench bench-facade bench-etl build deploy docs lock

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## make .venv from the locked requirements; does nothing when it is current

$(VENV)/.locked: requirements-dev.lock deploy/build-requirements.in
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || sh deploy/stack/install-packages.sh python3-venv
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

dev: setup ## everything on this machine: servers, data, services; Ctrl-C ends it
	@$(RUN) -m deploy.stack dev

dev-smoke: setup ## bring everything up as `dev` does, and down again
	@$(RUN) -m deploy.stack dev --exit-when-ready

stack: setup ## start private PostgreSQL, MariaDB and Redis, or keep the ones that run
	@$(RUN) -m deploy.stack up

stop: setup ## stop what `stack` and `dev` started
	@$(RUN) -m deploy.stack down

env: setup ## print the environment of the stack, for a shell to evaluate
	@$(RUN) -m deploy.stack env

test: setup ## all tests with branch coverage, on all cores, then modern's without the bridge
	$(RUN) -m pytest --cov --numprocesses auto --maxprocesses 4 --dist loadfile
	@$(MAKE) test-alone

test-alone: setup ## modern's tests in a copy of the tree without the bridge
	$(RUN) -m deploy.modern_alone

mysql: ## get the MySQL 5.6 and 5.7 of the tests, with npm; without them they are skipped
	@cd tests/mysql && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

soak: setup ## the facade under load, kills, stops and flips: MINUTES=10 SEED=1
	$(RUN) -m tests.soak --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

soak-etl: setup ## the ETL's workers killed while both sides write the same rows: MINUTES=10 SEED=1
	@$(RUN) -m tests.etl.faults soak --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

evidence-etl: setup ## the recorded LMS migrated, changed on both sides, compared: MINUTES=1
	@$(RUN) -m tests.etl.faults evidence --minutes $(or $(MINUTES),1)

check: setup ## format, lint, types, import contracts, missing migrations; needs no servers
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --settings=compat.settings.test
	$(RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --settings=modern.cms.settings.test

fix: setup ## format and mend what can be mended
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

bench: $(VENV)/.peers ## run the benchmarks one after the other, see bench/
	@for script in $(BENCHMARKS); do echo "== $$script"; $(RUN) -m bench.$$(basename "$$script" .py) || exit 1; done

bench-facade: $(VENV)/.peers ## what a request costs the facade, and its peers; needs wrk, nginx, haproxy and caddy
	@$(RUN) -m bench.facade $(OPTIONS)

$(VENV)/.peers: $(VENV)/.installed requirements-bench.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

bench-etl: $(VENV)/.peers ## print the speed table of the ETL, beside its goals and peers; about 15 minutes
	@$(RUN) -m bench.etl

.env: .env.example ## make the secrets of docker-compose.yml; an existing file is kept
	@test -e $@ || (umask 077; sh deploy/new-env.sh <.env.example >$@)

build: setup ## build the wheel and, where a Docker engine runs, the images
	$(RUN) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@sh deploy/build-images.sh

deploy: ## apply deploy/kubernetes with kubectl to the current cluster
	@sh deploy/apply.sh

docs: setup ## write docs/reference anew from the code
	$(RUN) -m deploy.reference

lock: setup ## resolve the requirements anew and write the lock files
	$(LOCK) --output-file requirements.lock
	$(LOCK) deploy/build-requirements.in --extra dev --output-file requirements-dev.lock
	$(LOCK) --constraint requirements-dev.lock --extra bench --output-file requirements-bench.lock
