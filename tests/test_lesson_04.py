"""What lesson 04 promises to record, read from the run that its notebook makes."""

from pathlib import Path

import pytest
from PIL import Image

from course_lib.exercises import files
from course_lib.kit import kernel, live, notebook_files
from course_lib.tracking import RunRecord, read_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    """The run of the lesson's training; the lesson begins another one after it."""
    folder = tmp_path_factory.mktemp("lesson_04")
    source = files.notebook("notebooks", 4)
    notebook = notebook_files.read(source)
    notebook_files.write(notebook, folder / source.name)  # `log_code` looks for it
    live.run(kernel.execute(notebook, folder, environment={}))
    first, _ = sorted((folder / "lightning_logs" / "wandb").glob("offline-run-*"))
    return read_run(first)


def test_run_knows_where_it_belongs(run: RunRecord) -> None:
    assert (run.project, run.name, run.group) == ("lightning-course", "cnn-lr0.001", "lesson-04")
    assert run.tags == ("cnn", "mnist")
    assert run.exit_code == 0


def test_config_holds_hyperparameters_of_model_data_and_by_hand(run: RunRecord) -> None:
    assert run.config["lr"] == 0.001
    assert run.config["network"]["class_path"] == "course_lib.models.networks.CNN"
    assert run.config["val_fraction"] == 0.2
    assert run.config["idea"] == "a first try"


def test_history_holds_training_and_validation_on_lightnings_steps(run: RunRecord) -> None:
    columns = {"train_loss", "val_loss", "val_acc", "test_acc", "epoch", "trainer/global_step"}
    assert columns <= set(run.history)
    accuracies = run.history[["epoch", "val_acc"]].dropna()
    assert accuracies["epoch"].is_monotonic_increasing
    assert len(accuracies) > 1
    steps = run.history.loc[run.history["train_loss"].notna(), "trainer/global_step"]
    assert steps.is_monotonic_increasing
    assert steps.is_unique


def test_histograms_hold_logits_and_watched_gradients_and_parameters(run: RunRecord) -> None:
    assert len(run.histograms["train_logits"]) >= 1
    layers = {f"network.layers.{layer}.weight" for layer in (0, 3, 7, 10)}
    for kind in ("gradients", "parameters"):
        assert {f"{kind}/{layer}" for layer in layers} <= set(run.histograms)
    gradients = run.histograms["gradients/network.layers.0.weight"]
    assert all(sum(counts) > 0 for counts in gradients["counts"])


def test_each_epoch_has_twenty_captioned_images(run: RunRecord) -> None:
    pictures = run.media[run.media["key"] == "predictions"]
    assert set(pictures.groupby("_step").size()) == {20}
    assert pictures["caption"].str.match(r"true \d, (✗ )?predicted \d \(\d+%\)").all()
    assert {Image.open(Path(path)).size for path in pictures["path"]} == {(28, 28)}


def test_tables_hold_predictions_digits_and_a_text(run: RunRecord) -> None:
    assert list(run.tables["predictions_table"]["true"].astype(int).between(0, 9)) == [True] * 20
    assert list(run.tables["per_digit"]["digit"]) == list(range(10))
    assert "CNN" in run.tables["notes"]["note"].iloc[0]


def test_code_model_and_machine_are_recorded(run: RunRecord) -> None:
    assert set(run.artifacts.values()) == {"code", "model"}
    assert len(run.system) > 0
