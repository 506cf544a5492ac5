"""The admin's own app config."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """The stock admin with the portal's sign-in."""

    default_site = "hsb_portal.admin.PortalAdminSite"
