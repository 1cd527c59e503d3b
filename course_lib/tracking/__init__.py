"""Weights & Biases without surprises: log in without leaking the key, read what a run recorded."""

from course_lib.tracking.account import login
from course_lib.tracking.reader import RunFileError, read_run
from course_lib.tracking.record import RunRecord

__all__ = ["RunFileError", "RunRecord", "login", "read_run"]
