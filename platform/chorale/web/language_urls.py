"""Addresses of schemes, forms, crosswalks, fits and derived columns."""

from django.urls import path

from chorale.web.listing_views import routes
from chorale.web.views import (
    crosswalk_forms,
    crosswalk_making,
    crosswalk_trials,
    crosswalks,
    derived,
    fits,
    scheme_forms,
    schemes,
    voices,
)
from chorale.web.views import forms as form_pages

urlpatterns = [
    *routes("schemes", voices.Schemes, "schemes"),
    path("schemes/new/", scheme_forms.new, name="scheme-new"),
    path("schemes/new/preview/", scheme_forms.preview, name="scheme-preview"),
    path("schemes/<str:ref>/", schemes.scheme, name="scheme"),
    path("schemes/<str:ref>/withdraw/", scheme_forms.withdraw, name="scheme-withdraw"),
    path("schemes/<str:ref>/tier/", crosswalk_making.tier, name="scheme-tier"),
    path("schemes/<str:ref>/download.<str:form>", schemes.download, name="scheme-download"),
    path("schemes/<str:ref>/compare/<str:other>/", scheme_forms.compare, name="scheme-compare"),
    *routes("crosswalks", voices.Crosswalks, "crosswalks"),
    path("crosswalks/new/", crosswalk_forms.new, name="crosswalk-new"),
    path("crosswalks/new/preview/", crosswalk_making.preview, name="crosswalk-preview"),
    path("crosswalks/learn/", fits.learn, name="crosswalk-learn"),
    path("crosswalks/<str:ref>/", crosswalks.crosswalk, name="crosswalk"),
    path("crosswalks/<str:ref>/try/", crosswalk_trials.trial, name="crosswalk-trial"),
    path("crosswalks/<str:ref>/try/items/", crosswalk_trials.items, name="crosswalk-trial-items"),
    path("crosswalks/<str:ref>/ways/", crosswalks.ways, name="crosswalk-ways"),
    path("crosswalks/<str:ref>/ways/keep/", crosswalk_making.chain, name="crosswalk-chain"),
    path("crosswalks/<str:ref>/review/", crosswalk_forms.review, name="crosswalk-review"),
    path("crosswalks/<str:ref>/withdraw/", crosswalk_forms.withdraw, name="crosswalk-withdraw"),
    path("crosswalks/<str:ref>/download.sssom.tsv", crosswalks.download, name="crosswalk-download"),
    path("crosswalks/<str:ref>/compare/<str:other>/", crosswalk_forms.compare, name="crosswalk-compare"),
    *routes("forms", form_pages.Forms, "forms"),
    path("forms/new/", form_pages.new, name="form-new"),
    path("forms/new/layer/", form_pages.row, name="form-row"),
    path("forms/new/preview/", form_pages.preview, name="form-preview"),
    path("forms/<slug:slug>/<int:version>/", form_pages.form, name="form"),
    path("gaussians/", fits.gaussians, name="gaussians"),
    path("gaussians/new/", fits.fit, name="gaussians-fit"),
    path("gaussians/points/new/", fits.points, name="points-new"),
    path("gaussians/<uuid:key>/", fits.one, name="gaussians-one"),
    path("derived/", derived.index, name="derived"),
    path("derived/new/", fits.derive, name="derived-new"),
    path("derived/<uuid:key>/", derived.one, name="derived-one"),
    path("derived/<uuid:key>/derived.parquet", derived.file, name="derived-file"),
]
