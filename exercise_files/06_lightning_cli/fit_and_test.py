r"""A subcommand of one's own: fit, then test the best checkpoint.

python fit_and_test.py fit_and_test --model LitClassifier --model.network MLP \
    --data ImageDataModule --trainer.callbacks ModelCheckpoint \
    --trainer.callbacks.monitor val_acc --trainer.callbacks.mode max
"""

import pytorch_lightning as pl
from pytorch_lightning.cli import LightningCLI

import course_lib.data
import course_lib.models  # noqa: F401  (what is imported, the command line finds by its name)

...

if __name__ == "__main__":
    main()
