"""The questions an enquirer is asked, one thing a page, and the small forms of the other pages.

A form checks and hands over (`answers()`); it never saves. Only what triage cannot do without is required.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from crispy_forms_gds.choices import Choice
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fixed, Layout, Size
from django import forms

from advice.triage import answers as q
from incidents.models import TIERS

LONGEST_ACCOUNT: Final = 4000
LONGEST_TEXT: Final = 2000
OLDEST: Final = 25
STALE: Final = "This page was not sent whole. Copy your text, then open the page again and paste it."


class Text(forms.CharField):
    """Free text with a limit that is counted and said, never cut off while somebody pastes."""

    def __init__(self, *, longest: int, rows: int = 5, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true"}), **kwargs)
        self.longest = longest
        self.rows = rows

    def to_python(self, value: Any) -> Any:
        """Count a line break once, however the browser sends it."""
        text = super().to_python(value)
        return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text

    def validate(self, value: Any) -> None:
        """Say how much is too much."""
        super().validate(value)
        if value and len(value) > self.longest:
            raise forms.ValidationError(
                f"Write {self.longest:,} characters or fewer. You have written {len(value):,}."
            )


def one_of(choices: q.Choices, label: str, *, help_text: str = "", required: str = "") -> forms.ChoiceField:
    """A question answered with one of these; `required` is the message when it is left out."""
    return forms.ChoiceField(
        choices=choices,
        label=label,
        help_text=help_text,
        required=bool(required),
        widget=forms.RadioSelect,
        error_messages={"required": required, "invalid_choice": "Choose one of the answers in the list."},
    )


def any_of(choices: q.Choices, label: str, *, help_text: str = "Choose all that apply.") -> Any:
    """A question answered with any of these."""
    return forms.MultipleChoiceField(
        choices=choices,
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose only answers in the list."},
    )


def age(label: str, help_text: str) -> forms.IntegerField:
    """An age in whole years, if it is known."""
    wrong = f"{label} must be a whole number from 0 to {OLDEST}."
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=0,
        max_value=OLDEST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": wrong, "min_value": wrong, "max_value": wrong},
    )


class Page(forms.Form):
    """One page of questions. A page with one question has that question as its heading.

    A form that stands within another page is a `part`: its question is a label, never a second h1.
    """

    title: ClassVar[str] = ""
    part: ClassVar[bool] = False
    go_on: ClassVar[str] = "Continue"

    def __init__(self, *args: Any, earlier: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.adapt(earlier or {})
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # the page's own <form> carries the token
        self.helper.layout = Layout(
            *(self.laid_out(name) for name in self.fields),
            Button("go_on", self.go_on, css_id=f"id_go_on_{next(iter(self.fields))}"),
        )

    def adapt(self, earlier: Mapping[str, Any]) -> None:
        """Leave out what earlier answers have settled."""

    @property
    def single(self) -> bool:
        """Whether the one question is the page's heading."""
        return not self.title

    def laid_out(self, name: str) -> Any:
        """The field in its GOV.UK pattern."""
        field = self.fields[name]
        heading = self.single and not self.part
        size = Size.LARGE if heading else Size.SMALL
        tag = "h1" if heading else None
        if isinstance(field, forms.MultipleChoiceField):
            return Field.checkboxes(name, legend_size=size, legend_tag=tag)
        if isinstance(field, forms.ChoiceField):
            return Field.radios(name, legend_size=size, legend_tag=tag)
        if isinstance(field, Text):
            return Field.textarea(
                name, label_size=size, label_tag=tag, rows=field.rows, max_characters=field.longest
            )
        width = Fixed.THREE if isinstance(field, forms.IntegerField) else None
        return Field.text(name, label_size=size, label_tag=tag, field_width=width)

    def answers(self) -> dict[str, Any]:
        """The checked answers by question key."""
        return dict(self.cleaned_data)


def roles() -> Any:
    """The roles; those who do not ask for their work stand apart, after an "or"."""
    at_work = [key for key, _ in q.ROLES if key not in q.SIGNPOSTED]
    return [Choice(key, words, divider="or" if key == at_work[-1] else None) for key, words in q.ROLES]


class DangerPage(Page):
    danger_now = one_of(
        q.YES_NO_UNKNOWN,
        "Is anyone in danger now?",
        help_text="For example: a child is about to go home to somebody who may harm them.",
        required="Choose whether anyone is in danger now.",
    )


class RolePage(Page):
    role = one_of(roles(), "What is your role?", required="Choose your role.")


class SettingPage(Page):
    setting = one_of(
        q.SETTINGS,
        "Where do you work with the children?",
        help_text="Choose the kind of place. Do not name it anywhere.",
    )


class RegionPage(Page):
    region = one_of(
        q.REGIONS,
        "Where are you?",
        help_text="The guidance is written for England.",
    )


class AgesPage(Page):
    title = "How old are the children?"
    age_displayed = age(
        "Age of the child who displayed the behaviour",
        "If there are several, the oldest. Leave it empty if you do not know.",
    )
    age_harmed = age(
        "Age of the child who was harmed or affected",
        "If there are several, the youngest. Leave it empty if you do not know.",
    )


class RelationPage(Page):
    relation = one_of(q.RELATIONS, "How do the children know each other?")


class ChildrenPage(Page):
    title = "About the children"
    gap = one_of(q.YES_NO_UNKNOWN, "Is there a clear difference between them in age, size, power or ability?")
    needs = one_of(q.YES_NO_UNKNOWN, "Does any of the children have communication or learning needs?")
    looked_after = one_of(
        q.YES_NO_UNKNOWN, "Is any of the children looked after, or on a child protection plan?"
    )

    def adapt(self, earlier: Mapping[str, Any]) -> None:
        """With one child there is nobody to compare with."""
        if earlier.get("relation") == "no_other_child":
            del self.fields["gap"]


class BehaviourPage(Page):
    behaviours = any_of(q.BEHAVIOURS, "What kind of behaviour is it?")


class AccountPage(Page):
    what_happened = Text(
        label="What happened?",
        help_text=(
            "In neutral words: what was seen, heard or said, and by whom. Keep it apart from what you think."
            " Do not name anyone or any place. Write “Child A” and “Child B”."
        ),
        longest=LONGEST_ACCOUNT,
        rows=10,
        error_messages={"required": "Write what happened, in a sentence or two."},
    )


class PlacePage(Page):
    title = "About the place"
    places = any_of(q.PLACES, "Where did it happen?")
    online = one_of(q.YES_NO_UNKNOWN, "Was any of it online or by phone?")


class CircumstancesPage(Page):
    title = "A few things that change what to do"
    images = one_of(q.YES_NO_UNKNOWN, "Is there a nude or sexual image or video of a child?")
    adult_involved = one_of(
        q.YES_NO_UNKNOWN,
        "Did an adult take part, encourage it, or know and let it happen?",
    )
    force = one_of(q.YES_NO_UNKNOWN, "Was there any force, threat, pressure or reward?")


class PatternPage(Page):
    pattern = one_of(q.PATTERN, "Has anything like this happened before?")


class DonePage(Page):
    title = "What has been done so far?"
    told = any_of(q.TOLD, "Who knows about it?")
    done = Text(
        label="What has been done",
        help_text="Leave it empty if nothing has been done yet.",
        longest=LONGEST_TEXT,
        required=False,
    )


class AdvicePage(Page):
    advice_wanted = Text(
        label="What do you want advice on?",
        help_text="For example: whether to tell the police, or what to say to parents.",
        longest=LONGEST_TEXT,
        required=False,
    )


class ReplyPage(Page):
    title = "How can a practitioner reply?"
    email = forms.EmailField(
        label="Work e-mail",
        help_text="We write only that a reply waits. You sign in with a code to read it.",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"invalid": "Write an e-mail address like name@example.org, or leave it empty."},
    )
    phone = forms.CharField(
        label="Work telephone",
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    safe_times = forms.CharField(
        label="When is it safe to ring you?",
        help_text="For example: after 4pm, not while I am teaching.",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ContactPage(ReplyPage):
    """Given after submitting, when a practitioner has to reply."""

    part = True
    title = "Where can we tell you that a reply waits?"
    go_on = "Save"
    email = forms.EmailField(
        label="Work e-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Write your work e-mail address.",
            "invalid": "Write an e-mail address like name@example.org.",
        },
    )

    def adapt(self, earlier: Mapping[str, Any]) -> None:
        """Beside the address, which is asked for here, the others are said to be optional."""
        for name in ("phone", "safe_times"):
            self.fields[name].label = f"{self.fields[name].label} (optional)"


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the form and when it is asked."""

    slug: str
    page: type[Page]
    asked: Callable[[Mapping[str, Any]], bool] = lambda _answers: True

    @property
    def keys(self) -> tuple[str, ...]:
        """The question keys of the page."""
        return tuple(self.page.base_fields)

    @property
    def required_keys(self) -> tuple[str, ...]:
        """Those that must be answered."""
        return tuple(name for name, field in self.page.base_fields.items() if field.required)


def _about_behaviour(answers: Mapping[str, Any]) -> bool:
    """Whether the question is about behaviour, not only about a plan, record or rumour."""
    return answers.get("behaviours") != ["process"]


STEPS: Final[tuple[Step, ...]] = (
    Step("danger", DangerPage),
    Step("you", RolePage),
    Step("setting", SettingPage),
    Step("region", RegionPage),
    Step("ages", AgesPage),
    Step("relation", RelationPage),
    Step("children", ChildrenPage),
    Step("behaviour", BehaviourPage),
    Step("what-happened", AccountPage),
    Step("where", PlacePage, _about_behaviour),
    Step("circumstances", CircumstancesPage),
    Step("before", PatternPage, _about_behaviour),
    Step("so-far", DonePage),
    Step("advice", AdvicePage),
    Step("reply", ReplyPage),
)


def steps_for(answers: Mapping[str, Any]) -> list[Step]:
    """The pages that these answers call for, in order."""
    return [step for step in STEPS if step.asked(answers)]


def step_after(slug: str, answers: Mapping[str, Any]) -> Step | None:
    """The page after this one, or None where the answers are to be checked."""
    order = [step.slug for step in STEPS]
    return next((step for step in steps_for(answers) if order.index(step.slug) > order.index(slug)), None)


def step_before(slug: str, answers: Mapping[str, Any]) -> Step | None:
    """The page before this one, or None on the first."""
    order = [step.slug for step in STEPS]
    earlier = [step for step in steps_for(answers) if order.index(step.slug) < order.index(slug)]
    return earlier[-1] if earlier else None


def first_missing(answers: Mapping[str, Any]) -> Step | None:
    """The first page with a required question that has no answer."""
    return next(
        (step for step in steps_for(answers) if any(not answers.get(key) for key in step.required_keys)), None
    )


class ReasonPage(Page):
    """ "Not my situation, because…" """

    part = True
    go_on = "Send to a practitioner"
    reason = Text(
        label="What does not fit your situation?",
        help_text="You do not need to tell it again: the practitioner sees what you wrote before.",
        longest=LONGEST_TEXT,
        error_messages={"required": "Write in a few words what does not fit."},
    )


class PassOnPage(Page):
    """Where no guidance surely fits: to a practitioner with one press, and a word more if wanted."""

    part = True
    go_on = "Send to a practitioner"
    reason = Text(
        label="Is there anything to add?",
        help_text="You can leave this empty: the practitioner sees what you wrote. Do not name anyone.",
        longest=LONGEST_TEXT,
        required=False,
    )


class QuestionPage(Page):
    """Asking again after an answer."""

    part = True
    go_on = "Ask again"
    text = Text(
        label="What else do you need to know?",
        help_text="Do not name anyone. The practitioner sees everything from before.",
        longest=LONGEST_TEXT,
        error_messages={"required": "Write what else you need to know."},
    )


class NotePage(Page):
    """A practitioner's internal note."""

    title = "Add a note"
    go_on = "Add note"
    text = Text(
        label="Internal note",
        help_text="The enquirer never sees it.",
        longest=LONGEST_TEXT,
        rows=3,
        error_messages={"required": "Write the note."},
    )


class AnswerPage(Page):
    """A practitioner's answer, in Markdown."""

    title = "Write the answer"
    text = Text(
        label="Answer",
        help_text=(
            "Do not name anyone. The enquirer sees it after signing in. Write “## Do now” for a heading,"
            " “- Keep the two apart” for a point in a list,"
            " and “[the guidance](https://www.gov.uk)” for a link."
        ),
        longest=20_000,
        rows=22,
        error_messages={"required": "Write the answer before you send it."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(self.laid_out("text"))


class CorrectionPage(Page):
    """What triage should have said. Its choices come with `earlier`: found, other, matches, scenarios."""

    title = "Correct what triage said"
    wrong_flags = any_of((), "Red flags that are wrong", help_text="What you do not mark counts as right.")
    missed_flags = any_of((), "Red flags that were missed", help_text="Leave empty if none was.")
    wrong_matches = any_of((), "Matches that are wrong", help_text="Choose all that apply.")
    best = forms.ChoiceField(
        label="Which scenario fits best?",
        error_messages={"required": "Choose the scenario that fits best, or “None of these”."},
    )
    second = forms.ChoiceField(label="Another one that would also be right", required=False)
    third = forms.ChoiceField(label="A third one that would also be right", required=False)
    tier = one_of(TIERS, "Which tier would have been right?", required="Choose the tier.")
    reason = Text(
        label="Why?",
        help_text="What triage missed or misread. Do not name anyone.",
        longest=LONGEST_TEXT,
        rows=3,
        required=False,
    )
    text = Text(
        label="The account, to be redacted",
        help_text=(
            "Take out or replace everything that could identify somebody: names, places, dates, schools,"
            " unusual facts. Change nothing else. This text is kept, also after the enquiry's own account is"
            " deleted."
        ),
        longest=12_000,
        rows=14,
        error_messages={"required": "Leave the account in the box, without what could identify somebody."},
    )
    removed = forms.BooleanField(
        label="I have removed everything that could identify somebody",
        error_messages={"required": "Confirm that you have removed everything that could identify somebody."},
    )
    #: Answers the warning about identifying details: the page draws it beside the words it is about.
    looked = forms.CharField(required=False, max_length=40)
    #: Made with the form, so that a form sent twice is kept once.
    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": STALE, "invalid": STALE})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(*(self.laid_out(name) for name in self.fields if name != "looked"))

    def adapt(self, earlier: Mapping[str, Any]) -> None:
        """Offer what there is to choose from; a question without choices is not asked."""
        offered = {"wrong_flags": "found", "missed_flags": "other", "wrong_matches": "matches"}
        for name, key in offered.items():
            if earlier.get(key):
                self.fields[name].choices = earlier[key]  # type: ignore[attr-defined]
            else:
                del self.fields[name]
        for name, nothing in (("best", "Choose one"), ("second", "No other"), ("third", "No other")):
            self.fields[name].choices = [("", nothing), *earlier.get("scenarios", ())]  # type: ignore[attr-defined]

    def laid_out(self, name: str) -> Any:
        """The fields that no other page has."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return Field.checkbox(name)
        if isinstance(field.widget, forms.HiddenInput):
            return name
        if isinstance(field.widget, forms.Select):
            return Field(name, context={"label_size": Size.for_label(Size.SMALL)})
        if isinstance(field, forms.MultipleChoiceField):
            return Field.checkboxes(name, legend_size=Size.SMALL, small=True)
        return super().laid_out(name)

    @property
    def right(self) -> tuple[str, ...]:
        """The scenarios named as right, the best first, each once."""
        named = (self.cleaned_data.get(name) for name in ("best", "second", "third"))
        return tuple(dict.fromkeys(slug for slug in named if slug))

    def clean(self) -> dict[str, Any]:
        """What is marked as wrong needs a reason, and cannot be named as right."""
        given = super().clean() or {}
        marked = [key for key in ("wrong_flags", "missed_flags", "wrong_matches") if given.get(key)]
        if marked and not given.get("reason", "").strip() and "reason" not in self.errors:
            self.add_error("reason", "Write why, in a few words.")
        if both := set(self.right) & set(given.get("wrong_matches") or ()):
            titles = dict(self.fields["wrong_matches"].choices)  # type: ignore[attr-defined]
            names = " and ".join(f"“{titles[slug]}”" for slug in sorted(both))
            self.add_error("wrong_matches", f"You marked {names} as wrong and also named it as right.")
        return given
