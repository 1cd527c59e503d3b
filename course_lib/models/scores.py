"""From the errors of windows to a score for each row."""

import torch
from torch import Tensor

from course_lib.data.tabular import TabularDataset
from course_lib.models.vae import LitVAE


def row_scores(model: LitVAE, dataset: TabularDataset, batch_size: int = 1024) -> Tensor:
    """How badly the values of each row are rebuilt, `[rows]`: the median over its windows.

    A row is in as many windows as a window has rows. One odd neighbour spoils some of them, but
    seldom half. Works without gradients, in evaluation mode, and leaves the mode as it was.

    Raises:
        ValueError: there are no continuous columns.
    """
    columns = dataset.cont.shape[1]
    if not columns:
        raise ValueError("There are no continuous columns to rebuild; use model.score.")
    errors = torch.full((len(dataset.cont), dataset.window), torch.nan)
    mode = model.training
    model.eval()
    with torch.no_grad():
        for index in torch.arange(len(dataset)).split(batch_size):
            cont, cat, _ = dataset.__getitems__(index.tolist()).tensors
            result = model(cont.to(model.device), cat.to(model.device)).cont.cpu()
            error = (result - cont).square().view(len(cont), -1, columns).mean(dim=2)
            errors[dataset.rows_of(index), torch.arange(dataset.window)] = error
    model.train(mode)
    return errors.nanmedian(dim=1).values
