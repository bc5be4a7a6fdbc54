# Visavis. `make` alone lists what can be made.
VENV := .venv
BIN := $(VENV)/bin
RESULTS := benchmarks/results
# Options for `make run`, `test`, `train` and `soak`: make run ARGS="--port 9000"
ARGS ?=

.PHONY: help setup run test lint avatar train bench soak clean
.DEFAULT_GOAL := help

help:  ## this list
	@awk -F ':.*## *' '/^[a-z]+:.*##/ { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.installed-run  ## system libraries, .venv and Python packages

run: setup  ## serve http://localhost:8080
	$(BIN)/visavis serve $(ARGS)

test: lint  ## everything: linters, types, unit tests, browser test
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.installed-dev  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

avatar: $(VENV)/.installed-sculpt  ## sculpt all characters again
	$(BIN)/visavis avatar build $(ARGS)
	$(BIN)/python -m engine.render.poster
	$(BIN)/python -m server.looks.shipped

train: $(VENV)/.installed-train  ## train the networks again
	$(BIN)/python -m models.train $(ARGS)

bench: $(VENV)/.installed-dev  ## all benchmarks, into benchmarks/results
	mkdir -p $(RESULTS)
	$(BIN)/visavis bench engine --json $(RESULTS)/engine.json
	$(BIN)/visavis bench render --json $(RESULTS)/render.json
	$(BIN)/visavis bench latency --json $(RESULTS)/latency.json
	$(BIN)/python -m benchmarks.summary
	-$(BIN)/visavis bench lipsync $(if $(shell command -v npm),--peers) --plot docs/pictures --json $(RESULTS)/lipsync.json
	$(BIN)/python -m benchmarks.lipsync.document
	$(BIN)/visavis bench behaviour --json $(RESULTS)/behaviour.json
	$(BIN)/python -m benchmarks.behaviour.document

soak: $(VENV)/.installed-dev  ## an hour's call in real time: what drifts, grows, breaks
	$(BIN)/visavis bench soak --json $(RESULTS)/soak.json $(ARGS)

clean:  ## remove .venv and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

# A stamp for each set-up, so that it happens again only when the requirements change.
$(VENV)/.installed-%: pyproject.toml .ci/setup
	.ci/setup $*
