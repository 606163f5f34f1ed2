"""Django's name for the rater proxy."""

from django.apps import AppConfig


class ProxyConfig(AppConfig):
    """The proxy uses the store; it has no tables of its own."""

    name = "chorale.proxy"
    label = "proxy"
