"""The command line: any model of the course on any data, from YAML files and flags."""

from course_lib.training.cli import CourseCLI, main
from course_lib.training.trainer import CourseTrainer

__all__ = ["CourseCLI", "CourseTrainer", "main"]
