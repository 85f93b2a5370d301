# digital-tilstand. Every target sets up what it needs; `make run` and `make test` are all a user has to know.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# When a lock was installed last: of what a run needs, and of that with what development needs.
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
# The tests on a Spark cluster have an environment of their own: nothing else needs what they do.
VENV_SPARK := .venv-spark
READY_SPARK := $(VENV_SPARK)/.ready
STATIC := $(PY) -m ruff check --quiet . && $(PY) -m ruff format --check --quiet . && $(PY) -m mypy && $(PY) -m pipelines check-seeds
# Two at a time: on one they are half the minute that `make check` may take.
FAST := -m "not slow and not line" -n 2 tests/unit tests/project tests/sample
# All tests on two workers, module by module, in the order of tests/conftest.py.
WORKERS := -n 2 --dist loadfile --no-loadscope-reorder
SET_UP := $(PYTHON) tools/set_up.py $(if $(PIP),--pip)
UV = $(or $(shell command -v uv),$(VENV)/bin/uv)
CURRENT = $(or $(TILSTAND_DATA_DIR),data)/published/current
PIN = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url

.PHONY: help run set-up check coverage check-seeds check-landing test test-spark verify-r ui releases status sql report site bench bench-setup bench-large bench-scale chaos sample docs lint hooks lock clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 15

$(READY): requirements.lock pyproject.toml pipelines/__init__.py
	@$(SET_UP) requirements.lock
	@touch $@

$(READY_DEV): requirements-dev.lock $(READY)
	@$(SET_UP) requirements-dev.lock
	@touch $@

$(READY_SPARK): requirements-dev.lock requirements-spark.lock pyproject.toml pipelines/__init__.py
	@$(SET_UP) requirements-dev.lock requirements-spark.lock --into $(VENV_SPARK)
	@touch $@

run: $(READY)  ## the whole line: landing/ to a published release (FULL=1: also when nothing changed)
	@$(PY) -m pipelines run $(if $(FULL),--full)

set-up: $(READY)  ## .venv with what a run needs, and nothing else

test: $(READY_DEV)  ## everything: format, types, seeds, all tests
	@$(STATIC)
	@$(PY) -m pytest $(WORKERS)

test-spark: $(READY_SPARK)  ## shards on a Spark cluster of this machine, a worker of which is killed (needs Java)
	@command -v java >/dev/null || { echo "test-spark needs Java (Debian: default-jre-headless)"; exit 1; }
	@$(VENV_SPARK)/bin/python -m pytest -m spark -n 0 tests

check: $(READY_DEV)  ## before a commit: format, types, seeds, the fast tests; under a minute
	@$(STATIC)
	@$(PY) -m pytest $(FAST)

coverage: $(READY_DEV)  ## how much of pipelines/ the fast tests reach; fails below the floor of pyproject.toml
	@$(PY) -m pytest $(FAST) --cov --cov-report=term

check-seeds: $(READY)  ## every mistake in seeds/, with file and line, in a second
	@$(PY) -m pipelines check-seeds

check-landing: $(READY)  ## judge what lies in landing/ without a run (LANDING=<folder or file>, STRICT=1: warnings count)
	@$(PY) -m pipelines check $(if $(LANDING),"$(LANDING)") $(if $(STRICT),--strict)

verify-r:  ## ask R's survey package again, and compare with the answers that the tests hold (needs R)
	@command -v Rscript >/dev/null || { echo "verify-r needs R with survey and jsonlite (Debian: r-cran-survey r-cran-jsonlite)"; exit 1; }
	@Rscript tests/unit/r_survey/verify.R --check

ui: $(READY)  ## Dagster on the same data and history, http://localhost:3000 (PORT=... for another)
	@set -a && eval "$$($(PY) -m pipelines home)" && set +a && VIRTUAL_ENV="$(CURDIR)/$(VENV)" PATH="$(CURDIR)/$(VENV)/bin:$$PATH" exec $(VENV)/bin/dg dev --port $(or $(PORT),3000)

releases: $(READY)  ## what was published: all releases (the rest is python -m pipelines releases --help)
	@$(PY) -m pipelines releases list

status: $(READY)  ## the release, the last run, and what asks for a look (exit code: docs/operations.md)
	@$(PY) -m pipelines status

sql: $(READY)  ## a prompt for SQL on the release in force, with nothing to install
	@$(PY) -m pipelines.publish.prompt

report: $(READY)  ## how the release in force agrees with print, and where its report is
	@$(PY) -m pipelines report

site: $(READY)  ## serve the report of the release in force, http://localhost:8000/report/ (PORT=... for another)
	@test -d "$(CURRENT)" || { echo "nothing is published in $(CURRENT) yet; run make run first"; exit 1; }
	@echo "http://localhost:$(or $(PORT),8000)/report/index.html (Ctrl-C ends it)"
	@exec $(PY) -m http.server $(or $(PORT),8000) --bind 127.0.0.1 --directory "$(CURRENT)" 2>/dev/null

bench: $(READY_DEV)  ## what make run costs beside dbt build, and estimates beside other engines
	@$(PY) -m tests.benchmarks.line
	@$(PY) -m tests.benchmarks.estimates

bench-setup: $(READY)  ## from a clone to a release on empty caches, with uv and with pip (BEFORE=<commit>: beside that one)
	@$(PY) -m tests.benchmarks.setup $(if $(BEFORE),--before $(BEFORE))

bench-large: $(READY_DEV)  ## the whole line on ten million respondents: needs 10 GB of disk
	@$(PY) -m tests.benchmarks.large

bench-scale: $(READY_SPARK)  ## shards beside one DuckDB, by processes and on Spark (RESPONDENTS="1000000 10000000")
	@$(VENV_SPARK)/bin/python -m tests.benchmarks.scale $(if $(RESPONDENTS),--respondents $(RESPONDENTS))

chaos: $(READY_DEV)  ## faults: kills, full disks, damage; goes on where stopped (SEED=, CHAOS_DIR=, MINUTES=, ONLY=, WRITE=1)
	@$(PY) -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(CHAOS_DIR),--folder "$(CHAOS_DIR)") $(if $(MINUTES),--minutes $(MINUTES)) $(if $(ONLY),--only "$(ONLY)") $(if $(WRITE),--write)

sample: $(READY_DEV)  ## write the synthetic sample anew
	@$(PY) -m tests.sample

docs: $(READY_DEV)  ## docs/data-dictionary.md anew, and all pages as a site that opens offline: docs/site/index.html
	@$(PY) -m tools.docs

lint: $(READY_DEV)  ## format Python, check SQL
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format . && $(PY) -m sqlfluff lint dbt_project/models dbt_project/tests pipelines/publish/views

hooks: $(READY_DEV)  ## let git check format, types, seeds and SQL of what changed, before each commit
	@$(PY) -m pre_commit install

lock: $(READY)  ## pin pyproject.toml's dependencies anew, without registry addresses (needs uv)
	@$(PIN) --group build -o requirements.lock pyproject.toml
	@$(PIN) --group build --group dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	@$(PIN) --group pyproject.toml:uv -o requirements-uv.lock
	@$(PIN) --group pyproject.toml:spark -c requirements-dev.lock -o requirements-spark.lock

clean:  ## remove the environment and the private build; landing/ and published/ stay
	rm -rf $(VENV) $(VENV_SPARK) "$${TILSTAND_DATA_DIR:-data}/work"
