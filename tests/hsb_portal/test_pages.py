"""Plain pages and error pages: complete, accessible, and errors without asking the database anything."""

from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.views import defaults

from advice import library
from hsb_portal import views
from tests.factories import person
from tests.html import Page

PLAIN = ["home", "page-accessibility", "page-privacy", "page-about", "account_request_login_code"]
ERRORS = ["400", "403", "403_csrf", "404", "429", "500", "503"]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.mark.django_db
@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_page_keeps_nobody_out(client, name):
    page = Page(client.get(reverse(name)))
    assert page.problems() == []
    assert "In immediate danger call 999 . Asking here is not a referral." in page.text


@pytest.mark.django_db
@pytest.mark.parametrize("name", PLAIN)
def test_every_page_says_how_to_reach_the_service_from_settings(client, settings, name):
    settings.SERVICE_NAME, settings.SERVICE_PHONE = "Advice for Barsetshire", "01632 960 001"
    settings.LEAVE_FOR = "https://elsewhere.example/"
    page = Page(client.get(reverse(name)))
    links = [each.get("href") for each in page.all("a")]
    assert "Advice for Barsetshire" in page.text
    assert {"tel:01632960001", "tel:999", "https://elsewhere.example/", "#main-content"} <= set(links)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        (None, {"Sign in to read a reply"}, {"My requests", "Queue", "Admin", "Sign out"}),
        ("", {"My requests", "Sign out"}, {"Queue", "Admin", "Sign in to read a reply"}),
        ("practitioner", {"Queue", "Sign out"}, {"My requests", "Sign in to read a reply"}),
        ("editor", {"Admin", "Sign out"}, {"Queue", "Sign in to read a reply"}),
    ],
)
def test_the_menu_offers_what_the_person_may_open(client, role, shown, hidden):
    if role is not None:
        user = person(role)
        user.is_staff = role == "editor"
        user.save()
        client.force_login(user, backend=BACKEND)
    words = set(Page(client.get(reverse("page-about"))).words)
    assert shown <= words
    assert not hidden & words


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_needs_no_database_and_says_where_to_telephone(name, settings):
    settings.SERVICE_PHONE = "01632 960 001"
    page = Page(HttpResponse(render_to_string(f"{name}.html", views.plain_context())))
    assert page.problems() == []
    assert "01632 960 001" in page.text
    assert "999" in page.text


@pytest.mark.parametrize(
    ("view", "error", "status"),
    [
        (defaults.bad_request, SuspiciousOperation("secret words"), 400),
        (defaults.permission_denied, PermissionDenied("secret words"), 403),
        (defaults.page_not_found, Http404("secret words"), 404),
    ],
)
def test_a_refused_request_is_answered_in_the_portals_look_without_the_reason(
    rf, view, error, status, settings
):
    settings.SERVICE_PHONE = "01632 960 001"
    answer = view(rf.get("/"), error)
    assert answer.status_code == status
    assert "01632 960 001" in Page(answer).text
    assert "secret words" not in answer.content.decode()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("secret words"), 503),
        (ValueError("secret words"), 500),
    ],
)
def test_what_breaks_is_a_plain_page_and_never_a_trace(monkeypatch, error, status):
    def breaks():
        raise error

    monkeypatch.setattr(library, "current", breaks)
    answer = Client(raise_request_exception=False).get(reverse("advice:library"))
    assert answer.status_code == status
    assert Page(answer).problems() == []
    assert "secret words" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_an_unknown_address_is_a_404_without_a_database():
    answer = Client().get("/no/such/page/")
    assert answer.status_code == 404
    assert "This page does not exist" in Page(answer).text


def test_a_form_without_its_token_gets_a_plain_page():
    answer = Client(enforce_csrf_checks=True).post(reverse("incidents:start"))
    assert answer.status_code == 403
    assert Page(answer).problems() == []


@pytest.mark.parametrize("address", ["/no/such/page/", "/accessibility/"])
@pytest.mark.django_db
def test_the_content_policy_allows_nothing_from_elsewhere_and_nothing_inline(client, address):
    policy = client.get(address).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert "https:" not in policy


TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize(
    "file", sorted(TEMPLATES.rglob("*.html")), ids=lambda file: str(file.relative_to(TEMPLATES))
)
def test_no_template_has_inline_style_or_script(file):
    text = file.read_text()
    assert " style=" not in text
    assert "<style" not in text
    assert not any(f" {name}=" in text for name in ("onclick", "onload", "onsubmit", "onchange", "onerror"))
    assert text.count("<script") == text.count('<script type="module" src=')
