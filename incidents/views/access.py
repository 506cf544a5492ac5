"""Who may open what: one place for the enquirer's and for the practitioner's pages.

An enquirer's browser carries a signed cookie with the ids of the drafts it began. It outlives the
session, so a session that lapses in the middle of the form loses nothing. After signing in by code, the
e-mail given with the enquiry opens it too.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from hsb_portal.accounts.models import User
from incidents.models import Enquiry

COOKIE: Final = "asked_here"
#: As many as one browser keeps; a shared computer does not collect more.
MOST: Final = 10

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def begun_here(request: HttpRequest) -> list[UUID]:
    """The ids of drafts that this browser began; empty when the cookie is missing, old or changed."""
    value = request.get_signed_cookie(COOKIE, default="", max_age=settings.DRAFT_HOURS * 7200) or ""
    return [uuid.UUID(part) for part in value.split(".") if part]


def remember(request: HttpRequest, response: HttpResponse, draft_id: UUID) -> None:
    """Let this browser come back to a draft and to what becomes of it."""
    ids = [draft_id, *(known for known in begun_here(request) if known != draft_id)][:MOST]
    response.set_signed_cookie(
        COOKIE,
        ".".join(str(known) for known in ids),
        max_age=settings.DRAFT_HOURS * 7200,
        httponly=True,
        secure=settings.HTTPS,
        samesite="Lax",
    )


def own_enquiry(request: HttpRequest, reference: str) -> Enquiry:
    """The enquirer's own enquiry, or 404: the same page whether it does not exist or is somebody else's."""
    enquiry = get_object_or_404(Enquiry.objects.select_related("enquirer"), reference=reference)
    signed_in = request.user.is_authenticated and enquiry.enquirer_id == request.user.pk
    if not (signed_in or enquiry.submission_key in begun_here(request)):
        raise Http404
    return enquiry


def practitioner_required(view: View[P]) -> View[P]:
    """Only practitioners and leads; others who are signed in are told so."""

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not who(request).is_practitioner:
            raise PermissionDenied("Only practitioners open the queue.")
        return view(request, *args, **kwargs)

    return checked  # type: ignore[return-value]  # wraps() hides that it takes the same arguments


def lead_required(view: View[P]) -> View[P]:
    """Only leads; others who are signed in are told so."""

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not who(request).has_perm("incidents.lead_enquiry"):
            raise PermissionDenied("Only leads open this page.")
        return view(request, *args, **kwargs)

    return checked  # type: ignore[return-value]  # wraps() hides that it takes the same arguments


def who(request: HttpRequest) -> User:
    """The person signed in."""
    user: Any = request.user
    if not isinstance(user, User):
        raise PermissionDenied("Nobody is signed in.")
    return user
