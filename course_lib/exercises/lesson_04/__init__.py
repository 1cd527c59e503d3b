"""The exercises of lesson 04: the WandbLogger."""

from course_lib.exercises.lesson_04.bugs import bug_hunt as bug_hunt
from course_lib.exercises.lesson_04.histogram import log_histogram as log_histogram
from course_lib.exercises.lesson_04.logger import configure_logger as configure_logger
from course_lib.exercises.lesson_04.login import log_in as log_in
from course_lib.exercises.lesson_04.media import log_media as log_media
from course_lib.exercises.lesson_04.readback import best_epoch as best_epoch
from course_lib.exercises.lesson_04.sweep import sweep as sweep
from course_lib.exercises.lesson_04.watch import watch as watch
