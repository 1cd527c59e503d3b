# The course's commands. `make course` and `make test` are all that a fresh machine needs.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
BROWSER := .venv/.browser
SITE := .venv/.site
LOWEST := .venv-lowest/.ready

.PHONY: help setup course test test-lowest slurm-test browser-test screenshots site lab outputs exercises mutants bench lint wheel clean
help:
	@echo "make course     run every lesson from start to end, offline if need be"
	@echo "make test       run every test, the notebooks included"
	@echo "make test-lowest  the same with the lowest versions that pyproject.toml allows"
	@echo "make slurm-test submit slurm/train.sbatch to a Slurm of this machine's own"
	@echo "make browser-test use JupyterLab and the site in a real browser"
	@echo "make screenshots  take the README's pictures while doing so"
	@echo "make lab        open JupyterLab on lesson 01"
	@echo "make site       build the course as a web site into build/site/"
	@echo "make outputs    re-run all notebooks and store their outputs"
	@echo "make exercises  regenerate exercise_files/ from solutions/"
	@echo "make mutants    change each assertion of the checks, and count what the answers notice"
	@echo "make bench      measure what the course claims about speed"
	@echo "make lint       ruff and mypy"
	@echo "make setup      only set up .venv, as all of these do"
	@echo "make wheel      build the package into dist/; course publish kaggle does more"

setup: $(READY)

course: $(READY)
	@$(BIN)/course run --full

test: $(READY)
	@$(BIN)/pytest --nbval -n 2 --dist loadscope -q

# Every notebook is run, but what it prints is not compared, nor drawings with what is drawn here:
# these are those of the versions in constraints.txt. The variable silences old kernels' debugger.
test-lowest: $(LOWEST)
	@PYDEVD_DISABLE_FILE_VALIDATION=1 .venv-lowest/bin/pytest --nbval-lax -n 2 --dist loadscope -q --ignore tests/test_figures.py

slurm-test: $(READY)
	@tests/slurm_test.sh

browser-test: $(BROWSER)
	@tests/browser_test.sh

screenshots: $(BROWSER)
	@tests/browser_test.sh --screenshots

# Notebooks and terminals find the `course` command; .jupyter/ says what JupyterLab opens.
lab: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter" $(BIN)/jupyter lab $(LAB_FLAGS)

# A warning is an error: links, pictures and anchors are checked by this build.
site: $(SITE)
	@rm -rf build/site build/site_work
	@mkdir -p build/site_work/source
	@$(BIN)/sphinx-build -qW --keep-going -j auto -c site -d build/site_work/cache build/site_work/source build/site
	@echo "The site begins at build/site/index.html"

outputs: $(READY)
	@$(BIN)/course run --full --save
	@$(BIN)/course build

exercises: $(READY)
	@$(BIN)/course build

mutants: $(READY)
	@$(BIN)/python tests/mutants.py

bench: $(READY)
	@$(BIN)/python -m benchmarks

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

wheel: $(READY)
	@$(BIN)/python -m build --wheel

clean:
	rm -rf .venv .venv-lowest build dist notebooks/lightning_logs notebooks/lesson_0? notebooks/*.ckpt notebooks/*.pt

# The stamp is written last: a set-up that was interrupted is begun afresh, a complete one that
# is out of date is brought up to date.
$(READY): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with: make PYTHON=python3.12")'
	@echo "Setting up .venv (a few minutes, once) …"
	@test -e $(READY) || "$(PYTHON)" -m venv --clear .venv
	@rm -f $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)

$(LOWEST): pyproject.toml tests/lowest.py
	@echo "Setting up .venv-lowest (several minutes and 6 GB, once) …"
	@test -e $(LOWEST) || "$(PYTHON)" -m venv --clear .venv-lowest
	@rm -f $(LOWEST)
	@.venv-lowest/bin/python tests/lowest.py > .venv-lowest/lowest.txt
	@.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check -c .venv-lowest/lowest.txt -e ".[dev]"
	@touch $(LOWEST)

# What the browser's tests and the site take besides: the extra of that name.
$(BROWSER) $(SITE): .venv/.%: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$*]"
	@touch $@
