"""Addresses of corpora on their way in, corpora, quarantine, items and collections."""

from django.urls import path

from chorale.web.listing_views import routes
from chorale.web.views import captions, collections, corpora, corpus_parts, intakes, items, quarantine

urlpatterns = [
    path("corpora/import/", intakes.index, name="intakes"),
    path("corpora/import/<uuid:key>/", intakes.intake, name="intake"),
    path("corpora/import/<uuid:key>/live/", intakes.live, name="intake-live"),
    path("corpora/import/<uuid:key>/describe/", intakes.describe, name="intake-describe"),
    path("corpora/import/<uuid:key>/check/", intakes.check, name="intake-check"),
    path("corpora/import/<uuid:key>/start/", intakes.bring_in, name="intake-start"),
    path("corpora/import/<uuid:key>/again/", intakes.again, name="intake-again"),
    path("corpora/import/<uuid:key>/drop/", intakes.drop, name="intake-drop"),
    *routes("corpora/<slug:slug>/quarantine", quarantine.Quarantined, "quarantine"),
    path("corpora/<slug:slug>/quarantine/many/", quarantine.many, name="quarantine-many"),
    path("corpora/<slug:slug>/quarantine/<int:pk>/", quarantine.one, name="quarantined"),
    path("corpora/<slug:slug>/quarantine/<int:pk>/drop/", quarantine.drop, name="quarantined-drop"),
    path("collections/new/", collections.new, name="collection-new"),
    path("collections/new/preview/", collections.preview, name="collection-preview"),
    path("collections/<slug:slug>/", collections.collection, name="collection"),
    path("collections/<slug:slug>/report.json", collections.report, name="collection-report"),
    path("items/<uuid:key>/preview", items.preview, name="item-preview"),
    path("items/<uuid:key>/captions.vtt", captions.captions, name="item-captions"),
    path("corpora/<slug:slug>/corpus.toml", corpora.descriptor, name="corpus-descriptor"),
    path("corpora/<slug:slug>/mask/", corpora.mask, name="corpus-mask"),
    path("corpora/<slug:slug>/alike/", corpus_parts.alike, name="corpus-alike"),
    path("corpora/<slug:slug>/alike.json", corpus_parts.alike, {"form": "json"}, name="corpus-alike-json"),
    path("corpora/<slug:slug>/compare/", corpus_parts.compare, name="corpus-compare"),
    path("corpora/<slug:slug>/look/screen_corpus/", corpora.look_through, {"kind": "screen_corpus"}, "corpus-look"),
    path("corpora/<slug:slug>/look/find_duplicates/", corpora.look_through, {"kind": "find_duplicates"}, "corpus-look"),
]
