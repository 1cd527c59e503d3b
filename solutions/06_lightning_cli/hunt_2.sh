#!/bin/bash
# Fault 2. It was:
#
#   CLI_ARGS="$@"
#   python -m course_lib fit $CLI_ARGS --output $EXP_DIR/runs
#
# BEGIN SOLUTION
set -euo pipefail
: "${EXP_DIR:?set it to the folder of your experiments}"
python -m course_lib fit "$@" --output "$EXP_DIR/runs"
# END SOLUTION
