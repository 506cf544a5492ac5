"""The stock admin, with the portal's sign-in instead of a password page."""

from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


class PortalAdminSite(AdminSite):
    """Where editors and admins work."""

    site_header = "HSB advice portal: guidance and people"
    site_title = "HSB advice portal"
    index_title = "Guidance and people"

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Send people to the code sign-in; those signed in without the right are told so."""
        if request.user.is_authenticated:
            raise PermissionDenied("Your account may not open the admin.")
        query = urlencode({"next": request.GET.get("next", reverse("admin:index"))})
        return HttpResponseRedirect(f"{reverse('account_request_login_code')}?{query}")
