"""Lesson 07 on somebody else's table, as it would lie below Kaggle's inputs."""

from pathlib import Path

import pandas as pd

from course_lib.data.series import write_series
from course_lib.exercises import files
from course_lib.kit import kernel, live, notebook_files


def test_the_lesson_runs_on_a_table_of_ones_own(tmp_path: Path) -> None:
    own = write_series(tmp_path / "input", train_days=140, test_days=42, anomalies=2)
    for part in ("train.csv", "test.csv"):
        pd.read_csv(own / part).drop(columns="kind").to_csv(own / part, index=False)
    notebook = notebook_files.read(files.notebook("notebooks", 7))
    (cell,) = [cell for cell in notebook.cells if "tables = write_series(folder)" in cell.source]
    cell.source = cell.source.replace("write_series(folder)", f"Path({str(own)!r})")
    notebook_files.write(notebook, tmp_path / "lesson.ipynb")
    live.run(kernel.execute(notebook, tmp_path, environment={}))
    printed = [
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    ]
    assert any("each method, each kind: (1, 3)" in text for text in printed)
