"""Addresses of the public library."""

from django.urls import path

from advice import views

app_name = "advice"
urlpatterns = [
    path("", views.browse, name="library"),
    path("core-response/", views.core, name="core"),
    path("<slug:slug>/", views.scenario, name="scenario"),
]
