# Backstop: `make demo` to see it, `make test` to check it. Needs Python 3.11 or 3.12, nothing else.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/requirements.lock
INSTALLED := $(VENV)/pyproject.toml
ANVIL_STAMP := node_modules/.package-lock.json

# A pyenv shim may exist and not run, so a candidate counts only when it starts and is fit.
PYENV := $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions
IS_FIT := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON ?= $(shell for p in python3.11 $(PYENV)/3.11*/bin/python3.11 \
	python3.12 $(PYENV)/3.12*/bin/python3.12 python3 python; do \
	if $$p -c '$(IS_FIT)' >/dev/null 2>&1; then command -v $$p; break; fi; done)
PYTHON312 ?= $(shell for p in python3.12 $(PYENV)/3.12*/bin/python3.12; do \
	if $$p -c '$(IS_FIT)' >/dev/null 2>&1; then command -v $$p; break; fi; done)

# Everything that talks to a local node skips the proxy look-up of each call.
RUN := PATH="$(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$$PATH" NO_PROXY='*' no_proxy='*'
PY := $(RUN) $(BIN)/python
SOURCES := sim scripts tests
VYPER = $(shell find contracts -name '*.vy' -o -name '*.vyi')
say = @printf '\n== %s\n' '$(1)'

.PHONY: help demo test test312 foundry deep gas bench check lint ruff mypy mamushi contracts format
.PHONY: env anvil lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: env ## replay the crash of 10 October 2025 and write runs/demo/report.html
	$(PY) -m sim simulate oct10_2025 --out runs/demo

test: check ## lint, types, contract rules and every test (SEED=N: with the examples of that seed)
	$(call say,pytest)
	@$(if $(SEED),HYPOTHESIS_SEED=$(SEED)) $(PY) -m pytest -n auto --dist loadfile

test312: ## `make test` on Python 3.12, where there is one
	@if [ -z "$(PYTHON312)" ]; then \
		echo "No Python 3.12 here: nothing done; or say where it is with make PYTHON312=/path/to/python3.12"; \
	else $(MAKE) test VENV=.venv312 PYTHON="$(PYTHON312)"; fi

foundry: env ## the Ape suite again, on anvil
	$(call say,ape suite on foundry)
	@if [ ! -e node_modules/.bin/anvil ] && ! command -v anvil >/dev/null; then \
		echo "No anvil here (see make anvil): nothing done."; \
	else $(RUN) $(BIN)/ape test tests/unit/ape --network ethereum:local:foundry; fi

deep: env ## the tests again, with many more examples for each property
	HYPOTHESIS_PROFILE=deep $(PY) -m pytest -n auto --dist loadfile

gas: env ## measure gas and compare it with the snapshot
	$(RUN) $(BIN)/ape run gas

bench: env ## measure speed and memory
	$(RUN) $(BIN)/ape run bench

check: lint contracts ## everything in `test` that is not a test

lint: ruff mypy mamushi ## ruff, mypy and mamushi, changing nothing

ruff: env
	$(call say,ruff)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)

mypy: env
	$(call say,mypy)
	@$(BIN)/mypy sim

# Half a second a file, so two at a time; comparing ASTs is for rewriting, not for looking.
mamushi: env
	$(call say,mamushi)
	@said=$$(printf '%s\n' $(VYPER) | xargs -n 8 -P 2 \
		$(BIN)/mamushi --check --safe False --line-length=100 2>&1) \
	|| { echo "$$said" | grep -v -e '^All done' -e '^Oh no' -e unchanged; exit 1; }

contracts: env ## compile the contracts and hold them to the style and the size limit
	$(call say,contracts)
	@$(PY) scripts/check_contracts.py

format: env ## rewrite Python and Vyper in the one format
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/mamushi --line-length=100 $(VYPER)

env: $(STAMP) $(INSTALLED) anvil ## .venv from requirements.lock, and anvil if npm is here

# The stamp is a copy of the lock it was installed from: touched files cost nothing.
$(STAMP): requirements.lock
	@if cmp -s $< $@; then touch $@; exit 0; fi; \
	if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c '$(IS_FIT)'; then \
		echo "Backstop needs Python 3.11 or 3.12: install one, or say where it is with make PYTHON=/path/to/python3"; \
		exit 1; \
	fi; \
	echo "Installing the locked packages into $(VENV) (once, a minute or two)"; \
	"$(PYTHON)" -m venv --clear $(VENV) && \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $< && \
	cp $< $@

# The command `backstop`, and `import sim` from anywhere: both run the files of this checkout.
$(INSTALLED): pyproject.toml $(STAMP)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-index --no-deps \
		--no-build-isolation --editable . && cp $< $@

anvil: $(ANVIL_STAMP)

# Only the anvil engine needs it, so its absence is told and tolerated.
$(ANVIL_STAMP): package-lock.json
	@if ! command -v npm >/dev/null; then \
		echo "No npm here: going on without anvil, which only the anvil engine needs."; \
	elif npm ci --silent >/dev/null 2>&1; then \
		touch $@; \
	else \
		echo "npm could not install anvil: going on without it, only the anvil engine needs it."; \
	fi

lock: env ## resolve requirements.in again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header requirements.in --output-file requirements.lock

clean: ## remove what was made, keep the environment
	rm -rf .build .hypothesis .mypy_cache .pytest_cache .ruff_cache runs
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
