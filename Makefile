# Depthcast's commands. Each works on a machine that has python3, make and a C++ compiler,
# and says in one line what is missing where it can't.
#   make serve    the server with a live demo market        make test     the whole test suite
#   make setup    set-up only                               make check    format, lint, types, architecture
#   make build    the compiled engine only                  make bench    micro-benchmarks
#   make lock     pin the newest dependencies               make loadtest load tests
#   make fuzz     random streams for ever (SEED=…)          make sanitize the core under sanitizers
#   make clean    what was built goes
# ARGS="…" is passed on to the command behind serve, test, bench and loadtest.

SHELL := /bin/sh
PYTHON ?= python3
ARGS ?=
export DEPTHCAST_DATA ?= ../shared/data
export PIP_DISABLE_PIP_VERSION_CHECK := 1

bin := .venv/bin
stamps := .venv/stamps
sources := pyproject.toml $(shell find engine app -name '*.pyx' -o -name '*.pxd' 2>/dev/null)
browser_packages := chromium fonts-dejavu-core
pinned := $(bin)/pip install --quiet --require-hashes -r

.PHONY: serve test setup check bench loadtest fuzz sanitize build lock clean browser
.DELETE_ON_ERROR:
.NOTPARALLEL:

serve: setup
	$(bin)/depthcast serve --demo $(ARGS)

test: setup $(stamps)/test browser
	$(bin)/python -m pytest -n auto --dist loadfile $(ARGS)

setup: $(stamps)/linked $(stamps)/built

check: setup $(stamps)/test $(stamps)/dev
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/mypy
	PATH="$(CURDIR)/$(bin):$$PATH" cython-lint engine
	$(bin)/python -m pytest -q tests/test_architecture.py tests/architecture

bench: setup $(stamps)/test
	$(bin)/python -m bench $(ARGS)

loadtest: setup $(stamps)/loadtest
	$(bin)/python -m loadtest $(ARGS)

# The core under the compiler's sanitizers, for long; the test suite runs the short form.
sanitize: setup $(stamps)/test
	DEPTHCAST_SANITIZED_COMMANDS=$${DEPTHCAST_SANITIZED_COMMANDS:-1000000} \
	  $(bin)/python -m pytest tests/engine/test_sanitizers.py $(ARGS)

# Random streams over all profiles until the implementations differ; COMMANDS= or SECONDS= bound it.
fuzz: setup $(stamps)/test
	$(bin)/python -m tests.engine.fuzz $(if $(SEED),--seed $(SEED)) \
	  $(if $(COMMANDS),--commands $(COMMANDS)) $(if $(SECONDS),--seconds $(SECONDS))

build: $(stamps)/build
	@$(call compile)

# The browser tests' Chromium and fonts, put there where that is allowed.
browser:
	@for name in chromium chromium-browser google-chrome; do \
	  if command -v $$name >/dev/null; then exit 0; fi; done; \
	if ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
	  echo "missing for the browser tests: Chromium and fonts (Debian: apt-get install $(browser_packages))"; \
	  exit 0; fi; \
	mkdir -p build; echo "installing $(browser_packages) (build/apt.log)"; \
	{ apt-get update -q && DEBIAN_FRONTEND=noninteractive timeout 300 \
	    apt-get install -q -y --no-install-recommends $(browser_packages); } >build/apt.log 2>&1 </dev/null \
	|| echo "could not install $(browser_packages): see build/apt.log"

# Exact versions of all extras together in constraints.txt; what each set-up step installs, with
# hashes, in requirements/.
resolve := $(bin)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate

lock: $(stamps)/dev
	$(resolve) --upgrade --all-extras pyproject.toml -o constraints.txt
	for extra in test dev loadtest; do $(resolve) --generate-hashes -c constraints.txt \
	  --extra $$extra pyproject.toml -o requirements/$$extra.txt || exit 1; done
	$(resolve) --generate-hashes -c constraints.txt pyproject.toml -o requirements/run.txt
	$(bin)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	  | $(resolve) --generate-hashes - -o requirements/build.txt

clean:
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find engine app -name '*.so' -delete
	rm -f $(stamps)/built $(stamps)/linked

# --- the virtual environment ---------------------------------------------------------------

# One line for whatever this machine lacks, before anything is made.
define preflight
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  || { echo "missing: Python 3.11 or newer as $(PYTHON) (another one: make PYTHON=python3.12 …)"; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
  || { echo "missing: Python's venv module (Debian: apt-get install python3-venv)"; exit 1; }; \
$(PYTHON) -c 'import os, sysconfig as s; os.stat(s.get_path("include") + "/Python.h")' 2>/dev/null \
  || { echo "missing: Python's C headers (Debian: apt-get install python3-dev)"; exit 1; }; \
command -v "$${CXX:-$$($(PYTHON) -c 'import sysconfig as s; print(s.get_config_var("CXX").split()[0])')}" >/dev/null \
  || { echo "missing: a C++ compiler (Debian: apt-get install g++)"; exit 1; }
endef

$(stamps)/created:
	@$(preflight)
	@echo "creating .venv"
	@$(PYTHON) -m venv .venv && mkdir -p $(stamps) && touch $@

$(stamps)/%: requirements/%.txt | $(stamps)/created
	@echo "installing $<"
	@$(pinned) $< && touch $@

# --- the compiled engine -------------------------------------------------------------------

# Rebuilds what changed. Cython's "performance hint" tells of a nogil function that may take the
# GIL: that is an error here, and what was generated goes, so that it stays one the next time.
define compile
mkdir -p build; \
$(bin)/python -c 'from setuptools import setup; setup()' build_ext --inplace >build/build.log 2>&1 \
  || { sed '/^Traceback/,$$d; /Experimental/d; /read_configuration/d' build/build.log; \
       tail -n 1 build/build.log; exit 1; }; \
if grep -A 3 'performance hint' build/build.log; then \
  find build/temp -name '*.cpp' -delete; \
  echo "the build fails on Cython's performance hints"; exit 1; fi
endef

$(stamps)/built: $(sources) $(stamps)/build
	@echo "building the compiled engine (build/build.log)"
	@$(call compile)
	@touch $@

# The checkout itself is what is installed: an edited module needs no new install.
$(stamps)/linked: pyproject.toml $(stamps)/run | $(stamps)/built
	@echo "linking the checkout into .venv"
	@$(bin)/pip install --quiet --no-deps --no-build-isolation --no-index -e . && touch $@
