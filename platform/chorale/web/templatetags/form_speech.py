"""How far a campaign's form speaks the campaign's language."""

from __future__ import annotations

from django import template

from chorale.store import form_speech
from chorale.store.models import Campaign

register = template.Library()


@register.filter
def speech(campaign: Campaign) -> form_speech.Speech:
    """What the raters of a campaign read of its form."""
    return form_speech.speech(campaign.form, campaign.language)
