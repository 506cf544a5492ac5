"""Addresses of the enquirer's and the practitioner's pages. None holds anything that was written."""

from django.urls import path, register_converter

from incidents.models import ALPHABET
from incidents.views import ask, correcting, enquirer, lead, practitioner


class Reference:
    """A reference as it stands in an address."""

    regex = f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(Reference, "reference")

app_name = "incidents"
urlpatterns = [
    path("ask/", ask.start, name="start"),
    path("ask/<uuid:draft_id>/check/", ask.check, name="check"),
    path("ask/<uuid:draft_id>/send/", ask.submit, name="submit"),
    path("ask/<uuid:draft_id>/other-help/", ask.other_help, name="other-help"),
    path("ask/<uuid:draft_id>/notice/<slug:name>/", ask.notice, name="notice"),
    path("ask/<uuid:draft_id>/<slug:slug>/", ask.step, name="step"),
    path("enquiry/<reference:reference>/", enquirer.outcome, name="outcome"),
    path("enquiry/<reference:reference>/answers-me/", enquirer.answers_me, name="answers-me"),
    path("enquiry/<reference:reference>/not-mine/", enquirer.not_mine, name="not-mine"),
    path("enquiry/<reference:reference>/contact/", enquirer.contact, name="contact"),
    path("enquiry/<reference:reference>/ask-again/", enquirer.ask_again, name="ask-again"),
    path("enquiry/<reference:reference>/settled/", enquirer.settled, name="settled"),
    path("mine/", enquirer.mine, name="mine"),
    path("leave/", enquirer.leave, name="leave"),
    path("queue/", practitioner.queue, name="queue"),
    path("queue/drift/", lead.drift, name="drift"),
    path("queue/<reference:reference>/", practitioner.enquiry, name="enquiry"),
    path("queue/<reference:reference>/claim/", practitioner.claim, name="claim"),
    path("queue/<reference:reference>/release/", practitioner.release, name="release"),
    path("queue/<reference:reference>/close/", practitioner.close, name="close"),
    path("queue/<reference:reference>/note/", practitioner.note, name="note"),
    path("queue/<reference:reference>/answer/", practitioner.answer, name="answer"),
    path("queue/<reference:reference>/correct/", correcting.correction, name="correct"),
]
