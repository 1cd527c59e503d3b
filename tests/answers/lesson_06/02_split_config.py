"""6.2 split_config"""

# %% setup
import tempfile
from pathlib import Path

BASE = """
seed_everything: 7
trainer:
  max_epochs: 10
  gradient_clip_val: 1.0
  callbacks:
    - class_path: EarlyStopping
      init_args: {monitor: val_loss, patience: 3}
    - class_path: LearningRateMonitor
"""
DATA = """
data:
  class_path: ImageDataModule
  init_args:
    batch_size: 128
    augment: true
"""
MODEL = """
model:
  class_path: LitClassifier
  init_args:
    network:
      class_path: MLP
      init_args: {fc1: 64, fc2: 32}
    lr: 0.002
    scheduler: CosineAnnealingLR
    scheduler_options: {T_max: 10}
"""


def written(base=BASE, data=DATA, model=MODEL):
    folder = Path(tempfile.mkdtemp())
    texts = {"base.yaml": base, "data.yaml": data, "model.yaml": model}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [folder / name for name in texts]


# %% call
check.split_config(base, data, model)


# %% right: comments, other spellings, another order
base, data, model = written(
    base="""
# common
trainer:
  gradient_clip_val: 1
  max_epochs: 10
  callbacks: [
    {class_path: pytorch_lightning.callbacks.EarlyStopping,
     init_args: {patience: 3, monitor: val_loss}},
    LearningRateMonitor]
seed_everything: 7
""",
    model="""
model:
  class_path: course_lib.models.LitClassifier
  init_args:
    lr: 2e-3
    network: {class_path: course_lib.models.MLP, init_args: {fc2: 32, fc1: 64}}
    scheduler: "CosineAnnealingLR"
    scheduler_options:
      T_max: 10
""",
)


# %% right: JSON is YAML
base, data, model = written(
    data='{"data": {"class_path": "ImageDataModule", "init_args": {"batch_size": 128, "augment": true}}}',
)


# %% right: dotted keys, and an anchor in its own file
base, data, model = written(
    base=BASE.replace("  max_epochs: 10\n", "").replace("patience: 3", "patience: &p 3")
    + "trainer.max_epochs: 10\n"
)


# %% wrong a: clipping is forgotten
# says: Together, `trainer.gradient_clip_val` is None; `all.yaml` says 1.0
base, data, model = written(base=BASE.replace("  gradient_clip_val: 1.0\n", ""))


# %% wrong a: the seed is forgotten
# says: Together, `seed_everything` is
base, data, model = written(base=BASE.replace("seed_everything: 7\n", ""))


# %% wrong a: the first callback only
# says: Together, `trainer.callbacks` is ['EarlyStopping']; `all.yaml` says
base, data, model = written(base=BASE.replace("    - class_path: LearningRateMonitor\n", ""))


# %% wrong a: another patience
# says: says ['EarlyStopping', 'LearningRateMonitor'] with other arguments
base, data, model = written(base=BASE.replace("patience: 3", "patience: 5"))


# %% wrong a: an alias without its anchor
# says: A name like `&epochs` holds in its own file only
base, data, model = written(
    base=BASE.replace("max_epochs: 10", "max_epochs: &epochs 10"),
    model=MODEL.replace("T_max: 10", "T_max: *epochs"),
)


# %% wrong a: the section without its name
# says: At the left margin of `data.yaml` stands `class_path`, `init_args`
base, data, model = written(data="class_path: ImageDataModule\ninit_args: {batch_size: 128}\n")


# %% wrong a: a tab
# says: There is something wrong in line 3 of `data.yaml`
base, data, model = written(data="data:\n  class_path: ImageDataModule\n\tinit_args: {}\n")


# %% wrong a: no YAML but a sentence
# says: `data.yaml` holds no keys with values
base, data, model = written(data="see all.yaml\n")


# %% wrong a: one level too deep
# says: The command line refuses `-c base.yaml -c data.yaml -c model.yaml`
base, data, model = written(data="data:\n  data:\n    class_path: ImageDataModule\n")


# %% wrong b: a learning rate for all models
# says: In the order model, data, base, `model.init_args.lr` is 0.01; in the other order it is 0.002
base, data, model = written(base=BASE + "model: {init_args: {lr: 0.01}}\n")


# %% wrong c: the scheduler in the base as well
# says: which `cnn_model.yaml` does not say: it is left over from `base.yaml`
base, data, model = written(base=BASE + "model:" + MODEL.partition("model:")[2])


# %% wrong a: a word for a number
# says: It says: Parser key "trainer.max_epochs"
base, data, model = written(base=BASE.replace("max_epochs: 10", "max_epochs: ten"))


# %% wrong c: the Trainer's part with the model
# says: `seed_everything` is False and no longer 7: that stands in `model.yaml`
base, data, model = written(
    base=BASE.replace("seed_everything: 7\n", ""), model=MODEL + "seed_everything: 7\n"
)


# %% wrong c: two files that have changed places
# says: `model.yaml` holds `data`, and nothing of what it is for
base, data, model = written(data=MODEL, model=DATA)


# %% wrong d: the data in the base as well
# says: `data.init_args.augment` is True, which `other_data.yaml` does not say
base, data, model = written(base=BASE + DATA)


# %% wrong e: clipping in the model's file as well
# says: `trainer.gradient_clip_val` is 1.0, which `other_base.yaml` does not say
base, data, model = written(model=MODEL + "trainer: {gradient_clip_val: 1.0}\n")
