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
    # BEGIN SOLUTION
    files = [part for config in configs for part in ("--config", config)]
    runs = {}
    for name, widths in networks.items():
        sizes = [f"--model.network.{key}={value}" for key, value in widths.items()]
        for seed in seeds:
            names = ["--group=compare", f"--experiment={name}-{seed}"]
            runs[name, seed] = [*PROGRAM, *files, *sizes, f"--seed_everything={seed}", *names]
    return runs
    # END SOLUTION


def verdict(results):
    """Mean and spread of each network's accuracies, and which network is worse, or None."""
    # BEGIN SOLUTION
    seeds = set().union(*results.values())
    for name, accuracies in results.items():
        missing = seeds - accuracies.keys()
        if missing:
            raise ValueError(f"{name} was not run with the seeds {sorted(missing)}.")
    if len(seeds) < 3:
        raise ValueError(f"With {len(seeds)} seeds it may be luck; expected three or more.")
    summary = {name: (mean(a.values()), stdev(a.values())) for name, a in results.items()}
    worst, other = sorted(results, key=lambda name: summary[name][0])
    clearly = max(results[worst].values()) < min(results[other].values())
    return summary, worst if clearly else None
    # END SOLUTION


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
