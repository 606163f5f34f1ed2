# Chorale from lock files. Needs Python 3.11 to 3.13 with venv, make and git; `make help` lists what it can do.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export npm_config_update_notifier := false
# The environment of another project, if one is active, is none of ours. Compiled modules are kept in ours: Chorale runs
# in many processes, and each would compile Django, pandas or Label Studio anew, seconds at a time.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH UV_PROJECT_ENVIRONMENT PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
UV := .venv-tools/bin/uv
# Processes that run tests, each with a database and broker of its own; one of them has Label Studio.
RUNNERS ?= 2
WEB := $(shell find platform/chorale/web -type f \( -name '*.html' -o -name '*.py' -o -path '*/assets/*' \) 2>/dev/null)

# The first Python that fits; an environment that exists keeps the one it was made with.
FITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c '$(FITS)' >/dev/null 2>&1 && $$p -c 'import sys; print(sys.executable)' && break; done)
define NO_PYTHON
No Python 3.11, 3.12 or 3.13 with venv was found. Install one (on Debian or Ubuntu: apt-get install python3 python3-venv)
and run make again, or name it: make PYTHON=/path/to/python3.12
endef
chosen = $(if $(PYTHON),$(PYTHON),$(error $(NO_PYTHON)))
new_python = $(if $(wildcard $(1)/bin/python),,--python $(chosen))

.PHONY: help setup assets browser demo demo-once up test test-deep test-peers lint format bench-% clean distclean

help: ## this list
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z%-]+):.*## /\1\t/' | expand -t 14

setup: .venv/stamp .venv-label-studio/stamp assets ## install everything from lock files

.venv-tools/stamp: deploy/uv-requirements.txt
	@echo "setup: uv"
	@$(chosen) -m venv --clear .venv-tools
	@.venv-tools/bin/python -m pip install --quiet --require-hashes -r $<
	@touch $@

.venv/stamp: uv.lock pyproject.toml .venv-tools/stamp
	@echo "setup: Chorale's environment"
	@$(UV) sync --frozen --quiet $(call new_python,.venv)
	@touch $@

.venv-label-studio/stamp: deploy/label-studio/uv.lock .venv-tools/stamp
	@echo "setup: Label Studio's environment"
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-label-studio \
		$(UV) sync --frozen --quiet --project deploy/label-studio $(call new_python,.venv-label-studio)
	@touch $@

node_modules/.stamp: package-lock.json .venv/stamp
	@echo "setup: page assets"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build/assets/.stamp: node_modules/.stamp package.json $(WEB)
	@npm run --silent build
	@touch $@

assets: build/assets/.stamp ## bundle styles, scripts, fonts and icons into build/assets

demo: setup ## the whole road on the sample corpora, then serve until Ctrl-C
	@$(PY) manage.py up --run demo

demo-once: setup ## the same, and stop; writes build/demo/summary.json
	@$(PY) manage.py up --run demo --once

up: setup ## start every part and serve until Ctrl-C
	@$(PY) manage.py up

browser: .venv/stamp
	@sh deploy/browser.sh || echo "no browser: the tests that need one will be skipped"

test: setup browser ## all tests, on real parts
	@$(PY) -m pytest -n $(RUNNERS) --dist loadgroup --no-loadscope-reorder

test-deep: setup browser ## long soaks and chaos, by hand; logged in build/test/deep.log
	@mkdir -p build/test
	@$(PY) -m pytest -m deep --timeout 3600 > build/test/deep.log 2>&1; status=$$?; tail -n 30 build/test/deep.log; exit $$status

test-peers: setup ## real vLLM on CPU and a server that drops features (3.5 GB, kept in ~/.cache/chorale/peers)
	@$(PY) -m pytest -m peers tests/peers --timeout 2400

lint: setup ## style, types, layers, templates, migrations, house rules
	@sh deploy/lint.sh

format: .venv/stamp ## rewrite the Python files in the house style
	@ruff check --fix --quiet . ; ruff format --quiet .

bench-%: setup ## run one family of benchmarks, e.g. make bench-agreement
	@mkdir -p build/bench
	@$(PY) -m benchmarks.$*

clean: ## remove what was built (not the environments, not var/)
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.venv*' -not -path './node_modules/*' -prune -exec rm -rf {} +

distclean: clean ## remove the environments too
	@rm -rf .venv .venv-tools .venv-label-studio node_modules
