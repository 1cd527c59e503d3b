"""6.7 slurm_script"""

# %% setup
import tempfile
from pathlib import Path

GIVEN = """#!/bin/bash
#SBATCH --job-name=digits
#SBATCH --output=%x-%j.log
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=2
#SBATCH --signal=SIGUSR1@90
#SBATCH --requeue
set -euo pipefail

seed=()
if [[ -n "${SLURM_ARRAY_TASK_ID:-}" ]]; then
    seed=(--seed_everything="$SLURM_ARRAY_TASK_ID")
fi
srun python -m course_lib fit_and_test "$@" --trainer.devices 2 "${seed[@]}"
"""


def saved(text):
    path = Path(tempfile.mkdtemp(), "train.sbatch")
    path.write_text(text, "utf-8")
    return path


def changed(*changes):
    text = GIVEN
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return saved(text)


# %% call
check.slurm_script(answer)
# %% right: as given, which the wrong ones are made of
answer = saved(GIVEN)


# %% right: short options, several to a line, exec, functions, a pipe, an array of arguments
answer = saved("""#!/usr/bin/env bash

# The header
#SBATCH -J mlp -N1 --requeue   # one node
#SBATCH -o "logs %A_%a.txt" --signal USR1@120
#SBATCH --ntasks-per-node 2
set -eu
set -o pipefail

train() {
    local -a more=("--trainer.devices=$SLURM_NTASKS_PER_NODE")
    if [ "${SLURM_ARRAY_TASK_ID-}" ]; then
        more+=(--seed_everything "$SLURM_ARRAY_TASK_ID")
    fi
    srun --kill-on-bad-exit=1 --label "${PYTHON:-python3}" -m course_lib fit_and_test \\
        "${@}" "${more[@]}" 2>&1 | tee -a train.log
}
echo "job $SLURM_JOB_ID" && train "$@"
""")


# %% wrong: no first line
# says: does not begin with `#!/bin/bash`
answer = changed(("#!/bin/bash\n", ""))


# %% wrong: a command in front of the header
# says: Slurm reads none of your `#SBATCH` lines
answer = changed(("set -euo pipefail\n", ""), ("#!/bin/bash\n", "#!/bin/bash\nset -euo pipefail\n"))


# %% wrong: a program that is not there
# says: although srun succeeds. It says: train.sbatch: line
answer = changed(("seed=()", "load_the_modules"))


# %% wrong: a quotation mark without a partner
# says: Slurm cannot read the `#SBATCH` lines
answer = changed(("%x-%j.log", '"%x-%j.log'))


# %% wrong a: no name
# says: there is no `--job-name`
answer = changed(("#SBATCH --job-name", "# SBATCH --job-name"))


# %% wrong a: a shell's name
# says: Lightning takes a job named `interactive` for
answer = changed(("=digits", "=interactive"))


# %% wrong a: one file for all
# says: two jobs write to one file
answer = changed(("%x-%j", "%x"))


# %% wrong a: a variable in the header
# says: Slurm does not know the shell's variables
answer = changed(("%x-%j", "$SLURM_JOB_ID-%j"))


# %% wrong b: no signal
# says: there is no `--signal`
answer = changed(("#SBATCH --signal=SIGUSR1@90\n", ""))


# %% wrong b: to the batch shell
# says: is sent to the batch shell alone
answer = changed(("SIGUSR1@90", "B:USR1@90"))


# %% wrong b: the signal that ends it
# says: Lightning waits for SIGUSR1
answer = changed(("SIGUSR1@90", "SIGTERM@90"))


# %% wrong b: when it is too late
# says: leaves 60 seconds
answer = changed(("SIGUSR1@90", "USR1"))


# %% wrong b: no requeue
# says: there is no `--requeue`
answer = changed(("#SBATCH --requeue\n", ""))


# %% wrong c: tasks, wherever they run
# says: Lightning asks for it, and `--ntasks` does not do
answer = changed(("--ntasks-per-node", "--ntasks"))


# %% wrong c: on two nodes
# says: 2 tasks on each of 2 nodes
answer = changed(("--nodes=1", "--nodes=2"))


# %% wrong c: no devices
# says: does not get `--trainer.devices`
answer = changed((" --trainer.devices 2", ""))


# %% wrong c: one device
# says: `--trainer.devices` is 1
answer = changed(("--trainer.devices 2", "--trainer.devices=1"))


# %% wrong c: devices in front
# says: `--trainer.devices` stands in front of the files
answer = changed((' "$@" --trainer.devices 2', ' --trainer.devices 2 "$@"'))


# %% wrong d: no srun
# says: The script starts `python`, without srun
answer = changed(("srun python", "python"))


# %% wrong d: one srun for each task
# says: `srun`, 2 times in all
answer = changed(
    ("srun python", "for task in 1 2; do srun python"), ('"${seed[@]}"', '"${seed[@]}"; done')
)


# %% wrong d: fit alone
# says: srun starts `python -m course_lib fit -c
answer = changed(("fit_and_test", "fit"))


# %% wrong e: no arguments
# says: do not reach the program
answer = changed((' "$@"', ""))


# %% wrong e: no quotation marks
# says: each of them whole
answer = changed(('"$@"', "$@"))


# %% wrong e: a star
# says: as a single one
answer = changed(('"$@"', '"$*"'))


# %% wrong f: there is no such variable
# says: Without `--array` the script does not run. It says: train.sbatch: line
answer = changed(("${SLURM_ARRAY_TASK_ID:-}", "$SLURM_ARRAY_TASK_ID"))


# %% wrong f: always a seed
# says: Without `--array` the program gets `--seed_everything 0`
answer = changed(("seed=()", "seed=(--seed_everything 0)"))


# %% wrong f: the number of the job
# says: In the array's task 7 the seed is 4710
answer = changed(('"$SLURM_ARRAY_TASK_ID"', '"$SLURM_ARRAY_JOB_ID"'))


# %% wrong f: in front
# says: `--seed_everything` stands in front of the files
answer = changed((' "${seed[@]}"', ""), (' "$@"', ' "${seed[@]}" "$@"'))


# %% wrong g: done, whatever happens
# says: Slurm will say COMPLETED
answer = changed(('"${seed[@]}"\n', '"${seed[@]}" || echo "failed"\n'))


# %% wrong h: it goes on after an error
# says: a command that fails does not end the script
answer = changed(("set -euo", "set -uo"))


# %% wrong h: it goes on without a variable
# says: a variable that there is not does not end the script
answer = changed(("set -euo", "set -eo"))


# %% wrong h: a pipe hides an error
# says: only the last command's failure counts
answer = changed(("set -euo pipefail", "set -eu"))
