"""Addresses of the enquirer's and the practitioner's pages."""

from django.urls import URLPattern

app_name = "incidents"
urlpatterns: list[URLPattern] = []
