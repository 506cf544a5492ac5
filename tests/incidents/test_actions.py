"""Each action is one transaction, once, by somebody who may."""

import pytest
from django.db import connection

from incidents import actions
from incidents.models import AnswerDraft, Assessment, Draft, Enquiry, Event, Message, Outbox
from incidents.states import EventKind, MoveRefused, Parcel, Status
from tests.factories import NOW, draft, enquiry, person

pytestmark = pytest.mark.django_db


def parcels(case):
    return sorted(case.outbox.values_list("parcel", flat=True))


def test_submitting_writes_enquiry_assessment_event_and_outbox():
    case = actions.submit(draft(email="a@test.example", force="yes"), at=NOW)
    assert case.status == Status.QUEUED
    assert case.tier == "A"
    assert case.assessments.count() == 1
    assert case.events.get().kind == EventKind.RECEIVED
    assert parcels(case) == [Parcel.ACKNOWLEDGE, Parcel.ROUTE]
    assert not Draft.objects.exists()


def test_the_account_survives_unchanged_and_the_contact_stands_apart():
    text = "Child A 🙂 said: \u202eabc\u202c\n\nשלום " + "x" * 3000
    case = actions.submit(draft(what_happened=text, email="A@Test.example", phone="01"), at=NOW)
    case = Enquiry.objects.get(pk=case.pk)
    assert case.account["what_happened"] == text
    assert "email" not in case.account
    assert case.contact == {"email": "A@Test.example", "phone": "01", "safe_times": ""}
    assert case.enquirer.email == "a@test.example"


def test_failures_d1_a_form_submitted_twice_makes_one_enquiry():
    begun = draft()
    same = Draft.objects.get(pk=begun.pk)
    first = actions.submit(begun, at=NOW)
    again = actions.submit(same, at=NOW)
    assert first.reference == again.reference
    assert Enquiry.objects.count() == 1


@pytest.mark.parametrize("breaks", ["keep", "outbox.put", "Event.objects.create"])
def test_failures_l2_when_a_statement_fails_nothing_is_written_and_the_draft_stays(monkeypatch, breaks):
    def fail(*_args, **_kwargs):
        raise RuntimeError("broken here")

    monkeypatch.setattr(f"incidents.actions.{breaks}", fail)
    with pytest.raises(RuntimeError):
        actions.submit(draft(force="yes"), at=NOW)
    assert Draft.objects.count() == 1
    for model in (Enquiry, Assessment, Event, Outbox):
        assert not model.objects.exists()


def test_when_triage_fails_a_person_gets_the_enquiry_today(monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        raise RuntimeError("secret words of the account")

    monkeypatch.setattr("incidents.assessing.assess", fail)
    case = actions.submit(draft(), at=NOW)
    assert (case.status, case.outcome, case.tier) == (Status.QUEUED, "PRACTITIONER", "B")
    assert case.latest_assessment.failed
    assert "RuntimeError" in caplog.text
    assert "secret words" not in caplog.text


def test_what_was_written_is_not_in_the_database_in_plain_text():
    case = actions.submit(draft(what_happened="Child A said a telling sentence."), at=NOW)
    actions.note(case, by=person("practitioner"), text="another telling sentence", at=NOW)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            assert "telling sentence" not in str([[str(v) for v in row] for row in cursor.fetchall()])


def test_guidance_that_answers_closes_the_enquiry():
    case = enquiry(Status.GUIDED, due_at=None)
    actions.answered_by_guidance(case, at=NOW)
    assert (case.status, case.closed_because) == (Status.CLOSED, "guidance")
    assert not case.outbox.exists()


def test_not_my_situation_queues_it_and_keeps_the_reason():
    case = enquiry(Status.GUIDED, due_at=None, tier="none")
    actions.not_my_situation(case, reason="He is much older.", at=NOW)
    assert case.status == Status.QUEUED
    assert case.due_at is not None
    assert case.messages.get().text == "He is much older."
    assert parcels(case) == [Parcel.ROUTE]


def test_a_reason_can_raise_the_tier_and_never_lowers_it():
    raised = enquiry(Status.GUIDED, due_at=None, tier="none")
    actions.not_my_situation(raised, reason="She says that she was raped.", at=NOW)
    assert raised.tier == "A"
    kept = enquiry(Status.GUIDED, due_at=None, tier="B")
    actions.not_my_situation(kept, reason="It is only a question about a form.", at=NOW)
    assert kept.tier == "B"


def test_claim_is_won_once():
    case = enquiry()
    one, two = Enquiry.objects.get(pk=case.pk), Enquiry.objects.get(pk=case.pk)
    winner = person("practitioner")
    actions.claim(one, by=winner, at=NOW)
    with pytest.raises(MoveRefused):
        actions.claim(two, by=person("practitioner"), at=NOW)
    assert Enquiry.objects.get(pk=case.pk).claimed_by == winner


def test_only_the_one_who_holds_it_or_a_lead_releases_it():
    case = enquiry(Status.CLAIMED)
    with pytest.raises(MoveRefused):
        actions.release(case, by=person("practitioner"), at=NOW)
    due = case.due_at
    actions.release(case, by=person("lead"), at=NOW)
    assert (case.status, case.claimed_by, case.due_at) == (Status.QUEUED, None, due)


def test_an_answer_goes_out_once_and_its_draft_goes_away():
    by = person("practitioner")
    case = enquiry(Status.CLAIMED, claimed_by=by, enquirer=person())
    actions.keep_answer_draft(case, by=by, text="half", at=NOW)
    same = Enquiry.objects.get(pk=case.pk)
    actions.answer(case, by=by, text="whole", at=NOW)
    with pytest.raises(MoveRefused):
        actions.answer(same, by=by, text="twice", at=NOW)
    assert [m.text for m in case.messages.filter(kind="answer")] == ["whole"]
    assert parcels(case) == [Parcel.REPLY_READY]
    assert not AnswerDraft.objects.exists()


def test_nobody_answers_what_another_holds():
    case = enquiry(Status.CLAIMED)
    with pytest.raises(MoveRefused):
        actions.answer(case, by=person("lead"), text="mine", at=NOW)
    assert not Message.objects.exists()


def test_failures_d6_each_writer_keeps_their_own_draft():
    one, two = person("practitioner"), person("practitioner")
    case = enquiry(Status.CLAIMED, claimed_by=one)
    actions.keep_answer_draft(case, by=one, text="first", at=NOW)
    actions.keep_answer_draft(case, by=two, text="second", at=NOW)
    actions.keep_answer_draft(case, by=one, text="first, longer", at=NOW)
    assert {d.by_id: d.text for d in AnswerDraft.objects.all()} == {one.pk: "first, longer", two.pk: "second"}


def test_asking_again_puts_it_back_with_a_new_due_time_and_allows_one_more_answer():
    by = person("practitioner")
    case = enquiry(Status.CLAIMED, claimed_by=by, enquirer=person())
    actions.answer(case, by=by, text="one", at=NOW)
    actions.ask_again(case, text="And the parents?", at=NOW)
    assert (case.status, case.asked, case.claimed_by) == (Status.QUEUED, 2, None)
    actions.claim(case, by=by, at=NOW)
    actions.answer(case, by=by, text="two", at=NOW)
    assert parcels(case) == [Parcel.REPLY_READY, Parcel.REPLY_READY, Parcel.ROUTE]


def test_contact_is_given_once():
    case = enquiry()
    actions.give_contact(case, contact={"email": "b@test.example", "phone": "", "safe_times": ""}, at=NOW)
    assert case.enquirer.email == "b@test.example"
    with pytest.raises(MoveRefused):
        actions.give_contact(case, contact={"email": "c@test.example"}, at=NOW)


def test_a_practitioner_closes_what_they_hold_and_a_lead_closes_any():
    by = person("practitioner")
    held, waiting = enquiry(Status.CLAIMED, claimed_by=by), enquiry()
    actions.close(held, by=by, at=NOW)
    with pytest.raises(MoveRefused):
        actions.close(waiting, by=by, at=NOW)
    actions.close(waiting, by=person("lead"), at=NOW)
    assert held.status == waiting.status == Status.CLOSED


@pytest.mark.parametrize(("tiers", "most"), [("A none", "A"), ("none C", "C"), ("B A C", "A")])
def test_the_most_urgent_tier_wins(tiers, most):
    assert actions.most_urgent(*tiers.split()) == most
