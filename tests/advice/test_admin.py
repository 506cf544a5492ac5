"""The editor's pages: preview, publish, withdraw, and who may."""

import pytest
from django.test import Client
from django.urls import reverse

from advice.models import Scenario, Source
from tests.factories import person, scenario
from tests.html import Page

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def staff(role="editor"):
    user = person(role)
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def address(name, pk):
    return reverse(f"admin:advice_scenario_{name}", args=[pk])


@pytest.mark.parametrize("odd", ["0", "999999", "abc", "1/change/widgets.css", "null", "%00", "1 OR 1=1"])
@pytest.mark.parametrize("name", ["change", "preview"])
def test_an_odd_address_in_the_admin_is_not_found_and_never_breaks(name, odd):
    assert staff().get(address(name, odd)).status_code in {302, 404}


def test_every_field_of_the_editing_page_says_its_name():
    made = scenario(wordings=["one", "two"])
    made.citations.create(source=Source.objects.create(key="s", title="S", publisher="P", edition="1"))
    problems = Page(staff().get(address("change", made.pk))).problems()
    assert not [each for each in problems if "without a label" in each]


def test_the_preview_shows_the_working_copy_while_readers_see_the_published_version():
    made = scenario(title="As published")
    Scenario.objects.filter(pk=made.pk).update(title="As it will be")
    preview = Page(staff().get(address("preview", made.pk)))
    assert "As it will be" in preview.text
    assert "This is the working copy" in preview.text
    assert preview.problems() == []
    assert "As published" in Page(Client().get("/guidance/a-scenario/")).text


def test_publishing_makes_the_next_version_and_keeps_the_last():
    made = scenario(title="First")
    Scenario.objects.filter(pk=made.pk).update(title="Second")
    staff().post(address("publish", made.pk))
    assert [version.content["title"] for version in made.versions.order_by("number")] == ["First", "Second"]
    assert "Second" in Page(Client().get("/guidance/a-scenario/")).text


def test_publishing_what_has_not_changed_makes_no_version():
    made = scenario()
    staff().post(address("publish", made.pk))
    assert made.versions.count() == 1


def test_withdrawing_takes_the_page_away_and_keeps_its_versions():
    made = scenario()
    staff().post(address("withdraw", made.pk))
    assert Client().get("/guidance/a-scenario/").status_code == 404
    assert made.versions.count() == 1


@pytest.mark.parametrize("name", ["publish", "withdraw"])
def test_failures_t3_a_link_cannot_publish_or_withdraw(name):
    made = scenario(title="As published")
    Scenario.objects.filter(pk=made.pk).update(title="Changed")
    staff().get(address(name, made.pk))
    assert "As published" in Page(Client().get("/guidance/a-scenario/")).text


@pytest.mark.parametrize("role", ["", "practitioner"])
@pytest.mark.parametrize("name", ["preview", "publish", "withdraw"])
def test_who_is_no_editor_may_do_none_of_it(role, name):
    made = scenario(title="As published")
    Scenario.objects.filter(pk=made.pk).update(title="Changed")
    answer = staff(role).post(address(name, made.pk))
    assert answer.status_code == 403
    assert "As published" in Page(Client().get("/guidance/a-scenario/")).text


def test_the_buttons_that_publish_and_withdraw_belong_to_forms_of_their_own():
    page = Page(staff().get(address("change", scenario().pk)))
    forms = {each.get("id"): each.get("action") for each in page.all("form")}
    owners = {each["form"] for each in page.all("input") if "form" in each}
    assert owners == {"publish", "withdraw"}
    assert {forms[each].rsplit("/", 2)[1] for each in owners} == owners
