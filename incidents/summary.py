"""Answers put back into the enquirer's own terms, for "check your answers" and for the practitioner."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from advice.triage.answers import QUESTIONS, SEVERAL
from incidents.forms import steps_for


@dataclass(frozen=True, slots=True)
class Row:
    """One question with what was answered; `answer` is empty when it was left out."""

    key: str
    question: str
    answer: str
    step: str


def in_words(key: str, value: Any) -> str:
    """An answer as the form words it."""
    choices = dict(QUESTIONS.get(key) or ())
    if key in SEVERAL:
        return ", ".join(choices.get(item, "") for item in value or ())
    if value is None or value == "":
        return ""
    return choices.get(value, str(value)) if choices else str(value)


def rows(answers: Mapping[str, Any]) -> Iterator[Row]:
    """Every question that was asked, in order, also those left out."""
    for step in steps_for(answers):
        page = step.page(earlier=answers)
        for key, field in page.fields.items():
            yield Row(key, str(field.label), in_words(key, answers.get(key)), step.slug)
