"""Addresses of corpora on their way in, corpora, quarantine, items and collections."""

from django.urls import path

from chorale.web.views import intakes

urlpatterns = [
    path("corpora/import/", intakes.index, name="intakes"),
    path("corpora/import/<uuid:key>/", intakes.intake, name="intake"),
    path("corpora/import/<uuid:key>/live/", intakes.live, name="intake-live"),
    path("corpora/import/<uuid:key>/describe/", intakes.describe, name="intake-describe"),
    path("corpora/import/<uuid:key>/check/", intakes.check, name="intake-check"),
    path("corpora/import/<uuid:key>/start/", intakes.bring_in, name="intake-start"),
    path("corpora/import/<uuid:key>/again/", intakes.again, name="intake-again"),
    path("corpora/import/<uuid:key>/drop/", intakes.drop, name="intake-drop"),
]
