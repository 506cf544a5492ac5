"""Pages that belong to no part: the front page, plain pages, errors, the demo's mail."""

import sys
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from hsb_portal.accounts.models import DemoMail, User
from hsb_portal.context import service


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    return render(request, "home.html")


@require_GET
@login_required
def home_for_me(request: HttpRequest) -> HttpResponse:
    """Where somebody lands after signing in: by what they may do."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  (login_required)
    if user.is_practitioner:
        return redirect("incidents:queue")
    return redirect("admin:index" if user.is_staff else "incidents:mine")


@require_GET
def page(request: HttpRequest, name: str) -> HttpResponse:
    """A plain page."""
    return render(request, f"pages/{name}.html")


@require_GET
def demo_mail(request: HttpRequest) -> HttpResponse:
    """The demo's mail, newest first, so that sign-in codes can be read."""
    if not settings.DEMO:
        raise Http404
    return render(request, "pages/demo_mail.html", {"mails": DemoMail.objects.order_by("-pk")[:50]})


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for what went wrong, without touching the database."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError) or isinstance(
        getattr(error, "__cause__", None), DatabaseError
    ):
        return HttpResponse(render_to_string("503.html", plain_context()), status=503)
    return HttpResponse(render_to_string("500.html", plain_context()), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form that came without its token."""
    return HttpResponse(render_to_string("403_csrf.html", plain_context()), status=403)


def plain_context() -> dict[str, Any]:
    """What an error page may say without asking anything."""
    return service(HttpRequest())
