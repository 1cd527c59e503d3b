"""The exercises of lesson 08: text with a transformer."""

from course_lib.exercises.lesson_08.bugs import bug_hunt as bug_hunt
from course_lib.exercises.lesson_08.folder import predict as predict
from course_lib.exercises.lesson_08.freezing import head_alone as head_alone
from course_lib.exercises.lesson_08.module import lit_text as lit_text
from course_lib.exercises.lesson_08.padding import collate as collate
from course_lib.exercises.lesson_08.schedule import warm_up as warm_up
from course_lib.exercises.lesson_08.split import split_by_template as split_by_template
