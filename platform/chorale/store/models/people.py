"""People who sign in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What a person may do; each role is a Django group of the same name, and a person may hold several."""

    ANNOTATOR = "annotator"
    ADMIN = "admin"
    RESEARCHER = "researcher"


class User(AbstractUser):
    """A person with a login. Roles are groups (`chorale.store.access.roles`)."""

    demo = models.BooleanField(default=False, help_text="Made by the demo; its password is public.")

    class Meta:
        db_table = "person"
