"""Explain what triage said of an enquiry: print what was kept, assess it again, say what differs and why."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from advice import library
from incidents.explaining import Part, account_of, again, changed_since, compared
from incidents.models import Assessment, Enquiry, Event
from incidents.states import EventKind


class Command(BaseCommand):
    """`manage.py triage_explain REFERENCE`. That the account was read is recorded with the enquiry."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which enquiry, and whether its account may be printed."""
        parser.add_argument("reference", help="The enquiry's reference, such as BCDF-2345.")
        parser.add_argument(
            "--yes-show-the-account",
            action="store_true",
            help="Print the whole account too. Without it only the words that are evidence are printed.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Explain each assessment of the enquiry, the first one first."""
        enquiry = Enquiry.objects.filter(reference=options["reference"].strip().upper()).first()
        if enquiry is None:
            raise CommandError(f"There is no enquiry {options['reference']}.")
        Event.objects.create(enquiry=enquiry, kind=EventKind.EXPLAINED, at=timezone.now())
        for number, assessment in enumerate(enquiry.assessments.order_by("made_at"), start=1):
            self.say(
                f"Assessment {number} of {enquiry}, {timezone.localtime(assessment.made_at):%d %B %Y, %H:%M}"
            )
            if options["yes_show_the_account"]:
                self.show_account(assessment)
            self.show_kept(assessment)
            self.show_again(assessment)

    def say(self, text: str, *, indent: int = 0) -> None:
        """One line."""
        self.stdout.write(" " * indent + text)

    def show_account(self, assessment: Assessment) -> None:
        """Everything that was written and answered, as triage read it."""
        account = account_of(assessment)
        self.say("The account:", indent=2)
        for line in account.text.splitlines():
            self.say(line, indent=4)
        for question, answer in account.answers.items():
            self.say(f"{question}: {answer}", indent=4)

    def show_kept(self, assessment: Assessment) -> None:
        """What was kept of it: outcome, flags with evidence and reason, matches, versions."""
        self.say(
            f"Outcome {assessment.outcome}, tier {assessment.tier}, written by: {assessment.audience}",
            indent=2,
        )
        if assessment.failed:
            self.say("Triage failed then, so it went to a practitioner.", indent=2)
        for reason in assessment.content.get("reasons", []):
            self.say(f"Because: {reason}", indent=2)
        for flag in assessment.content.get("flags", []):
            self.say(f"{flag['code']} {flag['name']}, tier {flag['tier']}", indent=2)
            self.say(f"{flag['because']} Source: {flag['source']}", indent=4)
            for each in flag["evidence"]:
                where = (
                    f"answer to {each['question']}" if each["question"] else f"{each['start']}-{each['end']}"
                )
                self.say(f"“{each['words']}” ({where})", indent=4)
        for match in assessment.content.get("matches", []):
            self.say(f"{match['scenario']} version {match['version']}, {match['confidence']:.2f}", indent=2)
            self.say(f"Nearest wording: {match['nearest_wording']}", indent=4)
            self.say(f"Led to it: {'; '.join(match['because']) or 'the whole of the message'}", indent=4)
            if match["against"]:
                self.say(f"Against it: {'; '.join(match['against'])}", indent=4)

    def show_again(self, assessment: Assessment) -> None:
        """The same account with the library of then and the rules, weights and model of now."""
        if not assessment.enquiry.account:
            self.say("The account has been deleted, so it cannot be assessed again.", indent=2)
            return
        now = again(assessment)
        newest = f"release {library.current().release}"
        self.say("Made with, and today:", indent=2)
        for part in changed_since(assessment, now):
            if part.name == "library":
                since = "" if part.then == newest else f"; the library is now {newest}"
                self.say(f"library: {part.now}, as it was then{since}", indent=4)
            else:
                self.say(said(part), indent=4)
        self.say("Assessed again:", indent=2)
        for part in compared(assessment, now):
            self.say(said(part), indent=4)


def said(part: Part) -> str:
    """The same, or what it was and what it is."""
    return f"{part.name}: the same" if part.same else f"{part.name}: was {part.then}; is now {part.now}"
