# Everything a newcomer needs; each target sets up what it uses in .venv/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-all check run lint types imports bench lock clean

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Bellwether needs Python 3.11 to 3.13; name one with PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP) ## six weeks of a fictional press in a minute
	$(BIN)/bellwether demo $(ARGS)

run: $(STAMP) ## make run FEEDS="FILE.opml or URL …"
	$(BIN)/bellwether run $(FEEDS) $(ARGS)

test: $(STAMP) ## the default suite
	$(BIN)/python -m pytest $(ARGS)

test-all: $(STAMP) ## the slow ones too
	$(BIN)/python -m pytest -m "not live" --override-ini addopts="-q --strict-markers" $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

check: lint types imports test ## all of it, as CI does
	$(BIN)/python -m schemas.lock --check

lock: $(STAMP) ## resolve the dependencies anew, with hashes
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet 'uv>=0.13,<0.14'
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --no-emit-index-url --upgrade --extra dev -o requirements.lock pyproject.toml
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) bellwether-demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
