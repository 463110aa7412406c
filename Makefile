# Everything a newcomer needs; each target sets up what it uses in .venv/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: demo run kafka test test-all live browser screenshots check static lint types imports lock up clean

$(RUN): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Bellwether needs Python 3.11 to 3.13; name one with PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $(RUN)

$(DEV): $(RUN) requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $(DEV)

demo: $(RUN) ## six weeks of a fictional press in a minute; LLM=1: the configured language model reads; KAFKA=1: on a real Kafka
	$(BIN)/bellwether demo $(if $(filter-out 0,$(LLM)),--llm) $(if $(filter-out 0,$(KAFKA)),--kafka) $(ARGS)

run: $(RUN) ## make run FEEDS="--feeds FILE.opml"
	$(BIN)/bellwether run $(FEEDS) $(ARGS)

kafka: $(RUN) ## a real Kafka on loopback, from Maven (Java 17), in bellwether-data/kafka; `bellwether kafka down` stops it
	$(BIN)/bellwether kafka up $(ARGS)

test: $(DEV) ## the default suite; the browser tests too where there is a Chromium
	$(BIN)/python -m pytest $(ARGS)

test-all: $(DEV) ## the slow ones too, and every property on as many examples as it deserves
	$(BIN)/python -m pytest -m "not live" --hypothesis-profile=thorough $(ARGS)

live: $(DEV) ## the stream suite and the live tests on a real Kafka; one line where Java or Maven is missing
	@lacking="$$($(BIN)/python -c 'from infra.kafka.local.jars import missing; print(missing())')"; \
	if [ -n "$$lacking" ]; then echo "The live tests are skipped: $$lacking."; \
	else $(BIN)/python -m pytest -m live tests/live tests/stream $(ARGS); fi

browser: $(DEV) ## the pages in a real Chromium, alone; fails where `make test` would skip them
	BROWSER_TESTS=required $(BIN)/python -m pytest tests/browser $(ARGS)

screenshots: $(DEV) ## docs/images/, from the demo
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy

imports: $(DEV)
	$(BIN)/lint-imports

check: static test ## all of it, as CI does

static: lint types imports ## all that needs no test run
	$(BIN)/python -m schemas.lock --check
	$(BIN)/python -m schemas.asyncapi --check

up: $(RUN) ## Kafka, ClickHouse, Grafana and every role in containers; passwords are generated into .env
	$(BIN)/python -m infra.compose_env
	docker compose up --build -d

lock: ## resolve the dependencies anew, with hashes
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet 'uv>=0.13,<0.14'
	set -e; resolve() { $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --upgrade "$$@" pyproject.toml; }; \
	resolve --extra build -o requirements.lock; \
	resolve --extra build --extra dev -c requirements.lock -o requirements-dev.lock
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) bellwether-demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
