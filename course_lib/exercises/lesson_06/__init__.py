"""The exercises of lesson 06: the Lightning CLI."""

from course_lib.exercises.lesson_06.batch import slurm_script as slurm_script
from course_lib.exercises.lesson_06.comparison import compare as compare
from course_lib.exercises.lesson_06.entry import entry_point as entry_point
from course_lib.exercises.lesson_06.hunt import bug_hunt as bug_hunt
from course_lib.exercises.lesson_06.linked import linked as linked
from course_lib.exercises.lesson_06.precedence import precedence as precedence
from course_lib.exercises.lesson_06.split import split_config as split_config
from course_lib.exercises.lesson_06.subcommand import fit_and_test as fit_and_test
