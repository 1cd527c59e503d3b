"""2.5 steps"""

# %% setup
import numpy as np
import torch

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
)  # %% right: a tensor, a dictionary built in a loop
predictions = {}
for key, epochs, batches in (("A", 3, 4), ("B", 3, 3), ("C", 2, 2), ("D", 5, 1)):
    predictions[key] = torch.tensor(epochs * batches)
predictions.update(E=3, F=10)
# %% wrong A: the last batch is forgotten
# says: ends with a smaller batch
predictions = {"A": 9, "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
# %% wrong A: a fraction of a batch counts
# says: (A) It does not end at step 9.375. What is left over
predictions = {"A": 9.375, "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
# %% wrong A: one batch across two epochs
# says: do not reach from one epoch into the next
predictions = {"A": 10, "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
# %% wrong A: epochs for steps
# says: the number of epochs
predictions = {"A": 3, "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
# %% wrong A: images for steps
# says: a batch, not an image
predictions = {"A": 300, "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
# %% wrong B: drop_last is overlooked
# says: leaves out the smaller batch
predictions = {"A": 12, "B": 12, "C": 4, "D": 5, "E": 3, "F": 10}
# %% wrong C: rounds up
# says: rounded down
predictions = {"A": 12, "B": 9, "C": 6, "D": 5, "E": 3, "F": 10}
# %% wrong C: rounds at the end
# says: round it first
predictions = {"A": 12, "B": 9, "C": 5, "D": 5, "E": 3, "F": 10}
# %% wrong C: overlooks the limit
# says: cuts each epoch short
predictions = {"A": 12, "B": 9, "C": 8, "D": 5, "E": 3, "F": 10}
# %% wrong D: takes 1 for all
# says: 1 and 1.0 do not mean the same
predictions = {"A": 12, "B": 9, "C": 4, "D": 20, "E": 3, "F": 10}
# %% wrong D: one batch in all
# says: for each epoch
predictions = {"A": 12, "B": 9, "C": 4, "D": 1, "E": 3, "F": 10}
# %% wrong E: overlooks max_steps
# says: reached long before
predictions = {"A": 12, "B": 9, "C": 4, "D": 5, "E": 20, "F": 10}
# %% wrong E: waits for the end of the epoch
# says: does not wait
predictions = {"A": 12, "B": 9, "C": 4, "D": 5, "E": 4, "F": 10}
# %% wrong E: steps per epoch
# says: not within each
predictions = {"A": 12, "B": 9, "C": 4, "D": 5, "E": 15, "F": 10}
# %% wrong F: finishes the epoch
# says: inside an epoch
predictions = {"A": 12, "B": 9, "C": 4, "D": 5, "E": 3, "F": 12}
# %% wrong F: stops before the last epoch
# says: it ends inside the third
predictions = {"A": 12, "B": 9, "C": 4, "D": 5, "E": 3, "F": 8}
# %% wrong F: no epochs at all
# says: does not mean that there are none
predictions = {"A": 12, "B": 9, "C": 4, "D": 5, "E": 3, "F": 0}
# %% wrong: a key is missing
# says: Expected a dictionary with the keys A, B, C, D, E, F; got `A`, `B`
predictions = {"A": 12, "B": 9}
# %% wrong: a list
# says: got a list of 6
predictions = [12, 9, 4, 5, 3, 10]
# %% wrong: a text
# says: A is the text '12'
predictions = {"A": "12", "B": 9, "C": 4, "D": 5, "E": 3, "F": 10}
