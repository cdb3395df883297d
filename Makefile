# Everything a person does with this course. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COURSE := $(BIN)/course
# An index that offers PyTorch's CPU builds, if the default one has only builds for GPUs:
# make setup TORCH_INDEX=<the CPU index that pytorch.org names>
TORCH_INDEX ?=
TORCH_ARGS := $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX))

# What `make demo` shows: one lecture is graded in a minute, all of them take several.
DEMO := vowels

# Processes that share the cores compute with one thread each: threads without a core wait for each other.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

# JupyterLab refuses to run as root, as in a container, unless it is told.
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# Nothing is asked of, or fetched from, elsewhere.
OFFLINE := --LabApp.news_url=None --LabApp.extension_manager=readonly \
  --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

.PHONY: help setup demo data build release grade feedback report test check docs lab formgrader clean \
  sandbox postgresql chromium

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.installed sandbox ## Make .venv with the pinned packages, and look at the machine.

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "== Installing the pinned packages into $(VENV) (a few minutes, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make setup PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing: sudo apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet $(TORCH_ARGS) "$$(grep '^torch==' constraints.txt)"
	@$(BIN)/pip install --quiet -c constraints.txt -e '.[instructor,develop,docs]'
	@touch $@

# $(call apt,PROGRAM OR FILE,PACKAGE,WHAT FOR): install a Debian package that is missing, if we may.
define apt
	@command -v $(1) > /dev/null || ls $(1) > /dev/null 2>&1 || { \
	  echo "== Installing $(2): $(3)"; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	    apt-get update -qq && apt-get install -y -qq $(2) > /dev/null; \
	  elif command -v apt-get > /dev/null && sudo -n true 2> /dev/null; then \
	    sudo apt-get update -qq && sudo apt-get install -y -qq $(2) > /dev/null; \
	  else echo "Please install it yourself: sudo apt-get install $(2)"; fi; }
endef

sandbox:
	$(call apt,bwrap,bubblewrap,the sandbox that student code runs in)
	$(call apt,/usr/lib/*/libseccomp.so.2,libseccomp2,the filter of system calls)

postgresql:
	$(call apt,/usr/lib/postgresql/*/bin/initdb,postgresql,a gradebook for several people; only its tests need it)

chromium:
	$(call apt,chromium,chromium,a browser; only the tests of pages need it)

demo: setup ## From the lecture's text to a graded class: the whole way, on the demo class.
	@echo "== 1/5 Building the instructor's notebook from lectures/"
	@$(COURSE) build $(DEMO)
	@echo "== 2/5 Releasing: solutions out, the hand-out read for leaks"
	@$(COURSE) release --zip $(DEMO)
	@echo "== 3/5 Grading the demo class in submitted/"
	@$(COURSE) grade $(DEMO)
	@echo "== 4/5 Writing feedback pages"
	@$(COURSE) feedback $(DEMO)
	@echo "== 5/5 Exporting the scores, and the class report"
	@$(COURSE) export & exporting=$$!; $(COURSE) report $(DEMO); wait $$exporting
	@echo
	@echo "Where to look next:"
	@echo "  source/vowels/vowels.ipynb                         the lecture, executed"
	@echo "  release/attention-course.zip                       what students get"
	@echo "  feedback/softmax_over_batch/vowels/vowels.html     a student's feedback page"
	@echo "  reports/index.html                                 the class on one page"
	@echo "  reports/grades.csv                                 all scores"
	@echo "  make lab, make formgrader                          the notebooks and nbgrader's pages"

build: setup ## lectures/*.py -> source/, executed.
	@$(COURSE) build

release: setup ## source/ -> release/ and the hand-out.
	@$(COURSE) release --zip

grade: setup ## submitted/ -> scores, autograded/, feedback/, reports/.
	@$(COURSE) grade
	@$(COURSE) feedback
	@$(COURSE) export
	@$(COURSE) report

feedback: setup ## Feedback pages from the gradebook.
	@$(COURSE) feedback

report: setup ## The class report.
	@$(COURSE) report

lab: setup ## JupyterLab on the release, as a student sees it.
	@$(BIN)/jupyter lab $(ROOT) $(OFFLINE) --notebook-dir=release

formgrader: setup ## nbgrader's own pages: manual grading, the gradebook.
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/jupyter lab $(ROOT) $(OFFLINE) --notebook-dir=. --LabApp.default_url=/formgrader

check: setup ## The quick checks: style, types, import directions.
	@echo "== ruff"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@echo "== mypy"
	@$(BIN)/mypy
	@echo "== import-linter"
	@$(BIN)/lint-imports

data: setup ## Fetch the review texts into the cache, if they are not there.
	@echo "== Fetching the review texts, which do not come with the course"
	@$(COURSE) data reviews imdb

docs: setup ## The site for students, instructors and maintainers, built without network.
	@echo "== The site"
	@$(BIN)/sphinx-build -W --keep-going --quiet --doctree-dir docs/_build/doctrees docs docs/_build/html
	@echo "Open docs/_build/html/index.html in a browser."

test: setup postgresql chromium ## Everything that continuous integration checks.
	@$(MAKE) --no-print-directory --jobs=2 check docs data
	@echo "== tests: the checks against known answers, hostile submissions, stories of the whole way"
	@$(ONE_THREAD) $(BIN)/pytest -n 3 --dist loadgroup --no-loadscope-reorder
	@echo "== nbval: every source notebook runs and gives its stored outputs"
	@$(ONE_THREAD) $(BIN)/pytest -n 2 --dist loadfile --nbval source

clean: ## Remove what can be rebuilt; submissions, gradebook and text stay.
	rm -rf autograded/*/ feedback reports release/*.whl release/*.zip
	@# Submissions that newer ones replaced cannot be rebuilt.
	[ ! -d .course ] || find .course -mindepth 1 -maxdepth 1 ! -name replaced -exec rm -rf {} +
	rm -rf docs/_build docs/api
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
