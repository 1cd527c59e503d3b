"""The course's reference models: plain networks, and the LightningModule that trains them."""

from course_lib.models.classifier import LitClassifier
from course_lib.models.guard import MonitorGuard
from course_lib.models.networks import CNN, MLP

__all__ = ["CNN", "MLP", "LitClassifier", "MonitorGuard"]
