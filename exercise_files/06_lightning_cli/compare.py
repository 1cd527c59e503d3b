"""Is an MLP with fc1=4 and fc2=8 worse than the usual one? Several seeds of each will tell.

python compare.py   (in the course's folder, because of `configs/`)
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import mean, stdev

PROGRAM = [sys.executable, "-m", "course_lib", "fit_and_test"]
CONFIGS = ["configs/base.yaml", "configs/digits_data.yaml", "configs/mlp_model.yaml"]
NETWORKS = {"usual": {"fc1": 128, "fc2": 64}, "tiny": {"fc1": 4, "fc2": 8}}
SEEDS = [1, 2, 3]


def commands(networks, seeds, configs):
    """For each run, by `(name, seed)`, its command line: a list as `subprocess.run` takes it."""
    ...


def verdict(results):
    """Mean and spread of each network's accuracies, and which network is worse, or None."""
    ...


def main():
    """Run all, and tell."""
    results = {name: {} for name in NETWORKS}
    for (name, seed), command in commands(NETWORKS, SEEDS, CONFIGS).items():
        subprocess.run(command, check=True)
        newest = max(Path("runs").glob("*/*/run.json"), key=lambda path: path.stat().st_mtime)
        results[name][seed] = json.loads(newest.read_text("utf-8"))["results"]["test"]["test_acc"]
    print(verdict(results))


if __name__ == "__main__":
    main()
