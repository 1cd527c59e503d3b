"""A student's shell script runs for real, and what it calls is seen exactly."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from course_lib.exercises.engine import Wrong
from course_lib.exercises.programs import File
from course_lib.exercises.shell import ShellRun, run_shell

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")


def run(text: str, *arguments: str, **options: Any) -> ShellRun:
    return run_shell(File(Path("train.sbatch"), text), *arguments, **options)


def test_each_call_is_recorded_in_order_with_its_exact_arguments(home: Path) -> None:
    (home / "sub").mkdir()
    odd = ["a b", "", "it's", '"q"', "$HOME", "two\nlines", "é*", "-n"]
    ended = run('srun python "$@"; cd sub; SEED="1\n2" python last', *odd, programs=RELAY)
    assert ended.status == 0
    assert [call.program for call in ended.calls] == ["srun", "python"]
    assert ended.calls[0].arguments == ["python", *odd]
    assert ended.calls[0].folder == home
    assert ended.calls[1].arguments == ["last"]
    assert ended.calls[1].environment["SEED"] == "1\n2"


RELAY = {"srun": "exit 0", "python": ""}


def test_a_stand_in_may_start_another() -> None:
    ended = run("srun python x", programs={"srun": 'exec "$@"', "python": "exit 3"})
    assert ended.status == 3
    assert [(call.program, call.arguments) for call in ended.calls] == [
        ("srun", ["python", "x"]),
        ("python", ["x"]),
    ]


def test_status_and_output_are_the_scripts() -> None:
    ended = run("set -euo pipefail\necho out; echo err >&2\nsrun x\necho never", **FAILING)
    assert (ended.status, ended.output, ended.error) == (7, "out\n", "err\n")
    unset = run("set -u\necho $EXP_DIR")
    assert unset.status != 0
    assert unset.error == "train.sbatch: line 2: EXP_DIR: unbound variable\n"


FAILING: dict[str, Any] = {"programs": {"srun": "exit 7"}}


def test_the_script_sees_few_variables_and_those_that_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "9")
    ended = run(
        'echo "${SLURM_ARRAY_TASK_ID-none} $SLURM_JOB_ID"', environment={"SLURM_JOB_ID": "7"}
    )
    assert ended.output == "none 7\n"


def test_it_runs_from_a_copy_and_leaves_nothing(home: Path) -> None:
    ended = run('dirname "$0"; echo "$HOME" "$TMPDIR"; pwd')
    *places, folder = ended.output.split()
    assert folder == str(home)
    assert not any(Path(place).exists() for place in places)
    assert list(home.iterdir()) == [home / "notes.txt"]


@pytest.mark.parametrize("script", ["while true; do :; done", "sleep 600", "sleep 600 &"])
def test_a_script_without_end_is_stopped_with_all_that_it_started(script: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Wrong, match=r"`train\.sbatch` was stopped after 0\.2 s"):
        run(f"# {os.getpid()}\n{script}", limit=0.2)
    assert time.monotonic() - begun < 60
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "sleep 600" not in shown.splitlines()


def test_a_machine_without_bash_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Wrong, match="there is none on this machine"):
        run("true")
