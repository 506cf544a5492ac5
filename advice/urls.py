"""Addresses of the public library."""

app_name = "advice"
urlpatterns: list[object] = []
