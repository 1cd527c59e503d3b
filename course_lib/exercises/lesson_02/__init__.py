"""The exercises of lesson 02: the LightningModule, the Trainer, and what they do for each other."""

from course_lib.exercises.lesson_02.bugs import bug_hunt
from course_lib.exercises.lesson_02.checkpoint import load_and_predict
from course_lib.exercises.lesson_02.corrupted import corrupted, mystery_digits
from course_lib.exercises.lesson_02.data import data_routes
from course_lib.exercises.lesson_02.evaluation import evaluation_steps
from course_lib.exercises.lesson_02.logs import log_when
from course_lib.exercises.lesson_02.module import training_step
from course_lib.exercises.lesson_02.optimizers import configure_optimizers
from course_lib.exercises.lesson_02.trainer import a_fifth, root_dir, steps

__all__ = [
    "a_fifth",
    "bug_hunt",
    "configure_optimizers",
    "corrupted",
    "data_routes",
    "evaluation_steps",
    "load_and_predict",
    "log_when",
    "mystery_digits",
    "root_dir",
    "steps",
    "training_step",
]
