"""The admin: preview, publish, withdraw, forms, people, and that no account is readable there."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from advice import parts
from advice.models import Release, Scenario, Source, Wording
from hsb_portal.accounts.models import User
from incidents import actions as incidents
from incidents import outbox
from incidents.models import AnswerDraft, Assessment, Correction, Draft, Enquiry, Message, Shown
from incidents.states import Parcel, Status
from tests.factories import ANSWERS, NOW, enquiry, person, scenario
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
    assert "This is the working copy. Readers still see the published version." in preview.text
    assert address("change", made.pk) in [each.get("href") for each in preview.all("a")]
    assert preview.problems() == []
    assert "As published" in Page(Client().get("/guidance/a-scenario/")).text


def test_the_preview_of_a_draft_says_that_nobody_sees_it_yet():
    preview = Page(staff().get(address("preview", scenario(published=False).pk)))
    assert "Readers do not see this page yet." in preview.text


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


# The form of a scenario


def form_of(made, **changed):
    """What the editing page sends when only this is changed."""
    fields = (
        "code", "slug", "title", "group", "applies_when", "youngest", "oldest", "settings", "kinds", "related",
        *(key for key, _ in parts.PARTS),
    )  # fmt: skip
    rows = {
        f"{name}-{which}_FORMS": 0 for name in ("wordings", "citations") for which in ("TOTAL", "INITIAL")
    }
    return {**{name: getattr(made, name) for name in fields}, **rows, **changed}


def test_the_fields_of_the_form_carry_the_headings_of_the_page():
    text = Page(staff().get(address("change", scenario().pk))).text
    for _key, heading in parts.PARTS:
        assert f"{heading}:" in text
    assert "See also:" in text
    assert "Child harmed" not in text


def test_related_scenarios_are_chosen_from_all_others_and_kept_as_slugs():
    made, other = scenario(), scenario("another-one", title="Another one")
    page = Page(staff().get(address("change", made.pk)))
    assert "T02 Another one" in page.text
    assert [each["value"] for each in page.all("input") if each.get("name") == "related"] == [other.slug]
    staff().post(address("change", made.pk), form_of(made, related=[other.slug]))
    assert Scenario.objects.get(pk=made.pk).related == ["another-one"]


def test_related_scenarios_keep_their_order_and_new_ones_come_last():
    for slug in ("one", "two", "three"):
        scenario(slug)
    made = scenario(related=["three", "one"])
    staff().post(address("change", made.pk), form_of(made, related=["one", "two", "three"]))
    assert Scenario.objects.get(pk=made.pk).related == ["three", "one", "two"]


def test_a_related_scenario_that_is_gone_is_shown_and_not_dropped_unseen():
    made = scenario(related=["long-gone"])
    assert "long-gone (not in the library)" in Page(staff().get(address("change", made.pk))).text
    staff().post(address("change", made.pk), form_of(made, title="New title"))
    kept = Scenario.objects.get(pk=made.pk)
    assert (kept.title, kept.related) == ("New title", ["long-gone"])


@pytest.mark.parametrize("field", ["related", "settings", "kinds"])
def test_what_is_not_on_the_list_is_refused_and_said(field):
    made = scenario()
    answer = staff().post(address("change", made.pk), form_of(made, **{field: ["no-such-thing"]}))
    assert "no-such-thing is not on it" in Page(answer).text
    assert getattr(Scenario.objects.get(pk=made.pk), field) == []


def test_saving_without_a_change_changes_nothing():
    made = scenario(do_now="- One.\n- Two.", wordings=["one"])
    texts = {key: getattr(made, key).replace("\n", "\r\n") for key, _ in parts.PARTS}
    staff().post(address("change", made.pk), form_of(made, **texts))
    assert not Scenario.objects.get(pk=made.pk).has_changes


def test_what_was_published_cannot_be_deleted_and_a_draft_can():
    made, draft = scenario(), scenario("a-draft", published=False)
    links = {each: Page(staff().get(address("change", each.pk))).all("a") for each in (made, draft)}
    offered = {each.slug for each, found in links.items() if "deletelink" in str(found)}
    assert offered == {"a-draft"}
    assert staff().post(address("delete", made.pk), {"post": "yes"}).status_code == 403
    staff().post(address("delete", draft.pk), {"post": "yes"})
    assert list(Scenario.objects.values_list("slug", flat=True)) == ["a-scenario"]


def test_deleting_several_at_once_tells_every_process():
    rows = [Wording.objects.create(text=text) for text in ("How do I print?", "Where is the car park?")]
    before = Release.objects.count()
    staff().post(
        reverse("admin:advice_wording_changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"},
    )
    assert not Wording.objects.exists()
    assert Release.objects.count() == before + 1


# People


def test_roles_are_ticked_and_open_the_admin_only_where_they_work_in_it():
    client, somebody = staff("admin"), person()
    page = client.get(reverse("admin:accounts_user_change", args=[somebody.pk]))
    assert sum(each.get("name") == "groups" for each in Page(page).all("input")) == Group.objects.count()
    for role, opens in (("editor", True), ("lead", False)):
        groups = [Group.objects.get(name=role).pk]
        data = {"email": somebody.email, "name": "", "groups": groups, "is_active": "on"}
        client.post(reverse("admin:accounts_user_change", args=[somebody.pk]), data)
        assert User.objects.get(pk=somebody.pk).is_staff is opens


# Accounts of enquiries


CANARY = "Zanzibar corridor canary"


def enquiry_with_words():
    """An enquiry that has everything people can write, a shown version and parcels."""
    by = person("practitioner")
    made = scenario(wordings=["one"])
    case = enquiry(
        Status.CLAIMED, claimed_by=by, enquirer=person(),
        account={**ANSWERS, "what_happened": CANARY}, contact={"email": "canary@test.example", "phone": CANARY},
    )  # fmt: skip
    found = case.latest_assessment
    found.content = {"flags": [], "matches": [], "reasons": [CANARY]}
    found.save()
    Shown.objects.create(assessment=found, version=made.published, rank=1, confidence=0.9)
    Draft.objects.create(answers={"what_happened": CANARY}, started_at=NOW, touched_at=NOW)
    incidents.note(case, by=by, text=CANARY, at=NOW)
    incidents.keep_answer_draft(case, by=by, text=CANARY, at=NOW)
    Correction.objects.create(
        enquiry=case, assessment=found, key=case.pk, by=by, at=NOW, reason=CANARY, redacted={"text": CANARY}
    )
    outbox.put(Parcel.ROUTE, enquiry=case, at=NOW)
    return case


def addresses(client, model):
    """Every page that the admin has of a model's rows."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_changelist")
    yield reverse(f"{name}_changelist") + f"?q={CANARY.split(maxsplit=1)[0]}"
    yield reverse(f"{name}_add")
    for row in model.objects.all():
        yield from (reverse(f"{name}_{what}", args=[row.pk]) for what in ("change", "history", "delete"))


def test_failures_c1_nothing_that_was_written_is_readable_anywhere_in_the_admin():
    enquiry_with_words()
    client = staff("admin")
    User.objects.filter(pk=client.session["_auth_user_id"]).update(is_superuser=True)
    registered = list(admin.site._registry)
    assert not {Enquiry, Assessment, Message, Draft, AnswerDraft, Correction} & set(registered)
    seen = 0
    for model in registered:
        for each in addresses(client, model):
            html = client.get(each).content.decode()
            assert CANARY not in html, each
            assert "canary@test.example" not in html, each
            seen += 1
    assert seen > 40


def test_failures_c1_what_a_row_is_called_says_nothing_of_what_was_written():
    enquiry_with_words()
    for model in apps.get_app_config("incidents").get_models():
        for row in model.objects.all():
            assert "anary" not in f"{row} {row!r}", model
