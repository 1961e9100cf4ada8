# The two commands a newcomer needs: `make demo` and `make test`. Both set up what they need first.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TRAIN := .venv-train
JOBS ?= 2

.PHONY: help demo test test-train check format lock setup clean

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

demo: $(READY)  ## solve the example tasks live in the terminal
	@$(BIN)/proofsmith demo examples --store .demo/store.sqlite

test: $(READY)  ## run all tests
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile

test-train: $(READY)  ## TRL's trainers on exports, in an environment of its own (torch; 2.5 GB)
	@[ -x $(TRAIN)/bin/python ] || scripts/setup_train.sh $(TRAIN)
	@PROOFSMITH_TRAIN_TESTS=1 $(TRAIN)/bin/python -m pytest -q tests/train

check: $(READY)  ## format, lint, types, layer contract, wheel contents
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy -p proofsmith
	@$(BIN)/lint-imports --no-cache | tail -n +9
	@$(BIN)/python scripts/check_wheel.py

format: $(READY)  ## rewrite the files as `make check` wants them
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

lock: $(READY)  ## pin every dependency anew in requirements.lock
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/python -m uv pip compile --quiet --universal --upgrade --python-version 3.11 --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links --extra dev pyproject.toml -o requirements.lock

setup: $(READY)  ## only set up the virtual environment

clean:  ## remove the virtual environment and everything built
	@rm -rf $(VENV) $(TRAIN) build dist *.egg-info src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .demo

$(READY): requirements.lock pyproject.toml setup.py
	@scripts/setup.sh $(VENV)
	@touch $@
