"""Long work: kinds of job are registered when this app is ready."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Django's name for the layer that runs long work."""

    name = "chorale.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Import the kinds, so that a worker knows every step by name."""
        from chorale.jobs import kinds

        kinds.load()
