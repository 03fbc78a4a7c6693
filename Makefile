# Each target does by itself all that it needs, on a fresh machine, and nothing twice.
#
#   make demo     transcribe the example recordings with the bundled model
#   make test     all tests
#   make unit     the quick ones: no real model, no command line by subprocess, no wheel, no training
#   make faults   kill -9 at hundreds of moments, full disks, damaged journals, a hostile folder: some minutes
#   make check    all tests, after the linters and the type checker
#   make benchmark  asrcli beside FunASR and others: one table
#   make itn      how many of the table's spoken numbers are written right, kind by kind
#   make venv     only the virtual environment in .venv
#   make models   only the published voice activity detector, 2 MB, into .cache
#   make clean    remove everything that was made

PYTHON ?= python3
OUT ?= transcripts

BIN := .venv/bin
CACHE := $(CURDIR)/.cache
STAMP := .venv/.installed
VAD := .cache/models/fsmn-vad/model.pt

.DEFAULT_GOAL := check
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: venv models demo lint unit test faults check benchmark itn clean

venv: $(STAMP)

# pip reads dependency groups from 25.1 on.
$(STAMP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group test --group tools
	@touch $@

models: $(VAD)

# The order-only prerequisite: a new environment is no reason to fetch the model again.
$(VAD): | $(STAMP)
	ASRCLI_CACHE_DIR="$(CACHE)" $(BIN)/asr models pull fsmn-vad

demo: $(STAMP) $(VAD)
	ASRCLI_CACHE_DIR="$(CACHE)" $(BIN)/asr demo --output "$(OUT)"

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

unit: $(STAMP)
	$(BIN)/python -m pytest --numprocesses auto -m "not real" \
		--ignore tests/e2e --ignore tests/faults --ignore tests/test_packaging.py --ignore tests/recipes

test: $(STAMP) $(VAD)
	$(BIN)/python -m pytest --numprocesses auto

faults: $(STAMP)
	ASRCLI_FAULTS=full $(BIN)/python -m pytest --numprocesses auto tests/faults

check: lint test

benchmark: $(STAMP) $(VAD)
	ASRCLI_CACHE_DIR="$(CACHE)" $(BIN)/python -m benchmarks --output .cache/benchmarks/results

itn: $(STAMP)
	$(BIN)/python -m tests.itn.table

clean:
	rm -rf .venv .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist transcripts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
