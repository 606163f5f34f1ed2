"""The API, as Django knows it."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Django's name for the API."""

    name = "chorale.api"
    label = "api"
