"""The mean loss of an epoch, whatever the sizes of its batches and the shares of the processes."""

import torch
from torch import Tensor
from torchmetrics import Metric


class MeanLoss(Metric):
    """The mean over images of losses that are means over batches.

    `self.log(…, sync_dist=True)` takes the mean over processes, which is wrong where their shares
    differ. torchmetrics' MeanMetric adds in place, which fails in a `fit` after a `validate`:
    what was made in inference mode may not be changed in place outside of it.
    """

    total: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0.0), dist_reduce_fx="sum")

    def update(self, loss: Tensor, size: int) -> None:
        """Add the mean loss of `size` images."""
        self.total = self.total + loss.detach() * size
        self.count = self.count + size

    def compute(self) -> Tensor:
        """The mean of all images since the last reset."""
        return self.total / self.count
