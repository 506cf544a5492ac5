"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from hsb_portal import views

handler500 = "hsb_portal.views.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("me/", views.home_for_me, name="home-for-me"),
    path("accessibility/", views.page, {"name": "accessibility"}, name="page-accessibility"),
    path("privacy/", views.page, {"name": "privacy"}, name="page-privacy"),
    path("about/", views.page, {"name": "about"}, name="page-about"),
    path("demo/mail/", views.demo_mail, name="demo-mail"),
    path("guidance/", include("advice.urls")),
    path("", include("incidents.urls")),
    path("accounts/", include("hsb_portal.accounts.urls")),
    path("admin/", admin.site.urls),
]
