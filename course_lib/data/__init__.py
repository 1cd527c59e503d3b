"""Data in memory: where they come from, how they become batches, how a Trainer gets them."""

from course_lib.data.corpus import SentenceData, read_sst2
from course_lib.data.corruption import CORRUPTIONS, CorruptedImages
from course_lib.data.datamodule import ImageDataModule
from course_lib.data.images import ImageDataset, channel_statistics
from course_lib.data.sentences import load_sentences
from course_lib.data.sources import ImageData, load_images
from course_lib.data.table_encoder import TableEncoder
from course_lib.data.tabular import TabularDataModule, TabularDataset
from course_lib.data.text import TextDataModule
from course_lib.data.tokens import TextDataset, train_tokenizer

__all__ = [
    "CORRUPTIONS",
    "CorruptedImages",
    "ImageData",
    "ImageDataModule",
    "ImageDataset",
    "SentenceData",
    "TableEncoder",
    "TabularDataModule",
    "TabularDataset",
    "TextDataModule",
    "TextDataset",
    "channel_statistics",
    "load_images",
    "load_sentences",
    "read_sst2",
    "train_tokenizer",
]
