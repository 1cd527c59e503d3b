"""Shell scripts of the student's, run in bash with stand-ins for the programs that they start."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_lib.exercises.engine import Wrong
from course_lib.exercises.programs import File

# Says how it was called, all lengths first, as any text may stand in an argument.
_STAND_IN = """#!{bash}
names=($(compgen -e))
record=({name} "$PWD" "$#" "$@" "${{#names[@]}}")
for name in "${{names[@]}}"; do record+=("$name" "${{!name}}"); done
printf '%s\\0' "${{record[@]}}" >> {calls}
{body}
"""


@dataclass(frozen=True)
class Call:
    """How a script called a stand-in: the program's name, its arguments, where and with what."""

    program: str
    arguments: list[str]
    folder: Path
    environment: dict[str, str]


@dataclass(frozen=True)
class ShellRun:
    """What came of a shell script: exit status, what it wrote, and what it called, in order."""

    status: int
    output: str
    error: str
    calls: list[Call]


def run_shell(
    file: File,
    *arguments: str,
    programs: Mapping[str, str] | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    limit: float = 3.0,
) -> ShellRun:
    """Run a shell script with bash and stand-ins for programs that it starts.

    It runs from a copy in another folder, as with Slurm, and with few variables: `PATH`, `HOME`,
    `USER`, `LANG`, `TMPDIR`, and what is given.

    Args:
        file: its text is what runs.
        *arguments: of the script.
        programs: for the name of each stand-in the bash code that it runs once it has recorded how
            it was called, such as `exec "$@"` or `exit 3`, or nothing.
        folder: where it runs; by default where the check works.
        environment: more variables.
        limit: seconds.

    Raises:
        Wrong: there is no bash on this machine; the script was stopped at the limit.
    """
    bash = shutil.which("bash")
    if bash is None or os.name == "nt":  # where it is WSL's, which has other paths
        raise Wrong("This check runs your script with bash, and there is none on this machine.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as spool:
        calls, script, stand_ins = (Path(spool, part) for part in ("calls", "script", "bin"))
        for part in (script, stand_ins):
            part.mkdir()
        calls.touch()
        for program, body in (programs or {}).items():
            text = _STAND_IN.format(bash=bash, name=program, calls=f"'{calls}'", body=body)
            (stand_ins / program).write_text(text, "utf-8")
            (stand_ins / program).chmod(0o755)
        (script / file.path.name).write_text(file.text, "utf-8", newline="\n")
        variables = {
            "PATH": f"{stand_ins}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": spool,
            "USER": "student",
            "LANG": "C.UTF-8",
            "TMPDIR": spool,
            **(environment or {}),
        }
        command = [bash, str(script / file.path.name), *arguments]
        status, output, error = _bounded(command, folder or Path.cwd(), variables, limit, file.name)
        plain = error.replace(f"{script}{os.sep}", "")
        return ShellRun(status, output, plain, _calls(calls))


def _bounded(
    command: list[str], folder: Path, variables: dict[str, str], limit: float, name: str
) -> tuple[int, str, str]:
    """Run a command in a process group of its own, of which nothing is left in the end."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            output, error = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise Wrong(f"{name} was stopped after {limit:g} s: it does not end.") from None
        finally:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, output, error


def _calls(file: Path) -> list[Call]:
    """What the stand-ins have recorded."""
    parts = iter(file.read_bytes().decode("utf-8", "replace").split("\0")[:-1])
    found = []
    for program in parts:
        folder = Path(next(parts))
        arguments = [next(parts) for _ in range(int(next(parts)))]
        environment = {next(parts): next(parts) for _ in range(int(next(parts)))}
        found.append(Call(program, arguments, folder, environment))
    return found
