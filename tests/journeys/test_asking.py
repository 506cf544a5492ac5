"""Journeys of an enquirer, with and without JavaScript; axe looks at every page on the way."""

import pytest

pytestmark = pytest.mark.real

#: The four questions that the service itself published, put as a professional would put them.
PUBLISHED = [
    (
        "Pupils have told us that another pupil keeps touching them when they do not want it. How should we respond?",
        {"setting": "secondary", "behaviours": "touching"},
        "A child touches other pupils who do not want it",
    ),
    (
        "Students in our special school use a lot of sexualised language, online and offline. What can we do?",
        {"setting": "special", "behaviours": "language"},
        "Special school: sexualised language online and offline",
    ),
    (
        "A pupil keeps exposing himself to other children. What should we do?",
        {"setting": "primary", "behaviours": "exposure"},
        "A child shows private parts to others",
    ),
    (
        "We have dealt with an incident, but we think it may be linked to other safeguarding concerns about the child.",
        {"setting": "primary", "behaviours": "process"},
        "The incident may be linked to other safeguarding concerns",
    ),
]


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
@pytest.mark.parametrize(
    ("account", "answers", "title"), PUBLISHED, ids=["touching", "language", "exposure", "linked"]
)
def test_each_published_question_leads_to_its_scenario(visitor, script, account, answers, title):
    person = visitor(script=script)
    person.ask(account, **answers)
    shown = person.page.locator(".guidance h3").first.inner_text()
    assert shown == title
    assert "Asking here is not a referral" in person.text()
    if script:
        person.look(f"outcome-{answers['behaviours']}")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_account_of_danger_shows_act_now_first(visitor, script):
    person = visitor(script=script)
    person.ask("A Year 9 girl says she was raped by a boy in Year 11 last night.", danger="unknown")
    assert person.text().lstrip().startswith("Act now")
    assert "999" in person.text()
    person.look("outcome-act-now")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
@pytest.mark.parametrize("fits", [True, False], ids=["it fits", "not my situation"])
def test_a_calm_account_is_answered_by_guidance_or_goes_to_a_person_with_its_reason(visitor, script, fits):
    person = visitor(script=script)
    person.ask(
        "A child in reception touches herself on the carpet when she is tired. It is brief and she stops when we"
        " distract her. How do we talk with her and her parents about private and public?",
        setting="primary",
    )
    assert person.text().lstrip().startswith("Guidance that fits what you described")
    assert (
        person.page.locator(".guidance h3").first.inner_text()
        == "A child touches themselves in class or in public"
    )
    person.look("outcome-guidance")
    if fits:
        person.press("Yes, this answers me")
        assert "This request is closed" in person.text()
        person.look("outcome-closed")
        return
    person.press("Send to a practitioner")
    assert "There is a problem" in person.text()
    person.look("outcome-reason-error")
    person.page.fill("textarea[name='reason']", "It happens at home too, and a sibling is upset by it.")
    person.press("Send to a practitioner")
    assert "A practitioner will answer you" in person.text()
    assert "a sibling is upset by it" in person.text()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_account_that_nothing_matches_goes_to_a_person_with_one_press(visitor, script):
    person = visitor(script=script)
    person.ask("The boiler in the sports hall is broken and the parking permits have run out.")
    assert "We have no guidance on what you describe" in person.text()
    assert not person.page.locator(".guidance h3").count()
    person.look("outcome-elsewhere")
    person.press("Send to a practitioner")
    assert "A practitioner will answer" in person.text()
    assert "Guidance until then" not in person.text()
    person.look("outcome-practitioner")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_where_no_page_fits_surely_some_are_offered_and_one_press_brings_a_person(visitor, script):
    person = visitor(script=script)
    person.ask("Some pupils played a kissing game at break, all happy. Should we say anything?")
    assert "Pages that may fit what you described" in person.text()
    assert person.page.locator("#guidance ~ details").count() > 1
    person.page.locator("#guidance ~ details summary").first.click()
    assert person.page.get_by_text("Possibly fits").first.is_visible()
    person.look("outcome-may-fit")
    person.press("Send to a practitioner")
    assert "A practitioner will answer" in person.text()
    assert "A practitioner will tell you which fits, if any does." in person.text()
    person.look("outcome-may-fit-sent-on")


def test_danger_now_is_met_before_the_form_goes_on(visitor):
    person = visitor()
    person.go("/ask/")
    person.look("ask-start")
    person.press("Start")
    person.look("ask-danger")
    person.page.locator('input[value="yes"]').check()
    person.press("Continue")
    assert "Call 999 now" in person.text()
    person.look("ask-danger-notice")


def test_errors_are_said_in_the_summary_and_at_the_field_and_the_focus_is_there(visitor):
    person = visitor()
    person.go("/ask/")
    person.press("Start")
    person.press("Continue")
    summary = person.page.locator(".govuk-error-summary")
    assert "Choose whether anyone is in danger now" in summary.inner_text()
    assert summary.evaluate("each => each === document.activeElement")
    person.look("ask-error")
    person.page.locator('input[value="no"]').check()
    person.press("Continue")
    person.look("ask-role")


def test_text_that_is_too_long_is_kept_and_counted(visitor):
    person = visitor()
    person.fill("A short account.")
    person.page.locator("a", has_text="What happened?").first.click()
    person.checked()
    person.page.fill("#id_what_happened", "x" * 4100)
    assert "100 characters too many" in person.text()
    person.look("ask-account")
    person.press("Continue")
    assert "You have written 4,100" in person.text()
    assert person.page.input_value("#id_what_happened") == "x" * 4100
    person.look("ask-account-error")


def test_back_and_refresh_keep_every_answer(visitor):
    person = visitor(script=False)
    person.fill("Child A pulled Child B's hair and made sexual remarks.")
    person.look("ask-check")
    for _ in range(8):
        person.page.go_back()
    person.page.reload()
    person.go(
        person.page.url.split("/ask/")[0]
        + "/ask/"
        + person.page.url.split("/ask/")[1].split("/")[0]
        + "/what-happened/"
    )
    assert "made sexual remarks" in person.page.input_value("#id_what_happened")


@pytest.mark.parametrize(
    ("role", "says"),
    [("parent", "Stop It Now"), ("child", "Childline"), ("worried_about_self", "Stop It Now")],
)
def test_others_are_shown_the_service_that_is_there_for_them(visitor, role, says):
    person = visitor()
    person.go("/ask/")
    person.press("Start")
    person.page.locator('input[value="no"]').check()
    person.press("Continue")
    person.page.locator(f'input[value="{role}"]').check()
    person.press("Continue")
    assert says in person.text()
    person.look(f"other-help-{role}")


def test_the_guidance_library_is_browsed_searched_and_read(visitor):
    person = visitor()
    person.go("/")
    person.look("home")
    person.go("/guidance/")
    person.look("library")
    person.page.fill("#q", "upskirting on the stairs")
    person.press("Show")
    person.look("library-search")
    person.follow("Upskirting and secret filming")
    assert "What not to do" in person.text()
    person.look("scenario")
    person.go("/guidance/?q=zzzzqqq")
    assert "Nothing in the library fits that" in person.text()
    person.go("/guidance/core-response/")
    for address in ("/privacy/", "/accessibility/", "/about/", "/demo/mail/"):
        person.go(address)
    person.look("demo-mail")
