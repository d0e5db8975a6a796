# Two commands: `make run` and `make test`. Each sets up all that it needs; `make help` lists the rest.

# The newest Python that really runs (a shim on PATH may exist and fail); PYTHON=… names another.
INTERPRETERS := python3.13 /usr/bin/python3.13 python3.12 /usr/bin/python3.12 \
	python3.11 /usr/bin/python3.11 python3 /usr/bin/python3
FITS := import sys, sqlite3, ssl; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON = $(shell for each in $(INTERPRETERS); do \
	"$$each" -c "$(FITS)" >/dev/null 2>&1 && echo "$$each" && break; done)
SETUP = @test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 here. Type: apt-get install python3 python3-venv"; exit 1; }; \
	"$(PYTHON)" -m tools.setup

.DEFAULT_GOAL := help
.PHONY: help run test quick bounds hooks check fix journey bench docs guide

help: ## list the commands
	@awk -f tools/help.awk $(MAKEFILE_LIST)

##@ Start here
run: ## set up, load the invented programme and serve it on 127.0.0.1:8000 (PORT=8001 make run: elsewhere)
	$(SETUP) run --serve

test: ## set up and run every check: format to browser journeys, on SQLite and PostgreSQL
	$(SETUP) test
	@.venv/bin/python -m tools.checks all

##@ For daily work
quick: ## what a change can break, nearest first, in a minute: format, lint, types, import law and tests
	$(SETUP) dev
	@.venv/bin/python -m tools.quick

bounds: ## print every size to which we hold ourselves, beside its bound
	$(SETUP) dev
	@.venv/bin/python -m tools.bounds

hooks: ## check format and lint before each commit in this folder
	@git config core.hooksPath tools/hooks && echo "Before each commit now: tools/hooks/pre-commit"

check: ## only the checks that run no test: format, lint, types, import law, docs, migrations, the oldest Python
	$(SETUP) dev
	@.venv/bin/python -m tools.checks static

fix: ## mend format and lint where a machine can
	$(SETUP) dev
	@.venv/bin/ruff check --fix --exit-zero --quiet . && .venv/bin/ruff format . && .venv/bin/ruff check .

journey: ## play one allegation's whole way and print each step as a sentence
	$(SETUP) run
	@.venv/bin/fourfold journey

bench: ## measure the speeds that we promise; it fails where one is missed by a tenth (FEED_ROWS=20000 make bench: with a shorter feed)
	$(SETUP) dev
	@.venv/bin/python -m bench

docs: ## write the pages that are generated from the code
	$(SETUP) dev
	@.venv/bin/fourfold docs
	@.venv/bin/python -m tools.dependencies

guide: ## make a small site of docs/, its guides with pictures of the running site: build/guide/index.html
	$(SETUP) dev
	@.venv/bin/python -m tools.guide
