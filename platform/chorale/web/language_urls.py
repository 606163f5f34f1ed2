"""Addresses of schemes and crosswalks."""

from django.urls import path

from chorale.web.listing_views import routes
from chorale.web.views import crosswalk_forms, crosswalks, scheme_forms, schemes, voices

urlpatterns = [
    *routes("schemes", voices.Schemes, "schemes"),
    path("schemes/new/", scheme_forms.new, name="scheme-new"),
    path("schemes/<str:ref>/", schemes.scheme, name="scheme"),
    path("schemes/<str:ref>/download.<str:form>", schemes.download, name="scheme-download"),
    path("schemes/<str:ref>/compare/<str:other>/", scheme_forms.compare, name="scheme-compare"),
    *routes("crosswalks", voices.Crosswalks, "crosswalks"),
    path("crosswalks/new/", crosswalk_forms.new, name="crosswalk-new"),
    path("crosswalks/<str:ref>/", crosswalks.crosswalk, name="crosswalk"),
    path("crosswalks/<str:ref>/try/", crosswalks.trial, name="crosswalk-trial"),
    path("crosswalks/<str:ref>/ways/", crosswalks.ways, name="crosswalk-ways"),
    path("crosswalks/<str:ref>/review/", crosswalk_forms.review, name="crosswalk-review"),
    path("crosswalks/<str:ref>/download.sssom.tsv", crosswalks.download, name="crosswalk-download"),
    path("crosswalks/<str:ref>/compare/<str:other>/", crosswalk_forms.compare, name="crosswalk-compare"),
]
