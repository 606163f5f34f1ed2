"""Addresses of the release pages."""

from django.urls import path

from chorale.web.listing_views import routes
from chorale.web.views import (
    erasures,
    release_compare,
    release_downloads,
    release_mirrors,
    release_recipes,
    releases,
)

ONE = "releases/<slug:slug>/<str:version>"

urlpatterns = [
    path("releases/new/", release_recipes.new, name="release-new"),
    path("releases/link/<str:token>/<path:name>", release_downloads.linked, name="release-linked"),
    path(f"{ONE}/", releases.release, name="release"),
    path(f"{ONE}/preview/", release_recipes.preview, name="release-preview"),
    path(f"{ONE}/build/", release_recipes.build, name="release-build"),
    path(f"{ONE}/discard/", release_recipes.discard, name="release-discard"),
    path(f"{ONE}/publish/", releases.publish, name="release-publish"),
    path(f"{ONE}/withdraw/", releases.withdraw, name="release-withdraw"),
    path(f"{ONE}/mirror/", release_mirrors.mirror, name="release-mirror"),
    path(f"{ONE}/terms/", release_downloads.terms, name="release-terms"),
    path(f"{ONE}/files/<path:name>", release_downloads.file, name="release-file"),
    path(f"{ONE}/zip/<slug:part>.zip", release_downloads.zipped, name="release-zip"),
    path(f"{ONE}/diff/<str:other>/", release_compare.diff, name="release-diff"),
    path(f"{ONE}/diff/<str:other>.json", release_compare.diff, {"form": "json"}, name="release-diff-json"),
    path(f"{ONE}/diff/<str:other>.md", release_compare.diff, {"form": "md"}, name="release-diff-md"),
    path(f"{ONE}/items/<uuid:key>/", release_compare.lineage, name="release-item"),
    *routes("erasures", erasures.Erasures, "erasures"),
    path("erasures/<int:pk>/", erasures.erasure_page, name="erasure"),
    path("items/<uuid:key>/erase/", erasures.item, name="item-erase"),
    path("raters/<int:pk>/erase/", erasures.rater, name="rater-erase"),
]
