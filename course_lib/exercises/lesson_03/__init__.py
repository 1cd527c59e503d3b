"""The exercises of lesson 03: callbacks."""

from course_lib.exercises.lesson_03.bugs import bug_hunt as bug_hunt
from course_lib.exercises.lesson_03.checkpoints import keep_the_best as keep_the_best
from course_lib.exercises.lesson_03.debug import debug_run as debug_run
from course_lib.exercises.lesson_03.evaluation import best_against_last as best_against_last
from course_lib.exercises.lesson_03.gradients import write_a_callback as write_a_callback
from course_lib.exercises.lesson_03.predictions import log_predictions as log_predictions
from course_lib.exercises.lesson_03.resume import resume as resume
from course_lib.exercises.lesson_03.stopping import early_stopping as early_stopping
