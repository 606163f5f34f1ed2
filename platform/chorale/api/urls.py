"""Addresses of the API."""

from django.urls import path

from chorale.api.routes import api

urlpatterns = [path("", api.urls)]
