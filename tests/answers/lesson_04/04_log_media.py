"""4.4 log_media"""

# %% setup
import numpy as np
import torch
import wandb
from pytorch_lightning.loggers import WandbLogger


def visible(images):
    """Each image from 0 to 255."""
    low, high = images.amin(dim=(1, 2, 3), keepdim=True), images.amax(dim=(1, 2, 3), keepdim=True)
    return ((images - low) / (high - low) * 255).byte()


def log_images(logger, images, labels, preds):
    """What is right about the images of most answers."""
    images = visible(images)
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("samples", list(images[:20]), caption=captions[:20])


def log_rows(logger, labels, preds):
    """What is right about their tables."""
    rows = [[t, p, t == p] for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_table("predictions", columns=["true", "predicted", "right"], data=rows)


def log_notes(logger, labels, preds):
    """What is right about their texts."""
    text = f"{int((labels != preds).sum())} of {len(labels)} are wrong"
    logger.log_text("notes", columns=["text"], data=[[text]])


# %% call
check.log_media(log_samples)


# %% right: plainly
def log_samples(logger, images, labels, preds):
    pairs = list(zip(labels.tolist(), preds.tolist()))
    captions = [f"true {label}, predicted {pred}" for label, pred in pairs[:20]]
    shown = []
    for image in images[:20]:
        image = image - image.min()
        shown.append((255 * image / image.max()).round().to(torch.uint8))
    logger.log_image(key="samples", images=shown, caption=captions)
    rows = [[label, pred, label == pred] for label, pred in pairs]
    logger.log_table("predictions", columns=["true", "predicted", "right"], data=rows)
    wrong = sum(label != pred for label, pred in pairs)
    logger.log_text("notes", columns=["text"], data=[[f"{wrong} of {len(pairs)} are wrong"]])


# %% right: arrays, a table filled row by row, the experiment
def log_samples(logger, images, labels, preds):
    shown, table = [], wandb.Table(columns=["true", "predicted", "right"])
    for image, true, predicted in zip(images, labels, preds):
        caption = f"true {true}, predicted {predicted}"
        if len(shown) < 20:
            array = image.squeeze(0).numpy()
            array = np.interp(array, (array.min(), array.max()), (0.0, 255.0))
            shown.append(wandb.Image(array, caption=caption))
        table.add_data(true.item(), predicted.item(), bool(true == predicted))
    run = logger.experiment
    run.log({"samples": shown, "predictions": table})
    wrong = (labels != preds).sum().item()
    logger.log_text(
        "notes", columns=["n", "of"], data=[[f"wrong: {wrong}", f"{len(preds)} images"]]
    )


# %% right: pandas
import pandas as pd
from PIL import Image


def log_samples(wandb_logger, x, y, z):
    frame = pd.DataFrame({"true": y.tolist(), "predicted": z.tolist()})
    frame["right"] = frame["true"] == frame["predicted"]
    captions = (
        "true " + frame["true"].astype(str) + ", predicted " + frame["predicted"].astype(str)
    )[:20]
    wandb_logger.log_image(
        "samples",
        [Image.fromarray(picture.squeeze(0).numpy()) for picture in visible(x)[:20]],
        caption=captions.tolist(),
    )
    wandb_logger.log_table("predictions", dataframe=frame)
    wandb_logger.log_text("notes", columns=["notes"], data=[[f"Wrong: {(~frame.right).sum()}."]])


# %% wrong a: under another name
# says: Nothing is logged as `samples`
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("images", list(visible(images)[:20]), caption=captions[:20])
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong a: one call per image
# says: expected a list of images in a single call
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    for image, caption in zip(images[:20], captions):
        logger.experiment.log({"samples": wandb.Image(image.byte(), caption=caption)})
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong a: all images
# says: Of 30 images 30 are logged; expected 20
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("samples", list(visible(images)), caption=captions)
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong a: the last 20
# says: expected the first 20
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("samples", list(visible(images)[-20:]), caption=captions[-20:])
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong: a tensor of images
# says: raised TypeError: Expected a list
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("samples", images[:20], caption=captions[:20])
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong: captions of all
# says: raised ValueError: Expected 20 items
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("samples", list(visible(images)[:20]), caption=captions)
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong a: backwards
# says: The images are in another order
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("samples", list(visible(images)[:20].flip(0)), caption=captions[:20][::-1])
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong b: no captions
# says: The images have no captions
def log_samples(logger, images, labels, preds):
    logger.log_image("samples", list(visible(images)[:20]))
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong b: swapped
# says: In the captions the true class and
def log_samples(logger, images, labels, preds):
    captions = [f"true {p}, predicted {t}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("samples", list(visible(images)[:20]), caption=captions[:20])
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong b: of other images
# says: right but in another order
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("samples", list(visible(images)[:20]), caption=captions[:20][::-1])
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong b: another wording
# says: The caption of image 0 is '7 as 7'
def log_samples(logger, images, labels, preds):
    captions = [f"{t} as {p}" for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_image("samples", list(visible(images)[:20]), caption=captions[:20])
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong c: left as they are
# says: so that it is black
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())][:20]
    shown = images[:20]
    logger.log_image("samples", list(shown), caption=captions)
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong c: stretched all alike
# says: expected its darkest at 0
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())][:20]
    low, high = images.min(), images.max()
    shown = ((images - low) / (high - low) * 255).byte()[:20]
    logger.log_image("samples", list(shown), caption=captions)
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong c: cut off
# says: but not evenly
def log_samples(logger, images, labels, preds):
    captions = [f"true {t}, predicted {p}" for t, p in zip(labels.tolist(), preds.tolist())][:20]
    shown = (images[:20].clamp(0, 1) * 255).byte()
    logger.log_image("samples", list(shown), caption=captions)
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong d: no table
# says: Nothing is logged as `predictions`
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong d: other columns
# says: The columns are label, pred, right
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    rows = [[t, p, t == p] for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_table("predictions", columns=["label", "pred", "right"], data=rows)
    log_notes(logger, labels, preds)


# %% wrong d: rows for those shown
# says: for those images that are shown
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_rows(logger, labels[:20], preds[:20])
    log_notes(logger, labels, preds)


# %% wrong d: rows of the mistakes only
# says: the table has 7 rows
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_rows(logger, labels[labels != preds], preds[labels != preds])
    log_notes(logger, labels, preds)


# %% wrong d: swapped in the table
# says: In the table, `true` and `predicted`
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_rows(logger, preds, labels)
    log_notes(logger, labels, preds)


# %% wrong d: right is wrong
# says: says False under `right`, with the classes 7 and 7
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    rows = [[t, p, t != p] for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_table("predictions", columns=["true", "predicted", "right"], data=rows)
    log_notes(logger, labels, preds)


# %% wrong d: sorted
# says: Row 0 of the table is
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    order = labels.argsort()
    log_rows(logger, labels[order], preds[order])
    log_notes(logger, labels, preds)


# %% wrong d: metrics for a table
# says: `predictions` is the value
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    logger.log_metrics({"predictions": (labels == preds).float().mean().item()})
    log_notes(logger, labels, preds)


# %% wrong e: texts
# says: expected two whole numbers and True or False
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    rows = [[str(t), str(p), t == p] for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_table("predictions", columns=["true", "predicted", "right"], data=rows)
    log_notes(logger, labels, preds)


# %% wrong e: right as a number
# says: expected True or False
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    rows = [[t, p, int(t == p)] for t, p in zip(labels.tolist(), preds.tolist())]
    logger.log_table("predictions", columns=["true", "predicted", "right"], data=rows)
    log_notes(logger, labels, preds)


# %% wrong f: no text
# says: Nothing is logged as `notes`
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_rows(logger, labels, preds)


# %% wrong f: those that are right
# says: that is how many are right
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_rows(logger, labels, preds)
    right = int((labels == preds).sum())
    logger.log_text("notes", columns=["text"], data=[[f"{right} of {len(labels)} are right"]])


# %% wrong f: the share
# says: of the 30 predictions 7 are wrong, and
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_rows(logger, labels, preds)
    share = (labels != preds).float().mean().item()
    logger.log_text("notes", columns=["text"], data=[[f"{share:.1%} are wrong"]])


# %% wrong f: a plain text
# says: is the value '7 of 30 are wrong'; expected a text
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_rows(logger, labels, preds)
    text = f"{int((labels != preds).sum())} of {len(labels)} are wrong"
    logger.experiment.log({"notes": text})


# %% wrong f: as HTML
# says: `notes` is a W&B 'html-file'
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_rows(logger, labels, preds)
    text = f"{int((labels != preds).sum())} of {len(labels)} are wrong"
    logger.experiment.log({"notes": wandb.Html(text)})


# %% wrong g: wandb.log
# says: `notes` went to another run
def log_samples(logger, images, labels, preds):
    log_images(logger, images, labels, preds)
    log_rows(logger, labels, preds)
    text = f"{int((labels != preds).sum())} of {len(labels)} are wrong"
    wandb.log({"notes": wandb.Table(columns=["text"], data=[[text]])})


# %% wrong g: a logger of its own
# says: `notes`, `predictions`, `samples` went
def log_samples(logger, images, labels, preds):
    logger = WandbLogger(offline=True)
    log_images(logger, images, labels, preds)
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong g: a run of its own
# says: makes a run of its own
def log_samples(logger, images, labels, preds):
    extra = wandb.init(project="notes", mode="offline", reinit="create_new")
    extra.log({"wrong": int((labels != preds).sum())})
    log_images(logger, images, labels, preds)
    log_rows(logger, labels, preds)
    log_notes(logger, labels, preds)


# %% wrong: the result instead of the function
# says: pass the function itself
log_samples = None
