"""The exercises, a module per lesson: `from course_lib.exercises import lesson_01 as check`."""
