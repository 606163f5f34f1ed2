"""The store: models, actions, queries, access, audit."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Django's name for the layer that owns every table."""

    name = "chorale.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
