"""How results look: a line of text in a terminal, a line of HTML in a notebook.

Symbol and word carry the outcome, colour only repeats it: middle tones, which stand out from a
light page and from a dark one, and which JupyterLab leaves alone in notebooks it does not trust.
"""

import html
import sys
from typing import Any

_STYLES = {  # outcome: (symbol, colour of the bar at the left)
    "passed": ("✓", "#2e9e44"),
    "failed": ("✗", "#d84343"),
    "not attempted": ("○", "#2b88d8"),
    "timed out": ("∞", "#c77700"),
}
_LANGUAGES = {"py": "python", "yaml": "yaml"}  # of the student's files; the others are bash


def symbol(outcome: str) -> str:
    """The sign of an outcome."""
    return _STYLES[outcome][0]


def is_outcome(text: str) -> bool:
    """Whether there is such an outcome."""
    return text in _STYLES


def as_text(id: str, title: str, outcome: str, message: str) -> str:
    """One line: symbol, exercise, outcome, and what there is to say."""
    return f"{symbol(outcome)} {id} {title} · {outcome}: {message}"


def as_html(id: str, title: str, outcome: str, message: str) -> str:
    """The same line for a notebook, marked as a status for screen readers."""
    sign, colour = _STYLES[outcome]
    return (
        f'<div role="status" style="border-left: 4px solid {colour}; padding: 2px 10px">'
        f'<strong><span aria-hidden="true" style="color: {colour}">{sign}</span> '
        f"{html.escape(id)} {_code(title)} · {html.escape(outcome)}</strong><br>"
        f"{_code(message)}</div>"
    )


def show(text: str, **result: str) -> None:
    """Show a result; in a notebook its parts go along as metadata, for programs to read."""
    parts = {name: str(value) for name, value in result.items()}
    _show(text, "text/html", as_html(**result), course=parts)


def show_hint(text: str) -> None:
    """Show a hint."""
    _show(text, "text/html", f'<div style="padding: 2px 14px">{_code(text)}</div>')


def show_code(code: str, file: str = "") -> None:
    """Show the reference solution: of cells or, with its path, a file."""
    ending = file.rpartition(".")[2]
    language = _LANGUAGES.get(ending, "bash" if file else "python")
    heading = f"`{file}`\n\n" if file else ""
    text = f"# {file}\n{code}" if file else code
    _show(text, "text/markdown", f"{heading}```{language}\n{code}\n```")


def _show(text: str, kind: str, rich: str, **metadata: object) -> None:
    if _in_notebook():
        from IPython.display import display

        display({"text/plain": text, kind: rich}, raw=True, metadata=metadata)
    else:
        _print(text)


def _print(text: str) -> None:
    """Print with `?` for what the terminal's encoding lacks: Windows' own has no ✓."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))


def _code(text: str) -> str:
    """Escape a text; what stands between backquotes becomes code."""
    pieces = html.escape(text).split("`")
    if len(pieces) % 2 == 0:  # a backquote without its partner
        return html.escape(text)
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(pieces))


def _in_notebook() -> bool:
    ipython: Any = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None
