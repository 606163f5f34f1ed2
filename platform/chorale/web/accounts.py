"""How people get accounts: an admin makes them; nobody signs up by themselves."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from chorale.store import audit
from chorale.store.models import User


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Login by django-allauth, sign-up closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed: raters come by invitation, everybody else through an admin."""
        return False


def password_link(*, by: User, person: User) -> str:
    """The address where this person chooses a password, once, within `PASSWORD_RESET_TIMEOUT`; the act is recorded.

    It needs no mail: the admin hands it on as they like. Choosing a password makes it worthless.
    """
    key = default_token_generator.make_token(person)
    way = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})
    audit.record(by, "person.link", person)
    return f"{settings.CHORALE_URL}{way}"


@transaction.atomic
def forget_factors(*, by: User, person: User) -> int:
    """Take away second factors that were lost; the password alone opens the account again. How many there were."""
    count, _ = Authenticator.objects.filter(user=person).delete()
    audit.record(by, "person.factors-forgotten", person, count=count)
    return count
