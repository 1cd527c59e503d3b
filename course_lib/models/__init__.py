"""The course's reference models: plain networks, and the LightningModule that trains them."""

from course_lib.models.classifier import LitClassifier
from course_lib.models.guard import MonitorGuard
from course_lib.models.networks import CNN, MLP
from course_lib.models.scores import row_scores
from course_lib.models.text import LitTextClassifier
from course_lib.models.vae import LitVAE

__all__ = [
    "CNN",
    "MLP",
    "LitClassifier",
    "LitTextClassifier",
    "LitVAE",
    "MonitorGuard",
    "row_scores",
]
