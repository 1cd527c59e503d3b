"""The exercises of lesson 07: anomalies in a table with a VAE."""

from course_lib.exercises.lesson_07.bugs import bug_hunt as bug_hunt
from course_lib.exercises.lesson_07.losses import vae_loss as vae_loss
from course_lib.exercises.lesson_07.noise import reparameterize as reparameterize
from course_lib.exercises.lesson_07.restarts import warm_restarts as warm_restarts
from course_lib.exercises.lesson_07.scores import anomaly_scores as anomaly_scores
from course_lib.exercises.lesson_07.scoring import score_new_rows as score_new_rows
from course_lib.exercises.lesson_07.tables import encode_table as encode_table
from course_lib.exercises.lesson_07.threshold import threshold as threshold
