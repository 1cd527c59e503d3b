"""`python -m course_lib`: Lightning's command line, with two more subcommands, links and folders.

    python -m course_lib fit_and_test -c configs/base.yaml -c configs/digits_data.yaml \\
        -c configs/mlp_model.yaml --model.lr 0.01
"""

import contextlib
import inspect
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NoReturn

import pytorch_lightning as pl
import torch
import yaml
from jsonargparse import ArgumentError, Namespace
from pytorch_lightning.cli import ArgsType, LightningArgumentParser, LightningCLI
from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.plugins import CheckpointIO

import course_lib.data
import course_lib.models
import course_lib.requeue  # what is imported goes by its bare name  # noqa: F401
from course_lib import settings
from course_lib.callbacks import AtomicCheckpointIO
from course_lib.training import checkpoints, sentences, usage
from course_lib.training.links import SOURCES, links
from course_lib.training.runs import LogFile, RunRecord, keep_metrics, run_folder
from course_lib.training.trainer import CourseTrainer

NOISE = (  # true, and of no use to who runs a program
    "Experiment logs directory .* exists and is not empty",
    "The `srun` command is available on your system but is not used",
    ".*The dirpath has changed from",
    ".*LeafSpec",
)
UNTRAINED = ("validate", "test", "predict")
PLAIN_LOGGERS = ("CSVLogger", "TensorBoardLogger")  # <save_dir>/<name>/<version>


class CourseCLI(LightningCLI):
    """LightningCLI for any model and any data by class name, with the words of `sys.argv`.

    Raises:
        UsageError: the command line is wrong; says what, and what to do.
    """

    def __init__(self) -> None:
        usage.refuse_files(sys.argv[1:])
        quiet = {"exit_on_error": False, "allow_abbrev": False}  # `usage` says what is wrong
        super().__init__(
            model_class=pl.LightningModule,
            datamodule_class=pl.LightningDataModule,
            trainer_class=CourseTrainer,
            trainer_defaults=_environment(),
            save_config_callback=RunRecord,
            seed_everything_default=42,
            parser_kwargs={
                "prog": "python -m course_lib",
                **quiet,
                **{name: dict(quiet) for name in self.subcommands()},
            },
            subclass_mode_model=True,
            subclass_mode_data=True,
            auto_configure_optimizers=False,  # LitClassifier has an optimizer and a scheduler
        )

    @staticmethod
    def subcommands() -> dict[str, set[str]]:
        """Lightning's, and two of our own: methods of CourseTrainer.

        Where the command line names one, that one alone: each takes time to prepare.
        """
        known = LightningCLI.subcommands()
        known = {**known, "fit_and_test": known["fit"], "debug": {"model", "datamodule"}}
        return {name: known[name] for name in known if name in sys.argv[1:2]} or known

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add what belongs to a run as a whole, and let values flow from one part to another."""
        add = parser.add_argument
        add(
            "--experiment",
            type=str | None,
            help="Name of the experiment; else the network's.",
        )
        add("--output", type=str, default="runs", help="Folder of all runs: a disk with room.")
        add("--archive", type=str | None, help="Folder for a zip of the run's, once it is done.")
        add("--group", type=str | None, help="Group of the run, for its record and for W&B.")
        add("--tags", type=list[str], default=[], help="Tags, for its record and for W&B.")
        watch = Literal["gradients", "parameters", "all"] | None
        add("--watch", type=watch, help="What W&B draws histograms of.")
        add("--image_size", type=int, default=28, help="Size of the images, for data and network.")
        add(
            "--pretrained_model",
            type=str | None,
            help="A folder, or a name on the Hugging Face hub: of a text model and its tokenizer.",
        )
        for target, (source, moment) in links(sys.argv[1:]).items():
            parser.link_arguments(source, target, apply_on=moment)

    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        """Read the command line; refuse what a link would overwrite without a word."""
        words = sys.argv[1:]
        try:
            super().parse_arguments(parser, args)
        except SystemExit:
            if {"--help", "-h"} & set(words[1:]):
                sentences.print_class_help(words)
            raise
        except ArgumentError as error:
            parsers = self._subcommand_parsers
            flags = _flags(parsers[words[0]]) if words[:1] and words[0] in parsers else [*parsers]
            raise usage.UsageError(sentences.sentence(str(error), words, flags)) from error
        usage.refuse_targets(words, SOURCES)
        name = self.config.subcommand
        given = {key for key, _ in usage.given(words)}
        checkpoints.refuse_other_model(self.config[name], given, name not in UNTRAINED)

    def instantiate_classes(self) -> None:
        """Build everything, with the run's folder where a path is open.

        The configuration that is saved stays as it was given: used again, it gets another folder.
        """
        given = self.config
        config = given[self.subcommand]
        self.experiment = config.experiment or _network_name(config)
        self.folder = run_folder(config.output, self.experiment)
        self.save_config_kwargs["folder"] = self.folder
        keep_metrics(self.folder)
        self.config = given.clone()
        place(self.config[self.subcommand], self.folder)
        self._given = given
        self._dump_config()
        network = self.config_dump["model"].get("init_args", {}).get("network")
        if isinstance(network, dict):  # what a link sets needs a place, also if nothing else is set
            network.setdefault("init_args", {})
        with self._no_empty_folder():
            super().instantiate_classes()

    @contextlib.contextmanager
    def _no_empty_folder(self) -> Iterator[None]:
        """Leave no folder behind of a run that failed before it had anything to keep."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):  # it holds something
                self.folder.rmdir()
            raise

    def instantiate_trainer(self, **kwargs: Any) -> pl.Trainer:
        """Build the Trainer, and let what it saves be the configuration as it was given."""
        self.config = self._given
        trainer = self.config_init[self.subcommand].trainer
        if str(trainer.strategy).startswith(("auto", "ddp")):  # others write in a way of their own
            plugins = trainer.plugins or []
            plugins = plugins if isinstance(plugins, list) else [plugins]
            if not any(isinstance(plugin, CheckpointIO) for plugin in plugins):
                kwargs.setdefault("plugins", [*plugins, AtomicCheckpointIO()])
        return super().instantiate_trainer(**kwargs)

    def after_instantiate_classes(self) -> None:
        """Let W&B watch the model, if asked to."""
        log = self._given[self.subcommand].watch
        loggers = [x for x in self.trainer.loggers if isinstance(x, WandbLogger)]
        if log and not loggers:
            raise usage.UsageError("--watch is W&B's: add its logger, -c configs/wandb.yaml does.")
        for logger in loggers if log and self.trainer.is_global_zero else []:
            logger.watch(self.model, log=log)

    def predict(self, **arguments: Any) -> None:
        """Predict as the Trainer does, and keep what it returns: `predictions.pt`, a list."""
        predictions = self.trainer.predict(**arguments)
        if self.trainer.is_global_zero:
            torch.save(predictions, self.folder / "predictions.pt")
            print(f"Predictions: {_short(self.folder / 'predictions.pt')}")

    def _run_subcommand(self, subcommand: str) -> None:
        with LogFile(self.folder), self._no_empty_folder():
            super()._run_subcommand(subcommand)
        archive = self._given[subcommand].archive
        if self.trainer.is_global_zero:
            print(f"Run: {_short(self.folder)}")
            if subcommand in UNTRAINED and not self._given[subcommand].ckpt_path:
                print(f"{subcommand} without --ckpt_path: that was an untrained network.")
            if archive:
                target = Path(archive).expanduser() / self.experiment / self.folder.name
                print(f"Archive: {shutil.make_archive(str(target), 'zip', self.folder)}")


def _environment() -> dict[str, Any]:
    """Lightning's own `PL_TRAINER_…` variables, which LightningCLI's defaults would overrule."""
    names = inspect.signature(pl.Trainer).parameters
    found = {name: os.environ.get(f"PL_TRAINER_{name.upper()}") for name in names}
    return {name: yaml.safe_load(text) for name, text in found.items() if text is not None}


def place(config: Namespace, folder: Path) -> None:
    """Fill the run's folder in: for the Trainer, and for every logger that names no place.

    Without a logger there is a CSVLogger: `metrics.csv` in the run's folder.
    """
    trainer = config.trainer
    trainer.default_root_dir = trainer.default_root_dir or str(folder)
    if trainer.logger is None or trainer.logger is True:
        options = Namespace(save_dir=None, name=None, version=None)
        trainer.logger = Namespace(
            class_path="pytorch_lightning.loggers.CSVLogger", init_args=options
        )
    loggers = trainer.logger if isinstance(trainer.logger, list) else [trainer.logger]
    for logger in loggers:
        if isinstance(logger, Namespace):
            _place_logger(logger, config, folder)


def _place_logger(logger: Namespace, config: Namespace, folder: Path) -> None:
    kind, options = logger.class_path.rpartition(".")[2], logger.init_args
    if kind in PLAIN_LOGGERS and options.version is None:
        options.save_dir, options.name = str(folder.parent.parent), folder.parent.name
        options.version = folder.name
    elif kind == "WandbLogger" and options.version is None:
        options.save_dir, options.version = str(folder), folder.name
        if options.project in (None, "lightning_logs"):  # none is given
            options.project = folder.parent.name
        named = {"group": config.group, "tags": config.tags or None}
        logger.dict_kwargs = {**named, **(logger.get("dict_kwargs") or {})}


def main(args: list[str] | None = None) -> None:
    """Run the command line; the exit status is 0, 2 for a wrong command line, 1 for all else.

    Args:
        args: instead of `sys.argv[1:]`; `--traceback` among them shows where an error came from.
    """
    argv = sys.argv
    words = argv[1:] if args is None else args
    sys.argv = [argv[0], *(word for word in words if word != "--traceback")]
    settings.apply()
    for message in NOISE:
        warnings.filterwarnings("ignore", message)
    logging.getLogger("pytorch_lightning.utilities.rank_zero").addFilter(_no_advertisement)
    try:
        CourseCLI()
    except KeyboardInterrupt:
        _leave("Interrupted.", 130)
    except BrokenPipeError:  # `--help | head`; what Python's documentation does for it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except Exception as error:
        if "--traceback" in words:
            raise
        status = 2 if isinstance(error, usage.UsageError) else 1
        if status == 1:
            print()  # where a progress bar has stopped
        _leave(f"error: {sentences.sentence_of(error)}", status)
    finally:
        sys.argv = argv
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            # else a process of several may abort when all is done
            torch.distributed.destroy_process_group()


def _no_advertisement(record: logging.LogRecord) -> bool:
    return "Tip: For seamless" not in record.getMessage()


def _leave(words: str, status: int) -> NoReturn:
    print(words, file=sys.stderr)
    raise SystemExit(status)


def _network_name(config: Namespace) -> str:
    """The network's class name in lower case, or the model's, where it has no network."""
    network = config.model.init_args.get("network")
    path = network.class_path if isinstance(network, Namespace) else config.model.class_path
    return path.rpartition(".")[2].lower()


def _flags(parser: LightningArgumentParser) -> list[str]:
    """What a subcommand takes, without dashes."""
    return list(parser.get_defaults(skip_validation=True).as_flat().__dict__)


def _short(path: Path) -> str:
    """A path as people say it: from here, if it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
