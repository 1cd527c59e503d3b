"""Answers that are files beside the notebook: reading them, and running them as programs.

No file is read as code outside a check. A Python program runs in this process, as the main module,
since starting another Python and importing torch takes seconds; `shell.py` runs scripts.
"""

import ast
import contextlib
import importlib
import io
import os
import re
import sys
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from course_lib.exercises.answers import described
from course_lib.exercises.engine import NotAttempted, Wrong
from course_lib.exercises.inspection import is_own, open_line
from course_lib.exercises.sandbox import home, undone

_classes: list["weakref.ref[type]"] = []  # of the programs that have run
_LARGEST = 1_000_000  # bytes of a file that somebody has written
# A line, a list's item, a key's, a variable's or an option's value that is nothing but an ellipsis.
_OPEN_LINE = re.compile(
    r"""^\s*(-\s+)?((\#SBATCH\s+|export\s+)?[\w."'-]+\s*[:=]\s*)?(["']?)\.\.\.\4\s*(\#.*)?$""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class File:
    """A file of the student's: where it lies, and its text; `replace(file, text=…)` is another."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Its name, as code, for a sentence."""
        return f"`{self.path.name}`"


@dataclass(frozen=True)
class Run:
    """What came of a program: exit status, what it wrote, and its global variables."""

    status: int
    output: str
    error: str
    names: dict[str, Any]


def read_answer(path: Any) -> File:
    """Read a file of the student's; a relative path counts from the notebook's folder.

    Raises:
        Wrong: it is no path; there is no such file; it is no text, or an empty one, or no Python.
        NotAttempted: a line is still `...`: in Python wherever an answer may be open, elsewhere a
            line that is nothing else, or a value that is nothing else.
    """
    if not isinstance(path, str | Path):
        raise Wrong(f"Expected the path of your file, as a text, and got {described(path)}.")
    shown = f"`{_shortened(str(path))}`"
    file = File(home() / path, _text(home() / path, shown))
    if not file.text.strip():
        raise Wrong(f"The file {shown} is empty.")
    line = _open_line(file)
    if line is not None:
        raise NotAttempted(f"Line {line} of {file.name} is still `...`.")
    return file


def run_program(
    file: File,
    *arguments: str,
    name: str = "__main__",
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run a Python program in this process, as `python train.py fit …` would in its own.

    Everything is as it was afterwards: main module, command line, folder, environment, output, and
    modules that lie beside the program, which it imports anew.

    Args:
        file: its text is what runs; modules are looked for beside its path.
        *arguments: the command line, without the program.
        name: of the module; any other than the main module's is an import.
        folder: that its relative paths count from; by default where the check works, an empty one.
        environment: variables to set.

    Returns:
        Its exit status as of a process: an exit is no error. Any other exception comes through.
    """
    code = compile(file.text, str(file.path), "exec", dont_inherit=True)
    module = ModuleType(name)
    module.__file__ = str(file.path)
    output, error = io.StringIO(), io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(undone(os.chdir, Path.cwd()))
        stack.enter_context(_environment(environment or {}))
        stack.enter_context(_without_modules_in(file.path.parent))
        stack.enter_context(_without_classes_of_other_programs())
        stack.enter_context(_changed(sys.modules, name, module))
        for attribute, value in {
            "argv": [str(file.path), *arguments],
            "path": [str(file.path.parent), *sys.path],
            "stdout": output,
            "stderr": error,
            "dont_write_bytecode": True,
        }.items():
            stack.enter_context(_changed(vars(sys), attribute, value))
        os.chdir(folder or Path.cwd())
        status = 0
        try:
            exec(code, vars(module))
        except SystemExit as end:
            status = _status(end.code)
        finally:
            for each in (module, *_modules_in(file.path.parent).values()):
                _classes.extend(map(weakref.ref, _own_classes(each)))
    return Run(status, output.getvalue(), error.getvalue(), vars(module))


def _text(path: Path, shown: str) -> str:
    """The text of a file."""
    try:
        if path.is_file() and path.stat().st_size <= _LARGEST:
            return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        if path.is_file():
            raise Wrong(f"The file {shown} is far too large.")
        if path.is_dir():
            raise Wrong(f"{shown} is a folder; expected the path of a file.")
    except UnicodeDecodeError:
        raise Wrong(f"The file {shown} is no text in UTF-8; save it as such.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Wrong(f"The file {shown} cannot be read: {reason}.") from None
    raise Wrong(
        f"There is no file {shown}; looked in the folder {_shortened(str(path.parent))}. The first "
        "cells of the notebook put missing files there: run them again."
    )


def _open_line(file: File) -> int | None:
    """The line of a file that is still `...`."""
    if file.path.suffix != ".py":
        lines = enumerate(file.text.splitlines(), 1)
        return next((number for number, line in lines if _OPEN_LINE.match(line)), None)
    try:
        return open_line(ast.parse(file.text))
    except SyntaxError as error:
        place = f"Line {error.lineno or 1} of {file.name}"
        raise Wrong(f"{place} is no Python: {error.msg}.") from None
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) or "it is nested too deeply"
        raise Wrong(f"The file {file.name} is no Python: {reason}.") from None


def _shortened(text: str) -> str:
    plain = " ".join(text.split()).replace("`", "'")
    return plain if len(plain) <= 120 else f"…{plain[-119:]}"


@contextlib.contextmanager
def _changed(space: dict[str, Any], name: str, value: object) -> Iterator[None]:
    """Have another value, or a new one, under a name."""
    if name in space:
        undo = undone(space.__setitem__, name, space[name])
    else:
        undo = undone(space.pop, name, None)
    with undo:
        space[name] = value
        yield


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    with undone(os.environ.update, os.environ.copy()), undone(os.environ.clear):
        os.environ.update(variables)
        yield


@contextlib.contextmanager
def _without_modules_in(folder: Path) -> Iterator[None]:
    """Forget the modules that lie in a folder, before and after: their files may have changed."""
    before = _modules_in(folder)
    with undone(_replace_modules, folder, before):
        _replace_modules(folder, {})
        importlib.invalidate_caches()
        yield


@contextlib.contextmanager
def _without_classes_of_other_programs() -> Iterator[None]:
    """Have classes of earlier programs, and of the notebook, count as local ones.

    A command line looks for a class by its name among all subclasses that there are, and would
    find one of a program that has long ended.
    """
    earlier = [kind for reference in _classes if (kind := reference()) is not None]
    _classes[:] = map(weakref.ref, earlier)
    with contextlib.ExitStack() as stack:
        for kind in {*earlier, *_own_classes(sys.modules["__main__"])}:
            stack.enter_context(undone(_rename, kind, kind.__qualname__))
            _rename(kind, f"earlier.<locals>.{kind.__qualname__}")
        yield


def _rename(kind: type, name: str) -> None:
    type.__setattr__(kind, "__qualname__", name)


def _own_classes(module: ModuleType) -> list[type]:
    """The classes that a module itself defines, but for those in functions."""
    values = list(vars(module).values())
    return [v for v in values if isinstance(v, type) and v.__module__ == module.__name__]


def _replace_modules(folder: Path, modules: dict[str, ModuleType]) -> None:
    for name in _modules_in(folder):
        del sys.modules[name]
    sys.modules.update(modules)


def _modules_in(folder: Path) -> dict[str, ModuleType]:
    """The student's own modules that are imported from a folder."""
    found: dict[str, ModuleType] = {}
    for name, module in list(sys.modules.items()):
        file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
        if isinstance(file, str) and file.startswith(str(folder)) and is_own(file):
            place = folder.joinpath(*name.split("."))
            if file in (f"{place}.py", f"{place}{os.sep}__init__.py"):
                found[name] = module
    return found


def _status(code: object) -> int:
    """The exit status that Python makes of what `sys.exit` was given; a text goes to stderr."""
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) & 0xFF
    print(code, file=sys.stderr)
    return 1
