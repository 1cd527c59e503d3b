"""4.2 configure_logger"""

# %% setup
import os
import uuid
from functools import cache
from pathlib import Path

import wandb
from pytorch_lightning.loggers import CSVLogger, WandbLogger

OFFLINE = dict(offline=True, settings=wandb.Settings(silent=True, console="off"))


def the_rest(lr, seed, **changed):
    """What is right about all of the answers, so that each shows what is wrong with it."""
    options = dict(
        project="lightning-course",
        name=f"cnn-lr{lr}-seed{seed}",
        group=f"lr{lr}",
        tags=["lesson-04", "cnn"],
    )
    return OFFLINE | options | changed


# %% call
check.configure_logger(make_logger)


# %% right: plainly
def make_logger(folder, lr, seed):
    return WandbLogger(
        project="lightning-course",
        name=f"cnn-lr{lr}-seed{seed}",
        group=f"lr{lr}",
        tags=["lesson-04", "cnn"],
        save_dir=folder,
        offline=True,
    )


# %% right: a run of its own, made here
def make_logger(folder, lr, seed):
    group = "lr" + str(lr)
    run = wandb.init(
        project="lightning-course",
        name="-".join(["cnn", group, f"seed{seed}"]),
        group=group,
        tags=("cnn", "lesson-04"),
        dir=str(folder),
        mode="offline",
        reinit="finish_previous",
    )
    return WandbLogger(experiment=run)


# %% right: ids of its own, settings, environment
def make_logger(root, rate, number):
    os.environ["WANDB_MODE"] = "offline"
    os.environ["WANDB_SILENT"] = "true"
    settings = wandb.Settings(run_group=f"lr{rate}", run_tags=["cnn", "lesson-04"])
    return WandbLogger(
        f"cnn-lr{rate}-seed{number}",
        Path(root).absolute() / f"seed{number}",
        version=uuid.uuid4().hex[:8],
        project="lightning-course",
        settings=settings,
    )


# %% wrong a: no project
# says: which is Lightning's default
def make_logger(folder, lr, seed):
    options = the_rest(lr, seed)
    del options["project"]
    return WandbLogger(save_dir=folder, **options)


# %% wrong a: another spelling
# says: The project is 'lightning_course'
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, project="lightning_course"))


# %% wrong b: no name
# says: The run has no name
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, name=None))


# %% wrong b: the name of the example
# says: With lr=0.3, seed=12 the run is called 'cnn-lr0.01-seed1'
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, name="cnn-lr0.01-seed1"))


# %% wrong c: no group
# says: belongs to no group
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, group=None))


# %% wrong c: the seed in the group
# says: has the seed in it
def make_logger(folder, lr, seed):
    name = f"cnn-lr{lr}-seed{seed}"
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, group=name))


# %% wrong c: a group of all
# says: the group is 'cnn'
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, group="cnn"))


# %% wrong d: no tags
# says: The run has no tags
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, tags=None))


# %% wrong d: a text
# says: a text was taken for a list of them
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, tags="cnn"))


# %% wrong d: two in one
# says: a single tag with a comma in it
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, tags=["lesson-04, cnn"]))


# %% wrong d: one of the two
# says: the tag `lesson-04` is missing
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, tags=["cnn"]))


# %% wrong d: three
# says: Besides the two tags there is `lr0.01`
def make_logger(folder, lr, seed):
    tags = ["lesson-04", "cnn", f"lr{lr}"]
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, tags=tags))


# %% wrong e: ignores the folder
# says: are in `wandb` of the working directory
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir="wandb", **the_rest(lr, seed))


# %% wrong e: below a home of its own
# says: For the relative folder 'kept'
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=Path("runs") / folder, **the_rest(lr, seed))


# %% wrong f: online
# says: The run is online
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, offline=False))


# %% wrong f: disabled
# says: The run is disabled
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed, mode="disabled"))


# %% wrong g: a fixed version
# says: it makes the same run, 'cnn'
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, version="cnn", **the_rest(lr, seed))


# %% wrong g: kept
# says: returns the same logger
@cache
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed))


# %% wrong: the run instead of the logger
# says: expected a WandbLogger
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, **the_rest(lr, seed)).experiment


# %% wrong: the logger instead of the function
# says: pass the function itself
make_logger = CSVLogger("logs")


# %% wrong: a version that is a number
# says: W&B refuses what it gets as `run_id`
def make_logger(folder, lr, seed):
    return WandbLogger(save_dir=folder, version=seed, **the_rest(lr, seed))
