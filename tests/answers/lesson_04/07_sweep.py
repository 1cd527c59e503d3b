"""4.7 sweep"""

# %% setup
sweep = {
    "method": "random",
    "metric": {"name": "val_acc", "goal": "maximize"},
    "parameters": {
        "model.lr": {"distribution": "log_uniform_values", "min": 1e-4, "max": 1e-1},
        "data.batch_size": {"values": [32, 64, 128]},
        "trainer.max_epochs": {"value": 5},
    },
    "command": ["${env}", "python", "-m", "course_lib", "fit", "${args}"],
}
# %% call
check.sweep(sweep)
# %% right: as in the setup, which is what the wrong ones differ from
pass
# %% right: Bayes, exponents of e, a list of one value, the program by its macro
import math

sweep = dict(
    method="bayes",
    program="course_lib",
    metric=dict(goal="maximize", name="val_acc"),
    early_terminate=dict(type="hyperband", min_iter=2),
    run_cap=20,
    parameters={
        "data.batch_size": dict(distribution="categorical", values=(128, 64, 32)),
        "trainer.max_epochs": dict(values=[5]),
        "model.lr": dict(distribution="log_uniform", min=math.log(0.0001), max=math.log(0.1)),
    },
    command=["${interpreter}", "-u", "-m", "${program}", "fit", "${args_no_equals}"],
)
# %% right: more flags than were asked for
sweep["parameters"] |= {
    "model.weight_decay": {"values": [0.0, 1e-4]},
    "seed_everything": {"values": [1, 2, 3]},
    "trainer.logger.init_args.project": {"value": "digits"},
}
sweep["command"][1] = "/opt/python3"
sweep["command"].insert(5, "--config=best.yaml")
sweep["parameters"]["model.lr"]["distribution"] = "inv_log_uniform_values"
# %% right: the exponents of one over the learning rate
sweep["parameters"]["model.lr"] = {
    "distribution": "inv_log_uniform",
    "min": 2.302585,
    "max": 9.210340,
}


# %% wrong: a function that makes it
# says: `sweep` should be a dictionary and is the function
def sweep():
    return {"method": "random"}


# %% wrong: the parameters themselves
# says: What stands behind `data.batch_size`, `model.lr` is no dictionary
sweep["parameters"] = {"model.lr": 0.01, "data.batch_size": [32, 64, 128]}
# %% wrong: parameters in a list
# says: with a key for each of the parameters
sweep["parameters"] = [{"name": "model.lr", "min": 1e-4, "max": 1e-1}]
# %% wrong a: a grid
# says: there is no end of learning rates
sweep["method"] = "grid"
# %% wrong a: a capital letter
# says: The method is 'Random'
sweep["method"] = "Random"
# %% wrong b: no metric
# says: `metric` should be a dictionary
del sweep["metric"]
# %% wrong b: a name that nobody logs
# says: No run logs 'accuracy'
sweep["metric"]["name"] = "accuracy"
# %% wrong b: another metric
# says: The metric is `val_loss`
sweep["metric"] = {"name": "val_loss", "goal": "minimize"}
# %% wrong b: no goal
# says: without one W&B looks for the smallest
del sweep["metric"]["goal"]
# %% wrong b: the worst
# says: wrong most often
sweep["metric"]["goal"] = "minimize"
# %% wrong b: as Lightning says it
# says: The goal is 'max'
sweep["metric"]["goal"] = "max"
# %% wrong c: no learning rate
# says: `model.lr` is missing
del sweep["parameters"]["model.lr"]
# %% wrong c: four values
# says: is one of a few values
sweep["parameters"]["model.lr"] = {"values": [1e-4, 1e-3, 1e-2, 1e-1]}
# %% wrong c: texts, as YAML reads 1e-4
# says: are '1e-4' and '1e-1'
sweep["parameters"]["model.lr"] |= {"min": "1e-4", "max": "1e-1"}
# %% wrong c: bounds in the wrong order
# says: there is nothing in between
sweep["parameters"]["model.lr"] |= {"min": 1e-1, "max": 1e-4}
# %% wrong c: a distribution that rounds
# says: rounds nothing
sweep["parameters"]["model.lr"]["distribution"] = "q_log_uniform_values"
# %% wrong c: exponents where values belong
# says: takes the bounds themselves
sweep["parameters"]["model.lr"] |= {"min": -9.2, "max": -2.3}
# %% wrong c: values where exponents belong
# says: it draws learning rates from 1 to 1.105
sweep["parameters"]["model.lr"]["distribution"] = "log_uniform"
# %% wrong c: exponents of 10
# says: these are exponents of 10
sweep["parameters"]["model.lr"] = {"distribution": "log_uniform", "min": -4, "max": -1}
# %% wrong c: other bounds
# says: It draws learning rates from 1e-05 to 0.1
sweep["parameters"]["model.lr"]["min"] = 1e-5
# %% wrong c: uniform
# says: Half of the learning rates are above 0.05
del sweep["parameters"]["model.lr"]["distribution"]
# %% wrong d: any number between
# says: such as 96
sweep["parameters"]["data.batch_size"] = {"min": 32, "max": 128}
# %% wrong d: not a list
# says: should be a list of numbers
sweep["parameters"]["data.batch_size"] = {"values": 64}
# %% wrong d: texts
# says: stand in quotes
sweep["parameters"]["data.batch_size"]["values"] = ["32", "64", "128"]
# %% wrong d: one is missing
# says: is one of 32, 64; expected
sweep["parameters"]["data.batch_size"]["values"] = [32, 64]
# %% wrong e: up to five
# says: has no single `value`
sweep["parameters"]["trainer.max_epochs"] = {"min": 1, "max": 5}
# %% wrong e: five or ten
# says: The number of epochs is 5, 10
sweep["parameters"]["trainer.max_epochs"] = {"values": [5, 10]}
# %% wrong f: the dashes
# says: puts the two dashes in front itself
sweep["parameters"]["--model.weight_decay"] = {"value": 0.1}
# %% wrong f: an argument of the network
# says: `LitClassifier` has no argument `dropout`
sweep["parameters"]["model.dropout"] = {"min": 0.0, "max": 0.5}
# %% wrong f: without the part in front of the dot
# says: Is `model.lr` meant?
sweep["parameters"]["lr"] = sweep["parameters"].pop("model.lr")
# %% wrong f: a name of one's own
# says: There is no `--learning_rate`: flags begin with `data`, `model`, `trainer`, and a dot.
sweep["parameters"]["learning_rate"] = sweep["parameters"].pop("model.lr")
# %% wrong f: nested
# says: `model` is no flag by itself
lr = sweep["parameters"].pop("model.lr")
sweep["parameters"]["model"] = {"parameters": {"lr": lr}}
# %% wrong g: no command
# says: Without `command` the agent runs `python train.py`
sweep["program"] = "train.py"
del sweep["command"]
# %% wrong g: one text
# says: should be a list of texts
sweep["command"] = "python -m course_lib fit ${args}"
# %% wrong g: several words in one
# says: would be a single one: split it
sweep["command"] = ["${env}", "python", "-m course_lib fit", "${args}"]
# %% wrong g: another subcommand
# says: The agent would run `/usr/bin/env python -m course_lib --model.lr=1
sweep["command"].remove("fit")
# %% wrong g: without python
# says: `-m` is an option of `python`
sweep["command"].remove("python")
# %% wrong g: python twice
# says: would run `python python -m …`: python, with a program
sweep["command"].insert(1, "${interpreter}")
# %% wrong g: without the values
# says: do not get onto the command line
sweep["command"].remove("${args}")
