# Each target sets up .venv by itself; nothing but Python 3.11 or newer is needed.
PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=

BIN     := $(VENV)/bin
PIP     := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
INPUTS  := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help lecture test lint format messages docs bench clean

help:
	@echo "make lecture   run the lecture on real data and write its report   (ARGS=\"--full --lang pl\")"
	@echo "make test      run the tests and the examples of every docstring   (ARGS=\"-k adam\", ARGS=\"-m slow\")"
	@echo "make lint      ruff and mypy"
	@echo "make format    let ruff mend what it can"
	@echo "make messages  gather texts for translation into build/ravine.pot and compile the catalogues"
	@echo "make docs      the site of pages and reference, in build/site"
	@echo "make bench     measure Ravine beside its peers                      (ARGS=\"--quick\")"
	@echo "make clean     remove .venv and caches"
	@echo "Another interpreter: make lecture PYTHON=python3.12"

lecture: $(VENV)/.installed
	$(BIN)/ravine lecture $(ARGS)

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(VENV)/.installed-test
	$(BIN)/ruff check
	$(BIN)/mypy

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix

messages: $(VENV)/.installed-test
	@mkdir -p build
	$(BIN)/pybabel -q extract --keyword n_:1,2 --no-wrap --output build/ravine.pot src/ravine
	$(BIN)/pybabel -q compile --domain ravine --directory src/ravine/locale

docs: $(VENV)/.installed-docs
	$(BIN)/sphinx-build --fail-on-warning --keep-going -q -b html docs build/site
	@echo build/site/index.html

bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null || { \
		echo "Ravine needs Python 3.11 or newer, and there is no '$(PYTHON)': install it, or name yours with 'make PYTHON=...'" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Ravine needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1): name another with 'make PYTHON=python3.12'" >&2; exit 1; }
	@# A venv without pip (Debian without python3-venv) must not pass for a good one on the next call.
	$(PYTHON) -m venv $(VENV) || { rm -f $@; exit 1; }

$(VENV)/.installed: $(INPUTS) | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-test: $(INPUTS) | $(BIN)/python
	$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: $(INPUTS) | $(BIN)/python
	$(PIP) --editable '.[docs]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: $(INPUTS) | $(BIN)/python
	$(PIP) --editable '.[bench]'
	@touch $@ $(VENV)/.installed
