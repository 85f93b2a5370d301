# digital-tilstand. Every target sets up what it needs; `make run` and `make test` are all a user has to know.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: help run check check-landing test verify-r ui report bench bench-large docs lint lock clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 15

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"digital-tilstand needs Python 3.11-3.13; $(PYTHON) is {sys.version.split()[0]}. Name another: make PYTHON=python3.12 ...")'
	@echo "Setting up $(VENV) from requirements.lock (once, a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

run: $(READY)  ## the whole line: landing/ to a published release (FULL=1: also when nothing changed; REPLACE=<id>: see docs/operating.md)
	@$(PY) -m pipelines run $(if $(FULL),--full) $(if $(REPLACE),--replace $(REPLACE))

test: $(READY)  ## all tests
	@$(PY) -m ruff check --quiet . && $(PY) -m ruff format --check --quiet .
	@$(PY) -m pytest

check: $(READY)  ## every mistake in seeds/, with file and line, in a second
	@$(PY) -m pipelines check-seeds

check-landing: $(READY)  ## judge what lies in landing/ without a run (LANDING=<folder or file>, STRICT=1: warnings count)
	@$(PY) -m pipelines check $(if $(LANDING),"$(LANDING)") $(if $(STRICT),--strict)

verify-r:  ## ask R's survey package again, and compare with the answers that the tests hold (needs R)
	@command -v Rscript >/dev/null || { echo "verify-r needs R with survey and jsonlite (Debian: r-cran-survey r-cran-jsonlite)"; exit 1; }
	@Rscript tests/unit/r_survey/verify.R --check

ui: $(READY)  ## Dagster on the same data and history, http://localhost:3000 (PORT=... for another)
	@set -a && eval "$$($(PY) -m pipelines home)" && set +a && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" exec $(VENV)/bin/dg dev --port $(or $(PORT),3000)

report: $(READY)  ## how the release in force agrees with print
	@$(PY) -m pipelines report

bench: $(READY)  ## what make run costs beside dbt build, and estimates beside other engines
	@$(PY) -m tests.benchmarks.line
	@$(PY) -m tests.benchmarks.estimates

bench-large: $(READY)  ## the whole line on ten million respondents: needs 10 GB of disk
	@$(PY) -m tests.benchmarks.large

docs: $(READY)  ## write docs/data-dictionary.md anew from the contracts
	@$(PY) -m pipelines.publish.dictionary

lint: $(READY)  ## format Python, check SQL
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format . && $(PY) -m sqlfluff lint dbt_project/models dbt_project/tests

lock: $(READY)  ## pin pyproject.toml's dependencies anew, without registry addresses
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --extra dev -o requirements.lock pyproject.toml

clean:  ## remove the environment and the private build; landing/ and published/ stay
	rm -rf $(VENV) "$${TILSTAND_DATA_DIR:-data}/work"
