"""How results look, in a terminal and in a notebook."""

import contextlib
import io
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from course_lib.exercises import rendering
from course_lib.exercises.engine import Outcome, exercise

RESULT = {"id": "2.1", "title": "Write `forward`", "message": "Use `x`."}


@pytest.mark.parametrize("outcome", Outcome)
def test_symbol_and_word_carry_every_outcome(outcome: Outcome) -> None:
    for text in (
        rendering.as_text(**RESULT, outcome=outcome),
        rendering.as_html(**RESULT, outcome=outcome),
    ):
        assert rendering._STYLES[outcome][0] in text
        assert outcome.value in text
    assert len({symbol for symbol, _ in rendering._STYLES.values()}) == len(Outcome)


def test_text_is_one_line() -> None:
    text = rendering.as_text(**RESULT, outcome="failed")
    assert text == "✗ 2.1 Write `forward` · failed: Use `x`."


def words(html: str) -> str:
    """What a reader sees; fails if a tag is left open."""
    seen: list[str] = []
    still_open: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag != "br":
                still_open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert still_open.pop() == tag

        def handle_data(self, data: str) -> None:
            seen.append(data)

    parser = Parser()
    parser.feed(html)
    parser.close()
    assert still_open == []
    return "".join(seen)


def test_what_an_answer_says_is_never_markup() -> None:
    message = 'Found <script>alert(1)</script> & "quotes" in `<b>`.'
    html = rendering.as_html("2.1", "A < B", "failed", message)
    assert "<script" not in html
    assert "<b>" not in html
    assert 'Found <script>alert(1)</script> & "quotes" in <b>.' in words(html)
    assert "A < B" in words(html)


@pytest.mark.parametrize(
    ("message", "html"),
    [
        ("Use `x`.", "Use <code>x</code>."),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("one ` alone", "one ` alone"),
    ],
)
def test_backquotes_become_code(message: str, html: str) -> None:
    assert html in rendering.as_html("2.1", "T", "failed", message)


def test_a_terminal_that_knows_no_symbols_is_no_obstacle() -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    with contextlib.redirect_stdout(terminal):
        rendering.show("✓ 2.1 \ud800", id="2.1", title="T", outcome="passed", message="✓")
        rendering.show_hint("Look → there")
        rendering.show_code("x = 'é'")
    written = terminal.buffer.getvalue()  # type: ignore[attr-defined]
    assert written.splitlines() == [b"? 2.1 ?", b"Look ? there", b"x = '?'"]


NOTEBOOK = '''
import ipywidgets
from course_lib.exercises.engine import exercise, require

@exercise("9.1", why="It is `1`.", hints=("a nudge", "more"))
def one(answer):
    """Give one."""
    print("a check prints")
    from IPython.display import display
    display("a check displays")
    with ipywidgets.Output():  # as Rich's progress bar does, which Lightning prefers if it is there
        print("a check has a widget")
    require(answer == 1, "It is `1`.")
'''


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[dict]]:
    """What the cells of a tiny notebook show."""
    folder: Path = tmp_path_factory.mktemp("notebook")
    cells = [
        NOTEBOOK,
        "one(1)",
        "if one(2):\n    print('guarded')",
        "one.hint()",
        "result = one(...); result",
        "one(lambda: int('\\ud800'))",
        "def answer():\n    x = 1\n    return ...\none(answer)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}})
    return [cell.outputs for cell in client.execute().cells]


def test_a_check_at_the_end_of_a_cell_shows_its_result_once(outputs: list[list[dict]]) -> None:
    assert outputs[0] == []
    (output,) = outputs[1]
    assert output["output_type"] == "display_data"
    message = "It is `1`. To compare: `check.one.solution()`."
    assert output["data"]["text/plain"] == f"✓ 9.1 Give one · passed: {message}"
    assert "<code>1</code>" in output["data"]["text/html"]
    assert output["metadata"]["course"] == {
        "id": "9.1",
        "title": "Give one",
        "outcome": "passed",
        "message": message,
    }


def test_a_guarded_cell_does_not_run_on_a_wrong_answer(outputs: list[list[dict]]) -> None:
    (output,) = outputs[2]
    assert output["metadata"]["course"]["outcome"] == "failed"


def test_a_hint_is_shown_once(outputs: list[list[dict]]) -> None:
    (output,) = outputs[3]
    assert output["data"]["text/plain"] == "Hint 1 of 2 for 9.1: a nudge"


def test_a_result_that_is_looked_at_again_is_not_shown_twice(outputs: list[list[dict]]) -> None:
    (output,) = outputs[4]
    assert output["metadata"]["course"]["outcome"] == "not attempted"


def test_the_line_that_is_open_is_that_of_the_cell(outputs: list[list[dict]]) -> None:
    (output,) = outputs[6]
    assert "line 3 of your cell is still `...`" in output["data"]["text/plain"]


def test_the_exercise_of_this_file_prints_in_a_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path))

    @exercise("9.8", why="w", hints=("a", "b"))
    def one(answer: object) -> None:
        """Give one."""

    one(1)
    expected = "✓ 9.8 Give one · passed: w To compare: `check.one.solution()`.\n"
    assert capsys.readouterr().out == expected
