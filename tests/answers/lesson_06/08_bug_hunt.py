"""6.8 bug_hunt"""

# %% setup
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
HUNT_1 = """#!/bin/bash
for lr in 0.1 0.01 0.001; do
    python -m course_lib fit -c base.yaml -c model.yaml --experiment rates --model.lr=$lr
done
"""
HUNT_2 = """#!/bin/bash
test -n "${EXP_DIR-}" || { echo "EXP_DIR is not set" >&2; exit 1; }
python -m course_lib fit "$@" --output "$EXP_DIR/runs"
"""
HUNT_3 = """
trainer:
  callbacks:
    - class_path: ModelCheckpoint
      init_args:
        filename: best
        monitor: val_acc
        mode: max
model:
  class_path: LitClassifier
  init_args:
    network: MLP
    scheduler: ReduceLROnPlateau
    scheduler_options:
      factor: 0.5
      patience: 3
"""
HUNT_4 = """
import random, time, uuid
from datetime import datetime
from pathlib import Path


def run_folder(root):
    while True:
        folder = root / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
"""
HUNT_5 = """#!/bin/bash
set -o pipefail
srun python -m course_lib fit "$@" | tee train.log || exit
echo "training done"
"""


def hunt(name, *changes):
    """The file of that name, with some parts of it changed."""
    text = {
        "hunt_1.sh": HUNT_1,
        "hunt_2.sh": HUNT_2,
        "hunt_3.yaml": HUNT_3,
        "hunt_4.py": HUNT_4,
        "hunt_5.sbatch": HUNT_5,
    }[name]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return saved(name, text)


def saved(name, text):
    (folder / name).write_text(text, "utf-8")
    return folder / name


one, two = hunt("hunt_1.sh"), hunt("hunt_2.sh")
three, four, five = hunt("hunt_3.yaml"), hunt("hunt_4.py"), hunt("hunt_5.sbatch")

# %% call
check.bug_hunt(one, two, three, four, five)
# %% right: as in the setup, which is what the wrong ones differ from
pass


# %% right: three commands, set -u and a test, val_loss, a number after the time, PIPESTATUS
one = saved(
    "hunt_1.sh",
    """
COMMON=(-c base.yaml --config model.yaml --experiment "rates")
python3 -m course_lib fit "${COMMON[@]}" --model.lr 0.1
python3 -m course_lib fit "${COMMON[@]}" --model.lr 0.01
python3 -m course_lib fit "${COMMON[@]}" --model.init_args.lr 0.001
""",
)
two = saved(
    "hunt_2.sh",
    """
set -u
if [[ -z "$EXP_DIR" ]]; then
    echo "error: EXP_DIR is empty" >&2
    exit 2
fi
CLI_ARGS=("$@")
python -m course_lib fit "${CLI_ARGS[@]}" --output="${EXP_DIR}/runs"
""",
)
three = saved(
    "hunt_3.yaml",
    """
model:
  init_args: {network: MLP, scheduler: ReduceLROnPlateau, scheduler_options: {patience: 3, factor: 5e-1}}
  class_path: course_lib.models.LitClassifier
trainer:
  callbacks: [{class_path: pytorch_lightning.callbacks.ModelCheckpoint, init_args: {monitor: val_loss, filename: best}}]
""",
)
four = saved(
    "hunt_4.py",
    """
import itertools
import datetime


def run_folder(root):
    root.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        path = root.joinpath(datetime.datetime.now().strftime("%Y%m%d-%H%M%S") + f"_{number:03}")
        try:
            path.mkdir()
            return path
        except FileExistsError:
            pass
""",
)
five = saved(
    "hunt_5.sbatch",
    """
srun python -m course_lib fit "$@" | tee train.log
status=${PIPESTATUS[0]}
if (( status )); then echo "failed: $status"; else echo "training done"; fi
exit "$status"
""",
)


# %% right: mkdtemp, and a wait for the second to be over
four = saved(
    "hunt_4.py",
    """
import tempfile, time
from pathlib import Path


def run_folder(root):
    root.mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=root))
""",
)
five = saved(
    "hunt_5.sbatch",
    """
set -e
srun python -m course_lib fit "$@" > train.log 2>&1 || { status=$?; cat train.log; exit $status; }
cat train.log
echo "training done"
""",
)


# %% wrong: two of three rates
# says: hunt_1.sh` starts 2 runs
one = hunt("hunt_1.sh", (" 0.001", ""))


# %% wrong a: quotation marks alone
# says: `--model.lr` still stands in front of a file
one = hunt("hunt_1.sh", (" --model.lr=$lr", ""), ("fit", 'fit --model.lr "$lr"'))


# %% wrong a: the name of the variable
# says: the runs have the learning rates lr, lr, lr
one = hunt("hunt_1.sh", ("=$lr", "=lr"))


# %% wrong b: without the file
# says: the rest of the command line is not what it was
one = hunt("hunt_1.sh", (" -c base.yaml", ""))


# %% wrong: a word that is no command
# says: hunt_2.sh` starts 0 runs
two = hunt("hunt_2.sh", ("python", "pyton"))


# %% wrong c: no quotation marks
# says: of `--experiment 'two layers' …` the program gets
two = hunt("hunt_2.sh", ('"$@"', "$@"))


# %% wrong d: no quotation marks there
# says: the `--output` ends in
two = hunt("hunt_2.sh", ('"$EXP_DIR/runs"', "$EXP_DIR/runs"))


# %% wrong e: an empty one
# says: with an empty EXP_DIR the training begins, with the `--output` `/runs`
two = hunt(
    "hunt_2.sh", ('test -n "${EXP_DIR-}" || { echo "EXP_DIR is not set" >&2; exit 1; }', "set -u")
)


# %% wrong e: it ends without a word
# says: neither a sentence nor
two = hunt("hunt_2.sh", ('echo "EXP_DIR is not set" >&2; exit 1', "exit 0"))


# %% wrong: no YAML
# says: hunt_3.yaml` is no YAML, from line
three = hunt("hunt_3.yaml", ("mode: max", "mode: [max"))


# %% wrong f: nothing is watched
# says: the checkpoint's `monitor` is None
three = hunt("hunt_3.yaml", ("        monitor: val_acc\n        mode: max\n", ""))


# %% wrong f: the least accuracy
# says: the best `val_acc` is the worst
three = hunt("hunt_3.yaml", ("        mode: max\n", ""))


# %% wrong g: twice as much
# says: It says: Factor should be < 1.0
three = hunt("hunt_3.yaml", ("factor: 0.5", "factor: 2"))


# %% wrong g: too little
# says: multiplied by 0.1
three = hunt("hunt_3.yaml", ("factor: 0.5", "factor: 0.1"))


# %% wrong h: another name of the file
# says: something that was right is another now
three = hunt("hunt_3.yaml", ("filename: best", "filename: last"))


# %% wrong h: no scheduler, no fault
# says: something is missing that was there: KeyError('scheduler_options')
three = hunt("hunt_3.yaml", ("    scheduler_options:\n      factor: 0.5\n      patience: 3\n", ""))


# %% wrong: another name
# says: there is no function `run_folder`
four = hunt("hunt_4.py", ("def run_folder", "def folder"))


# %% wrong i: the name alone
# says: returns an object of the class `str`
four = hunt("hunt_4.py", ("return folder", "return folder.name"))


# %% wrong i: no time
# says: has another name; expected one that begins so
four = hunt("hunt_4.py", ("{time.strftime('%Y%m%d-%H%M%S')}-", ""))


# %% wrong j: microseconds, and what is there is taken
# says: two runs that begin in the same second
four = hunt(
    "hunt_4.py",
    (
        "{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}",
        "{datetime.now():%Y%m%d-%H%M%S-%f}",
    ),
    ("parents=True", "parents=True, exist_ok=True"),
)


# %% wrong j: a random number, and no second try
# says: with the same seed, ask for one folder
four = hunt("hunt_4.py", ("uuid.uuid4().hex[:8]", "random.random()"), ("continue", "raise"))


# %% wrong j: it asks first
# says: between asking whether a folder exists and making it
four = saved(
    "hunt_4.py",
    """
import time


def run_folder(root):
    folder = root / time.strftime("%Y%m%d-%H%M%S")
    number = 1
    while folder.exists():
        folder = folder.with_name(f"{folder.name[:15]}-{number}")
        number += 1
    folder.mkdir(parents=True, exist_ok=True)
    return folder
""",
)


# %% wrong l: another command
# says: with other arguments than before
five = hunt("hunt_5.sbatch", ('"$@"', "$@"), ("fit", "test"))


# %% wrong k: all is done
# says: the training fails, and then comes
five = hunt("hunt_5.sbatch", (" || exit", ""), ("set -o pipefail\n", ""))


# %% wrong k: COMPLETED
# says: for Slurm the job is COMPLETED
five = hunt("hunt_5.sbatch", ("|| exit", "|| exit 0"))


# %% wrong l: no log
# says: is not in `train.log` any more
five = hunt("hunt_5.sbatch", (" | tee train.log", ""))


# %% wrong l: the log alone
# says: is not in the job's output any more
five = hunt("hunt_5.sbatch", ("| tee train.log", "> train.log"))


# %% wrong l: nothing is said in the end
# says: after a training without error the exit status is 0
five = hunt("hunt_5.sbatch", ('echo "training done"', ""))
