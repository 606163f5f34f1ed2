"""What looking through the texts of items found: language, personal data, profanity, length."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from chorale.store.models.corpora import Item


class Screening(models.Model):
    """One item's text looked through by `harmonize.corpora.screening`; made again at any time, judges nothing.

    ``language``: the likeliest (ISO 639-1; "und" where the text is too short to tell) with ``certainty`` 0..1.
    ``pii``: kinds of personal data found ("email", "phone", "url", ...). ``profane``: words of the list found.
    """

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="screening")
    language = models.CharField(max_length=20)
    certainty = models.FloatField()
    characters = models.IntegerField()
    words = models.IntegerField()
    pii = ArrayField(models.CharField(max_length=20), default=list)
    profane = models.IntegerField(db_default=0)

    class Meta:
        db_table = "screening"
