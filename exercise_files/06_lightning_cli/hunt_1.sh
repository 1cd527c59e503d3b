#!/bin/bash
# Fault 1. It was:
#
#   for lr in 0.1 0.01 0.001; do
#       python -m course_lib fit --model.lr $lr -c base.yaml -c model.yaml --experiment rates
#   done
#
set -euo pipefail

...
