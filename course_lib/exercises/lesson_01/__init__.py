"""The exercises of lesson 01: data, network, loop and measurement in plain PyTorch."""

from course_lib.exercises.lesson_01.accuracy import evaluate
from course_lib.exercises.lesson_01.bugs import bug_hunt
from course_lib.exercises.lesson_01.data import dataset, statistics
from course_lib.exercises.lesson_01.loops import train_one_epoch
from course_lib.exercises.lesson_01.network import network
from course_lib.exercises.lesson_01.overfit import overfit
from course_lib.exercises.lesson_01.parts import split

__all__ = [
    "bug_hunt",
    "dataset",
    "evaluate",
    "network",
    "overfit",
    "split",
    "statistics",
    "train_one_epoch",
]
