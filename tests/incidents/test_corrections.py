"""A practitioner corrects triage: redacted first, kept once, only by who may, and used by the next evaluation."""

import json
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from advice.triage.evaluation import labelled_in
from advice.triage.types import Outcome, Tier
from incidents import actions, corrections
from incidents.corrections import Verdict, correct, identifying, labelled, mark_of, newest
from incidents.models import Correction
from incidents.states import EventKind, Status
from tests.factories import ANSWERS, NOW, person, scenario
from tests.html import Page
from tests.incidents.test_explain import TEXT, found, kept, match, touched
from tests.incidents.test_outcome import owner
from tests.incidents.test_queue import signed_in

pytestmark = pytest.mark.django_db

REDACTED = "One pupil touched another in the corridor without being wanted."
NAMED = "A boy called Darren Poulter touched her. Ring 07700 900 123."


@pytest.fixture(autouse=True)
def some_scenarios():
    for slug in ("unwanted-touching", "sexual-language", "age-gap"):
        scenario(slug)


def claimed(by=None, **account):
    """An enquiry that somebody has claimed, with one flag and one match."""
    return kept(
        found(touched(), matches=(match(), match(scenario="sexual-language", title="Sexual language"))),
        Status.CLAIMED,
        claimed_by=by or person("practitioner"),
        account={**ANSWERS, "region": "london", "age_harmed": 9, "force": "yes", **account},
    )


def form(**changed):
    """A form that says that the flag and the first match are wrong; None leaves a field out."""
    data = {
        "wrong_flags": ["RF03"],
        "missed_flags": ["RF09"],
        "wrong_matches": ["unwanted-touching"],
        "best": "age-gap",
        "second": "sexual-language",
        "tier": "C",
        "reason": "It was about the gap in age.",
        "text": REDACTED,
        "removed": "on",
        "key": str(uuid.uuid4()),
        **changed,
    }
    return {name: value for name, value in data.items() if value is not None}


def address(case):
    return reverse("incidents:correct", args=[case.reference])


def send(case, by=None, follow=True, **changed):
    return signed_in(by or case.claimed_by).post(address(case), form(**changed), follow=follow)


def verdict(**changed):
    return Verdict(**{
        "wrong_flags": (), "missed_flags": (), "wrong_matches": (), "right": ("age-gap",), "tier": "B", **changed,
    })  # fmt: skip


# The form


def test_the_form_holds_the_account_to_redact_and_all_there_is_to_choose():
    case = claimed(done="Nothing yet.")
    response = signed_in(case.claimed_by).get(address(case))
    page = Page(response)
    html = response.content.decode()
    assert page.problems() == []
    assert TEXT in html
    assert "Nothing yet." in html
    for words in ("RF03 Unwanted sexual touching", "RF09", "RF30", "None of these", "Age gap", "A: act now"):
        assert words in page.text


def test_the_form_says_which_answers_are_kept_and_leaves_out_the_region():
    case = claimed()
    text = Page(signed_in(case.claimed_by).get(address(case))).text
    assert "Kept with the text" in text
    assert "Age of the child who was harmed or affected 9" in text
    assert "London" not in text


def test_opening_the_form_is_recorded_as_reading_the_account():
    case = claimed()
    signed_in(case.claimed_by).get(address(case))
    event = case.events.get()
    assert (event.kind, event.by) == (EventKind.OPENED, case.claimed_by)


def test_an_enquiry_without_flags_or_matches_can_be_corrected():
    case = kept(found(), Status.CLAIMED)
    assert Page(signed_in(case.claimed_by).get(address(case))).problems() == []
    send(case, wrong_flags=None, wrong_matches=None)
    assert Correction.objects.get().what["flags"] == ["RF09"]


def test_a_second_correction_begins_with_the_text_that_was_redacted_before():
    case = claimed()
    send(case)
    html = signed_in(case.claimed_by).get(address(case)).content.decode()
    assert REDACTED in html
    assert TEXT not in html


# What is kept


def test_a_correction_is_kept_with_an_event_and_shown_on_the_enquirys_page():
    case = claimed()
    response = send(case)
    one = Correction.objects.get()
    assert (one.enquiry, one.by, one.reason) == (case, case.claimed_by, "It was about the gap in age.")
    assert one.what == {
        "wrong_flags": ["RF03"],
        "missed_flags": ["RF09"],
        "wrong_matches": ["unwanted-touching"],
        "right": ["age-gap", "sexual-language"],
        "tier": "C",
        "flags": ["RF09"],
    }
    assert one.redacted == {
        "text": REDACTED,
        "role": "teacher",
        "setting": "secondary",
        "answers": {"danger_now": "no", "age_harmed": 9, "force": "yes"},
    }
    assert case.events.filter(kind=EventKind.CORRECTED, by=case.claimed_by).count() == 1
    text = Page(response).text
    assert "Wrong flags: RF03" in text
    assert "Wrong matches: Unwanted touching Right: Age gap; Sexual language Tier C" in text


def test_reason_and_redacted_account_are_encrypted():
    send(claimed())
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason, redacted, what FROM incidents_correction")
        (reason, redacted, what) = cursor.fetchone()
    assert "gap in age" not in reason
    assert "corridor" not in redacted
    assert "corridor" not in str(what)


def test_a_form_that_is_sent_twice_is_kept_once_and_said():
    case, key = claimed(), str(uuid.uuid4())
    send(case, key=key)
    assert "already been kept" in Page(send(case, key=key)).text
    assert Correction.objects.count() == 1
    assert case.events.filter(kind=EventKind.CORRECTED).count() == 1


def test_that_triage_was_right_can_be_said_without_a_reason():
    send(claimed(), wrong_flags=None, missed_flags=None, wrong_matches=None, reason="")
    assert Correction.objects.get().what["flags"] == ["RF03"]


def test_none_of_these_is_an_answer():
    send(claimed(), best="none", second="")
    assert Correction.objects.get().what["right"] == ["none"]


# Bad input


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"best": ""}, "Choose the scenario that fits best"),
        ({"best": "no-such-scenario"}, "Select a valid choice"),
        ({"tier": None}, "Choose the tier."),
        ({"tier": "Z"}, "Choose one of the answers in the list."),
        ({"reason": "  "}, "Write why, in a few words."),
        ({"removed": None}, "Confirm that you have removed everything"),
        ({"text": ""}, "Leave the account in the box"),
        ({"text": "long " * 3000}, "12,000 characters or fewer"),
        ({"wrong_flags": ["RF99"]}, "Choose only answers in the list."),
        ({"best": "unwanted-touching"}, "marked “Unwanted touching” as wrong and also named it as right"),
        ({"key": "nonsense"}, "open the page again"),
        ({"key": None}, "open the page again"),
    ],
)
def test_bad_input_gets_a_clear_message_and_loses_nothing(changed, message):
    case = claimed()
    changed = {"reason": "kept in the box", **changed}
    response = send(case, **changed)
    html = response.content.decode()
    assert response.status_code == 400
    assert message in Page(response).text
    assert changed.get("text", REDACTED)[:40].strip() in html
    assert changed["reason"].strip() in html
    assert Page(response).problems() == []
    assert not Correction.objects.exists()


# Identifying details


def test_words_that_may_identify_somebody_are_warned_of_before_anything_is_sent():
    case = claimed(what_happened=NAMED)
    text = Page(signed_in(case.claimed_by).get(address(case))).text
    assert "Could this identify somebody?" in text
    assert "07700 900 123" in text


@pytest.mark.parametrize("where", ["text", "reason"])
def test_the_warning_must_be_answered(where):
    case = claimed()
    response = send(case, **{where: NAMED})
    assert response.status_code == 400
    assert "Say that you have looked at these words" in Page(response).text
    assert Page(response).problems() == []
    assert not Correction.objects.exists()


def test_an_answered_warning_lets_it_through():
    case, reason = claimed(), form()["reason"]
    send(case, text=NAMED, looked=mark_of(identifying(f"{NAMED}\n{reason}")))
    assert Correction.objects.get().redacted["text"] == NAMED


def test_an_answer_to_one_warning_is_none_to_another():
    case, reason = claimed(), form()["reason"]
    looked = mark_of(identifying(f"{NAMED}\n{reason}"))
    assert send(case, text=f"{NAMED} Or 07700 900 456.", looked=looked).status_code == 400


def test_when_the_check_fails_the_warning_is_shown_and_the_log_holds_no_words(monkeypatch, caplog):
    def fail(*_):
        raise ValueError(REDACTED)

    monkeypatch.setattr(corrections, "find_flags", fail)
    case = claimed()
    response = send(case)
    assert response.status_code == 400
    assert "We could not check whether anything names a person" in Page(response).text
    assert REDACTED not in caplog.text
    send(case, looked="unchecked")
    assert Correction.objects.count() == 1


# Who may


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["", "practitioner", "editor", "admin"])
def test_nobody_corrects_what_they_do_not_hold(role, method):
    case = claimed()
    response = getattr(signed_in(person(role)), method)(address(case), form())
    assert response.status_code == 403
    assert TEXT not in response.content.decode()
    assert not Correction.objects.exists()
    assert not case.events.exists()


def test_the_enquirer_does_not_open_it_and_a_stranger_is_sent_to_the_sign_in():
    asker = person()
    case = claimed()
    case.enquirer = asker
    case.save()
    assert signed_in(asker).get(address(case)).status_code == 403
    for client in (owner(case), Client()):
        response = client.post(address(case), form())
        assert response.status_code == 302
        assert reverse("account_request_login_code").split("code")[0] in response["Location"]
    assert not Correction.objects.exists()


def test_an_unknown_reference_is_a_404():
    client = signed_in(person("practitioner"))
    assert client.get(reverse("incidents:correct", args=["BBBB-2222"])).status_code == 404


def test_a_lead_corrects_any_enquiry():
    case, lead = claimed(), person("lead")
    send(case, by=lead)
    assert Correction.objects.get().by == lead


def test_who_answered_it_may_still_correct_it():
    case = claimed()
    actions.answer(case, by=case.claimed_by, text="An answer.", at=NOW)
    send(case)
    assert Correction.objects.count() == 1


def test_the_action_itself_refuses_who_does_not_hold_it():
    case = claimed()
    with pytest.raises(PermissionDenied):
        correct(
            case.latest_assessment, by=person("practitioner"), key=uuid.uuid4(), verdict=verdict(),
            reason="", redacted=REDACTED, at=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(("role", "shown"), [("holder", True), ("lead", True), ("practitioner", False)])
def test_the_link_is_there_for_who_may_use_it(role, shown):
    case = claimed()
    reader = case.claimed_by if role == "holder" else person(role)
    html = signed_in(reader).get(reverse("incidents:enquiry", args=[case.reference])).content.decode()
    assert (address(case) in html) is shown


# Labelled cases


def keep_one(case, at=NOW, **changed):
    correct(
        case.latest_assessment, by=case.claimed_by, key=uuid.uuid4(), verdict=verdict(**changed), reason="",
        redacted=REDACTED, at=at,
    )  # fmt: skip


def test_only_the_newest_correction_of_an_enquiry_counts():
    case, other = claimed(), claimed()
    for hour, tier in enumerate(("A", "C")):
        keep_one(case, NOW + timedelta(hours=hour), tier=tier)
    keep_one(other, tier="B")
    assert {each.what["tier"] for each in newest()} == {"C", "B"}


def test_a_correction_has_the_shape_of_a_labelled_case():
    case = claimed()
    keep_one(case, missed_flags=("RF09",), right=("age-gap", "none"))
    line = labelled(Correction.objects.get())
    assert line == {
        "id": str(Correction.objects.get().pk),
        "text": REDACTED,
        "role": "teacher",
        "setting": "secondary",
        "answers": {"danger_now": "no", "age_harmed": 9, "force": "yes"},
        "primary": "age-gap",
        "acceptable": ["age-gap", "none"],
        "tier_low": "B",
        "tier_high": "B",
        "flags_both": ["RF03", "RF09"],
        "flags_either": ["RF03", "RF09"],
    }


def test_the_exported_file_is_read_by_the_evaluation(tmp_path):
    keep_one(claimed())
    file, out = tmp_path / "cases.jsonl", StringIO()
    call_command("export_corrections", "--output", str(file), stdout=out)
    (case,) = labelled_in(file)
    assert (case.account.text, case.account.role) == (REDACTED, "teacher")
    assert case.acceptable == {"age-gap"}
    assert "1 labelled cases written" in out.getvalue()
    assert file.stat().st_mode & 0o077 == 0


def test_neither_reference_nor_region_nor_contact_is_exported(tmp_path):
    case = claimed()
    case.contact = {"email": "asker@test.example"}
    case.save()
    keep_one(case)
    call_command("export_corrections", "--output", str(tmp_path / "cases.jsonl"), stdout=StringIO())
    written = (tmp_path / "cases.jsonl").read_text()
    for words in (case.reference, "london", "asker@test.example", TEXT):
        assert words not in written
    assert set(json.loads(written)) >= {"id", "text", "primary", "acceptable", "flags_both"}


def test_a_blanked_account_leaves_the_labelled_case():
    case = claimed()
    keep_one(case)
    case.account = {}
    case.save()
    assert labelled(Correction.objects.get())["text"] == REDACTED


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_corrections", "--output", str(tmp_path / "none" / "cases.jsonl"))


def test_an_outcome_of_any_kind_can_be_corrected_by_a_lead():
    case = kept(found(outcome=Outcome.GUIDANCE, tier=Tier.NONE), Status.GUIDED, due_at=None)
    send(case, by=person("lead"), wrong_flags=None, wrong_matches=None)
    assert Correction.objects.count() == 1
