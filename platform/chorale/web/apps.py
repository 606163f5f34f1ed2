"""The pages, as Django knows them."""

from typing import Any

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Django's name for the pages."""

    name = "chorale.web"
    label = "web"

    def ready(self) -> None:
        """Who signs out, or has a new password, has signed out of labelling too."""
        from allauth.account import signals as account
        from django.contrib.auth.signals import user_logged_out

        for signal in (user_logged_out, account.password_changed, account.password_reset, account.password_set):
            signal.connect(_end_labelling, dispatch_uid=f"label-end-{id(signal)}")


def _end_labelling(*, user: Any = None, **_: Any) -> None:
    from chorale.store import tickets

    if user is not None:
        tickets.end(user)
