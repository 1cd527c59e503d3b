"""The exercises of lesson 05: precision and profiling."""

from course_lib.exercises.lesson_05.accumulate import accumulate as accumulate
from course_lib.exercises.lesson_05.bottleneck import bottleneck as bottleneck
from course_lib.exercises.lesson_05.bugs import bug_hunt as bug_hunt
from course_lib.exercises.lesson_05.clip import clip as clip
from course_lib.exercises.lesson_05.images import fast_dataset as fast_dataset
from course_lib.exercises.lesson_05.logs import log_less as log_less
from course_lib.exercises.lesson_05.memory import training_memory as training_memory
from course_lib.exercises.lesson_05.precision import precision_dtypes as precision_dtypes
