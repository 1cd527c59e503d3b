"""A wrong command line gets one sentence that names the fault and the way out."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from course_lib.training import main

BASE = (
    "--model LitClassifier --model.network MLP --data ImageDataModule --trainer.max_epochs 1 "
    "--trainer.enable_progress_bar false --trainer.enable_model_summary false "
)
TEXT = "--model LitTextClassifier --data TextDataModule"
FILES = {
    "half.yaml": "model:\n  class_path: LitClassifier\n   init_args: [\n",
    "twice.yaml": "trainer:\n  max_epochs: 1\ntrainer:\n  max_steps: 1\n",
    "list.yaml": "- a\n- b\n",
    "empty.yaml": "",
    "word.yaml": "trainer:\n  max_epochs\n",
    "beside.yaml": "data:\n  class_path: ImageDataModule\n  source: digits\n",
    "section.yaml": "trainr:\n  max_epochs: 1\n",
    "type.yaml": "trainer:\n  max_epochs: three\n",
    "target.yaml": "model:\n  init_args:\n    network:\n      init_args:\n        num_classes: 3\n",
}

# the words after `fit` and BASE; what the sentence has to say
WRONG = {
    "--trainer.max_epoch 3": "trainer.max_epoch' (did you mean trainer.max_epochs?)",
    "--lr 0.1": "'lr' (did you mean model.lr?)",
    "--print_confg": "did you mean print_config?",
    "--trainer.max_epochs three": "--trainer.max_epochs is 'three'; expected a whole number",
    "--trainer.precision 17": "--trainer.precision is '17'; expected 64, 32,",
    "--model.lr fast": "--model.lr is 'fast'; expected a number.",
    "--model.lr": "--model.lr lacks a value",
    "--model.lrr 3": "LitClassifier (model) has no 'lrr' (did you mean lr?)",
    "--model LitClasifier": "no model (did you mean LitClassifier?); expected LitClassifier",
    "--model.network MLPP": "--model.network is 'MLPP', which is no network (did you mean MLP?)",
    "--model.network mine.Net": "--model.network is 'mine.Net': no network can be",
    "--model.network.fc9 3": "MLP (model.network) has no 'fc9' (did you mean fc2?); it takes",
    "--model.network.fc1 0": "fc1 is 0 and fc2 is 64; expected at least 1.",
    "--data ImageDatModule": "no data module (did you mean ImageDataModule?)",
    "--data.source mnst": "source is 'mnst'; expected one of",
    "--model.optimizer Adamm": "torch.optim has no 'Adamm'; expected one of",
    "--model.scheduler Step": "lr_scheduler has no 'Step'; expected one of",
    "--model.scheduler_options.factor 0.5": "but scheduler is None",
    "--trainer.callbacks+=EarlyStoping": "no callback (did you mean EarlyStopping?)",
    "--trainer.callbacks+=EarlyStopping": "EarlyStopping needs monitor: give --trainer",
    "--trainer.accelerator quantum": "Available names are",
    "--trainer.strategy dpp": "--trainer.strategy is 'dpp'; expected auto, ddp",
    "--seed_everything -1": "--seed_everything is -1; expected 0 to 4294967295",
    "--experiment a/b": "experiment is 'a/b'; expected letters",
    "--tags x": "--tags is 'x'; expected a list like [a, b].",
    "--image_size big": "--image_size is 'big'; expected a whole number.",
    "--data.image_size 20": "set --image_size, for the data and the network",
    "--model.network.num_classes 3": "the classes of the data count",
    "-c target.yaml": "model.network.num_classes in target.yaml has no effect",
    "-c missing.yaml": "The file missing.yaml does not exist",
    "-c .": "The file . is a folder",
    "-c": "-c lacks a value",
    "-c half.yaml": "half.yaml, line 3 is no YAML",
    "-c twice.yaml": "twice.yaml, line 3: trainer is set twice; keep one of the two.",
    "-c list.yaml": "list.yaml holds no names with values",
    "-c empty.yaml": "empty.yaml is empty",
    "-c word.yaml": "trainer in word.yaml is 'max_epochs'",
    "-c beside.yaml": "data.source in beside.yaml stands beside class_path",
    "-c section.yaml": "(in section.yaml) (did you mean trainer.max_epochs?)",
    "-c type.yaml": "trainer.max_epochs in type.yaml is 'three'",
    "half.yaml": "half.yaml stands alone: -c belongs before each file",
    "oops": "'oops' stands alone",
    "-model.lr 1": "-model.lr has one dash",
    "—model.lr 1": "—model.lr begins with a long dash",
    "--ckpt_path none.ckpt": "There is no checkpoint 'none.ckpt'",
    "--ckpt_path junk.ckpt": "junk.ckpt cannot be read as a checkpoint",
    "--ckpt_path other.ckpt --model.lr 0.5": "was trained with model.lr=0.001, and",
    "--model.scheduler StepLR": "StepLR cannot be built from {} (",
    "--model.scheduler ReduceLROnPlateau --model.scheduler_options.factor 2": "should be < 1.0",
    "--model.scheduler ReduceLROnPlateau --model.monitor acc": "--model.monitor is 'acc'",
}
ALONE = {
    "": "Say what to do",
    "fitt": "There is no subcommand 'fitt' (did you mean fit?)",
    "FIT": "FIT is fit, in small letters",
    "--model LitClassifier fit": "The subcommand comes first",
    "fit": "data and model missing",
    "fit --model LitClassifier --data ImageDataModule": "LitClassifier needs network",
    f"test {BASE} --ckpt_path best": "best and last are known only after a training",
    f"fit_and_test {BASE}": "no ModelCheckpoint says what is best",
    f"fit {TEXT} --pretrained_model ./none": "'./none': there is no such folder.",
    f"fit {TEXT} --data.max_length 1": "max_length is 1; expected a whole number of at least 3.",
    f"fit {TEXT} --data.folder none": "none has no train.tsv and no dev.tsv",
    f"fit {TEXT} --model.heads 5": "hidden_size is 64; expected a multiple of heads, 5.",
    f"fit {TEXT} --model.head 2": "LitTextClassifier (model) has no 'head' (did you mean heads?)",
    f"debug {BASE} --epochs 0": "epochs is 0",
    f"debug {BASE} --epochs 1 --bound 0.000001": "expected below 1e-06",
}
Say = Callable[[str], tuple[int, str]]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Say:
    """Run a command line that is wrong; return its exit status and what it says last."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "junk.ckpt").write_bytes(b"junk")
    spec = {"class_path": "course_lib.models.MLP", "init_args": {"fc1": 128, "fc2": 64}}
    torch.save({"hyper_parameters": {"network": spec, "lr": 0.001}}, tmp_path / "other.ckpt")

    def say(line: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(shlex.split(line))
        error = capfd.readouterr().err
        assert "Traceback" not in error
        return int(left.value.code or 0), error[error.rindex("error: ") :].strip()

    return say


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("line", "sentence"), [*((f"fit {BASE}{k}", v) for k, v in WRONG.items()), *ALONE.items()]
)
def test_a_wrong_command_line_gets_one_sentence_with_the_way_out(
    say: Say, tmp_path: Path, line: str, sentence: str
) -> None:
    status, message = say(line)
    assert status in (1, 2)
    assert sentence in message
    assert "\n" not in message
    assert "NestedArg" not in message
    assert not [folder for folder in tmp_path.glob("runs/*/*") if not any(folder.iterdir())]


def test_a_traceback_is_shown_to_who_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="which is no model"):
        main(["fit", "--model", "Nothing", "--data", "ImageDataModule", "--traceback"])


def test_the_words_of_the_process_are_left_as_they_were(say: Say) -> None:
    before = list(sys.argv)
    say("fitt")
    assert sys.argv == before


def test_the_help_of_fit_names_the_flags_of_the_classes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--model", "LitClassifier", "--model.network", "CNN", "--help"])
    text = capsys.readouterr().out
    for flag in (
        "--model.lr",
        "--model.scheduler",
        "--data.batch_size",
        "--model.network.channels",
    ):
        assert flag in text
    assert "--model.network.fc1" not in text
    assert "--model.network.num_classes" not in text
