#!/usr/bin/env bash
# Test slurm/train.sbatch on a Slurm of this machine's own; install the programs if need be.
set -euo pipefail
cd "$(dirname "$0")/.."

missing() { PYTHONPATH=tests .venv/bin/python -c 'import slurm_cluster; print(slurm_cluster.missing())'; }

skip() {
    echo "skipped: $1"
    exit 0
}

programs=$(missing)
if [[ -n "$programs" ]]; then
    command -v apt-get >/dev/null ||
        skip "Slurm and munge are not installed (no $programs), and there is no apt-get to fetch them."
    root=""
    if [[ "$(id -u)" -ne 0 ]]; then
        command -v sudo >/dev/null ||
            skip "Slurm and munge are not installed (no $programs), and that takes root or sudo."
        root=sudo
    fi
    echo "Installing Slurm and munge …"
    $root apt-get update -qq || true # old lists may do
    fetch="$root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends"
    $fetch --download-only slurm-wlm munge >/dev/null ||
        skip "apt-get could not fetch the packages slurm-wlm and munge."
    $fetch slurm-wlm munge >/dev/null
fi
exec .venv/bin/pytest -q -rs -p no:nbval tests/test_slurm.py
