# Each target first makes what it needs: a machine with Python 3.11 (or newer) and make can start with any of them.

PYTHON ?= python3
JOBS ?= 2
ARGS ?=

# What the tools look at: those of these folders that hold Python.
CODE := $(sort $(dir $(wildcard src/margind/*.py tests/*.py bench/*.py scripts/*.py)))

export PYTHON
.DEFAULT_GOAL := help
.PHONY: help serve test check fix bench docs env lock clean

help:  ## say what can be made
	@echo 'margind: a futures exchange on your own machine'
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s  %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'ARGS="..." hands arguments on: make serve ARGS="--port 9100", make test ARGS="tests/engine -x"'

serve:  ## start the exchange, with a funded demo account
	@scripts/env run
	@exec .venv/bin/margind serve $(ARGS)

test:  ## run the tests, with branch coverage of the engine and the wire
	@scripts/env dev
	.venv/bin/python -m pytest --cov -n $(JOBS) --dist loadfile $(ARGS)

check:  ## format, lint, strict types, import direction: changes nothing
	@scripts/env dev
	.venv/bin/ruff format --check $(CODE)
	.venv/bin/ruff check $(CODE)
	.venv/bin/python -m mypy $(CODE)
	.venv/bin/python -m pytest -q tests/test_import_order.py

fix:  ## format the code and mend what the linter can mend
	@scripts/env dev
	.venv/bin/ruff check --fix-only $(CODE)
	.venv/bin/ruff format $(CODE)

bench:  ## measure the server against a bare one that answers the same bytes
	@scripts/env dev
	.venv/bin/python -m bench $(ARGS)

docs:  ## write the reference pages anew from the tables in the code
	@scripts/env dev
	.venv/bin/python scripts/reference.py $(ARGS)

env:  ## make .venv with all that is needed to work on margind
	@scripts/env dev

# Pins that still fit stay: make lock ARGS="--upgrade" moves them all, ARGS="--upgrade-package ccxt" one.
# The larger set is solved first, so that both pin the same versions.
COMPILE = .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url $(ARGS)

lock:  ## pin the requirements of pyproject.toml, with hashes
	@scripts/env dev
	$(COMPILE) --group dev --output-file requirements/dev.lock
	$(COMPILE) --group build --constraints requirements/dev.lock --output-file requirements/run.lock

clean:  ## remove .venv and everything else that was made
	rm -rf .venv .cache .coverage .coverage.* build dist htmlcov site
