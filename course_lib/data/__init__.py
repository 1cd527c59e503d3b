"""Images in memory: where they come from, how they become batches, how a Trainer gets them."""

from course_lib.data.corruption import CORRUPTIONS, CorruptedImages
from course_lib.data.datamodule import ImageDataModule
from course_lib.data.images import ImageDataset, channel_statistics
from course_lib.data.sources import ImageData, load_images

__all__ = [
    "CORRUPTIONS",
    "CorruptedImages",
    "ImageData",
    "ImageDataModule",
    "ImageDataset",
    "channel_statistics",
    "load_images",
]
