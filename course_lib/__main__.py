"""`python -m course_lib fit …`: see `course_lib.training`."""

from course_lib.training import main

if __name__ == "__main__":
    main()
