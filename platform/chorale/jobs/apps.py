"""Long work: kinds of job are imported when they are asked for, all of them in a worker."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Django's name for the layer that runs long work."""

    name = "chorale.jobs"
    label = "jobs"
