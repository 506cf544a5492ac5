"""Signing in by code and signing out; none of the other pages that allauth has."""

from allauth.account import views
from django.urls import path
from django.views.generic import RedirectView

to_the_code = RedirectView.as_view(pattern_name="account_request_login_code", query_string=True)

urlpatterns = [
    path("login/", to_the_code, name="account_login"),
    path("signup/", to_the_code, name="account_signup"),
    path("login/code/", views.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", views.confirm_login_code, name="account_confirm_login_code"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
]
