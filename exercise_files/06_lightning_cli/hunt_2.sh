#!/bin/bash
# Fault 2. It was:
#
#   CLI_ARGS="$@"
#   python -m course_lib fit $CLI_ARGS --output $EXP_DIR/runs
#
...
