"""What the course's notebooks import: data, models, exercises and the `course` command.

Importing the package applies the `COURSE_*` environment and does nothing else: torch, Lightning
and the rest are imported by the parts that need them.
"""

from course_lib import settings

__version__ = "0.1.0"

settings.apply()
