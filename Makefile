# make run · make test · make bench · make help. Each is enough on a fresh machine: all depend on `make setup`.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Every program that the tests start reads its modules compiled, whatever the caller's shell says.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
BIN := $(VENV)/bin
STAMPS := .make
PYTHON ?=
PORT ?=
CORES ?= 2
SUMMARY = for stage in sqlite spark journeys postgresql; do echo "$$stage: $$(cat $(STAMPS)/summary-$$stage)"; done
KARUNA := $(CURDIR)/$(STAMPS)/karuna
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes
PYTEST = $(BIN)/python -m pytest -q

FRONTEND := $(shell find frontend -name node_modules -prune -o -type f -print)
STATIC := $(shell find src/custodes/static -path '*/dist' -prune -o -type f -print)
MESSAGES := $(shell find src/custodes/locale -name '*.po' 2>/dev/null)
NODE_IN_VENV = test -x $(BIN)/node || $(PIP) -r frontend/requirements.txt
NODE_IS_NEW = command -v node >/dev/null && command -v npm >/dev/null && test "$$(node -p 'process.versions.node.split(".")[0]')" -ge 20

.PHONY: help setup run test lint bench pin messages docs clean karuna karuna-and-spark checked-sqlite test-stages test-sqlite test-journeys test-postgresql test-spark coverage

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(STAMPS)/static  ## build .venv, front end and translations; the second time it does nothing

run: setup  ## start the site with the demonstration on http://127.0.0.1:8000 (PORT=8080 for another port)
	@exec $(BIN)/custodes run $(if $(PORT),--port $(PORT))

test: setup  ## lint, types, import contracts, tests on SQLite and PostgreSQL, journeys in Chromium
	@tools/system_packages
	@rm -rf $(STAMPS)/summary-* $(KARUNA)
	@$(MAKE) -j 2 karuna-and-spark checked-sqlite
	@CUSTODES_KARUNA=$(KARUNA) $(MAKE) test-journeys
	@$(MAKE) test-postgresql
	@$(SUMMARY)

checked-sqlite:
	@$(MAKE) lint
	@$(MAKE) test-sqlite

karuna-and-spark:
	@$(MAKE) karuna
	@$(MAKE) test-spark

# The journeys' demonstration is made on one core for a minute while types are checked on the other.
karuna: setup
	@mkdir -p $(KARUNA)
	@CUSTODES_SITE__DATA_DIR=$(KARUNA) $(BIN)/custodes setup --demo > /dev/null
	@touch $(KARUNA)/loaded

# Counting lines doubles the time of the tests on Python 3.11, so it is a command of its own.
coverage: setup  ## the same tests with their lines and branches counted; fails under the share that pyproject.toml names
	@tools/system_packages
	@rm -f .coverage .coverage.* $(STAMPS)/summary-*
	@$(MAKE) test-stages PYTEST="$(BIN)/coverage run -m pytest -q"
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --skip-covered | tail -n 60

test-stages:
	@$(MAKE) test-sqlite
	@$(MAKE) test-spark
	@$(MAKE) test-journeys
	@$(MAKE) test-postgresql
	@$(SUMMARY)

lint: setup  ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# One process more than cores: some of these tests wait for leases and restarts.
test-sqlite: setup
	$(PYTEST) -n $$(($(CORES) + 1)) -m "not journey and not spark" --dist worksteal | tee $(STAMPS)/log-sqlite
	@tail -n 1 $(STAMPS)/log-sqlite > $(STAMPS)/summary-sqlite

test-journeys: setup
	$(PYTEST) -n $(CORES) -m journey --dist loadfile tests/journeys | tee $(STAMPS)/log-journeys
	@tail -n 1 $(STAMPS)/log-journeys > $(STAMPS)/summary-journeys

test-postgresql: setup
	@if $(BIN)/python tools/postgresql.py --check; then \
	  echo "tools/with_postgresql pytest (tests that touch the database)"; \
	  tools/with_postgresql $(PYTEST) -n $(CORES) -m "database and not journey and not fault" --dist worksteal | tee $(STAMPS)/log-postgresql; \
	  tail -n 1 $(STAMPS)/log-postgresql > $(STAMPS)/summary-postgresql; \
	else \
	  echo "skipped: PostgreSQL is absent (apt-get install postgresql)" | tee $(STAMPS)/summary-postgresql; \
	fi

test-spark: setup  ## where Java is present, the same estimates on a local Spark cluster of two executors (the extra custodes[spark])
	@if ! command -v java >/dev/null; then \
	  echo "skipped: Java is absent (apt-get install openjdk-17-jre-headless)" | tee $(STAMPS)/summary-spark; \
	elif ! $(MAKE) $(STAMPS)/spark; then \
	  echo "skipped: pyspark could not be installed (make $(STAMPS)/spark says why)" | tee $(STAMPS)/summary-spark; \
	else \
	  CUSTODES_SPARK_URL='local-cluster[2,1,1024]' PYTHONPATH=$(CURDIR)/$(STAMPS)/pyspark $(PYTEST) -n0 -m spark tests/evidence/test_engines.py \
	    | tee $(STAMPS)/log-spark; \
	  tail -n 1 $(STAMPS)/log-spark > $(STAMPS)/summary-spark; \
	fi

bench: setup  ## measure pages, imports and estimates against named peers and budgets (LONG=1: the studies of hours too)
	$(BIN)/custodes bench $(if $(LONG),--long)

pin:  ## write requirements.txt again from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra test --extra spark --constraint requirements.txt --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet -o $(STAMPS)/with-spark.txt
	awk '/^[a-z0-9]/ { name = $$1; sub(/==.*/, "", name) } NR == FNR { known[name] = 1; next } !(name in known)' requirements.txt \
	  $(STAMPS)/with-spark.txt > requirements-spark.txt
	$(BIN)/uv pip compile frontend/requirements.in --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --quiet -o frontend/requirements.txt

messages: setup  ## collect texts for translators (needs gettext: apt-get install gettext)
	$(BIN)/python tools/messages.py

docs: setup  ## write again what is made from the program: reference pages, and the made parts of methods pages
	$(BIN)/python tools/reference_pages.py
	$(BIN)/python tools/method_pages.py

clean:  ## remove what setup made; data in var/ stay
	rm -rf $(VENV) $(STAMPS) frontend/node_modules src/custodes/static/dist build dist

# A Python of 3.11 or newer makes the environment; everything in it is pinned and hashed.
$(STAMPS)/venv:
	@mkdir -p $(STAMPS)
	@for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if command -v "$$candidate" >/dev/null && "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    test -x $(BIN)/python || "$$candidate" -m venv $(VENV); touch $@; exit 0; \
	  fi; \
	done; \
	echo "Custodes needs Python 3.11 or newer with its venv module. Install it (apt-get install python3 python3-venv) or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 2

$(STAMPS)/requirements: requirements.txt $(STAMPS)/venv
	@echo "Installing Python packages (pinned and hashed) …"
	@awk '/^uv==/ { uv = 1 } uv { print; if (!/\\$$/) exit }' requirements.txt > $(STAMPS)/uv.txt
	@$(PIP) --no-deps -r $(STAMPS)/uv.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.txt 2> $(STAMPS)/uv.log \
	  || { echo "uv could not ($$(tail -n 1 $(STAMPS)/uv.log)); pip tries, which takes longer …"; $(PIP) -r requirements.txt; }
	@touch $@

$(STAMPS)/spark: requirements-spark.txt $(STAMPS)/requirements
	@echo "Installing Apache Spark for Python (pinned and hashed) …"
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --require-hashes --target $(STAMPS)/pyspark -r requirements-spark.txt
	@touch $@

$(STAMPS)/package: pyproject.toml $(STAMPS)/requirements
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/frontend: $(FRONTEND) $(STAMPS)/venv
	@echo "Building the front end …"
	@if ! { $(NODE_IS_NEW); }; then $(NODE_IN_VENV); export PATH="$(CURDIR)/$(BIN):$$PATH"; fi; cd frontend && npm ci --silent && node build.mjs
	@touch $@

$(STAMPS)/translations: $(MESSAGES) $(STAMPS)/requirements
	@$(BIN)/python tools/compile_translations.py
	@touch $@

$(STAMPS)/static: $(STATIC) $(STAMPS)/frontend $(STAMPS)/translations $(STAMPS)/package
	@$(BIN)/custodes manage collectstatic --noinput --verbosity 0
	@touch $@
