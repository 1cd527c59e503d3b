"""2.5 steps"""

# %% setup
import numpy as np

# %% call
check.steps(predictions)
# %% right: counted
predictions = {"A": 12, "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
# %% right: computed
import math

batches = math.ceil(100 / 32)
predictions = dict(
    A=3 * batches,
    B=3 * (100 // 32),
    C=2 * np.floor(0.6 * batches),
    D=5,
    E=min(3, 5 * batches),
    F=10.0,
)
# %% wrong: the last batch is forgotten
# says: A: it does not end at step 9.
predictions = {"A": 9, "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
# %% wrong: a fraction of a batch counts
# says: A: it does not end at step 9.375
predictions = {"A": 9.375, "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
# %% wrong: drop_last is overlooked
# says: left out
predictions = {"A": 12, "B": 12, "C": 4, "D": 5, "E": 3, "F": 10}
# %% wrong: rounds up
# says: rounded down
predictions = {"A": 12, "B": 9, "C": 6, "D": 5, "E": 3, "F": 10}
# %% wrong: takes 1 for all
# says: 1 and 1.0 do not mean the same
predictions = {"A": 12, "B": 9, "C": 4, "D": 20, "E": 3, "F": 10}
# %% wrong: overlooks max_steps
# says: reached first
predictions = {"A": 12, "B": 9, "C": 4, "D": 5, "E": 20, "F": 10}
# %% wrong: finishes the epoch
# says: inside an epoch
predictions = {"A": 12, "B": 9, "C": 4, "D": 5, "E": 3, "F": 12}
# %% wrong: a key is missing
# says: Expected a dictionary with the keys A, B, C, D, E, F; got `A`, `B`
predictions = {"A": 12, "B": 9}
# %% wrong: a list
# says: got a list of 6
predictions = [12, 9, 4, 5, 3, 10]
# %% wrong: a text
# says: A: expected a number
predictions = {"A": "12", "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
