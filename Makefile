# The course's commands. `make course` and `make test` are all that a fresh machine needs.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help course test slurm-test lab outputs exercises mutants bench lint wheel clean
help:
	@echo "make course     run every lesson from start to end, offline if need be"
	@echo "make test       run every test, the notebooks included"
	@echo "make slurm-test submit slurm/train.sbatch to a Slurm of this machine's own"
	@echo "make lab        open JupyterLab on lesson 01"
	@echo "make outputs    re-run all notebooks and store their outputs"
	@echo "make exercises  regenerate exercise_files/ from solutions/"
	@echo "make mutants    change each assertion of the checks, and count what the answers notice"
	@echo "make bench      measure what the course claims about speed"
	@echo "make lint       ruff and mypy"
	@echo "make wheel      build the package for Kaggle and Colab into dist/"

course: $(READY)
	@$(BIN)/course run --full

test: $(READY)
	@$(BIN)/pytest --nbval -n 2 --dist loadscope -q

slurm-test: $(READY)
	@tests/slurm_test.sh

lab: $(READY)
	@$(BIN)/jupyter lab notebooks/01_plain_pytorch.ipynb

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
	rm -rf .venv build dist notebooks/lightning_logs notebooks/lesson_0? notebooks/*.ckpt notebooks/*.pt

# The stamp is written last: a set-up that was interrupted is begun afresh, a complete one that
# is out of date is brought up to date.
$(READY): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with: make PYTHON=python3.12")'
	@echo "Setting up .venv (a few minutes, once) …"
	@test -e $(READY) || "$(PYTHON)" -m venv --clear .venv
	@rm -f $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)
