"""Journeys of a practitioner, an enquirer who reads the reply, and an editor."""

import pytest

pytestmark = pytest.mark.real


def test_a_practitioner_answers_the_enquirer_reads_asks_again_and_closes(visitor):
    asker, practitioner, other = visitor(), visitor(), visitor()
    reference = asker.ask(
        "Child A, who is much older, keeps touching Child B on the school bus.",
        email="journey@demo.example",
        force="unknown",
    )
    practitioner.sign_in("practitioner@demo.example")
    practitioner.go("/queue/")
    practitioner.look("queue")
    other.sign_in("practitioner2@demo.example")
    other.go(f"/queue/{reference}/")
    practitioner.follow(reference)
    assert practitioner.page.locator("mark.evidence").count() > 0
    practitioner.look("enquiry")
    practitioner.press("Claim")
    other.press("Claim")
    assert "Somebody else has just taken this enquiry" in other.text()
    practitioner.press("Add note")
    assert "Write the note" in practitioner.text()
    practitioner.look("enquiry-error")
    practitioner.page.fill("#id_text", "Ask about the driver.")
    practitioner.press("Add note")
    practitioner.press("Write the answer")
    practitioner.press("Add its parts")
    assert "## Do now" in practitioner.page.input_value("#id_text")
    practitioner.press("Keep draft and preview")
    assert "Preview" in practitioner.text()
    practitioner.look("answer")
    practitioner.page.fill("#id_text", "**Seat them apart today** and speak to the driver.")
    practitioner.press("Send the answer")
    assert "Sent" in practitioner.text()

    reader = visitor(script=False)
    reader.sign_in("journey@demo.example")
    reader.follow(reference)
    assert "Seat them apart today" in reader.text()
    assert "Ask about the driver" not in reader.text()
    reader.look("reply")
    reader.page.fill("#id_text", "And what do I tell the parents?")
    reader.press("Ask again")
    assert "A practitioner will answer" in reader.text()

    practitioner.go(f"/queue/{reference}/")
    assert "And what do I tell the parents?" in practitioner.text()
    practitioner.press("Claim")
    practitioner.press("Write the answer")
    practitioner.page.fill("#id_text", "Each family about their own child.")
    practitioner.press("Send the answer")
    reader.go(f"/enquiry/{reference}/")
    reader.press("Yes, close my request")
    assert "closed" in reader.text()
    reader.go("/mine/")
    reader.look("mine")


def test_a_wrong_code_is_refused_and_after_five_guesses_a_new_one_is_needed(visitor):
    person = visitor()
    person.go("/accounts/login/code/")
    person.look("sign-in")
    person.page.fill("#id_email", "lead@demo.example")
    person.press("Send me a code")
    person.look("sign-in-code")
    for guess in range(5):
        person.page.fill("#id_code", f"WRONG{guess}")
        person.press("Sign in")
    assert person.page.locator("#id_code").count() == 0
    person.look("sign-in-refused")
    person.go("/queue/")
    assert "Sign in" in person.text()


def test_an_unknown_address_gets_the_same_page(visitor):
    pages = []
    for email in ("nobody-at-all@demo.example", "practitioner@demo.example"):
        person = visitor(script=False)
        person.go("/accounts/login/code/")
        person.page.fill("#id_email", email)
        person.press("Send me a code")
        pages.append(person.text())
    assert pages[0] == pages[1]


def test_an_editor_publishes_a_new_wording_and_the_next_enquiry_matches_it(visitor, portal):
    words = "Quibblefrost tokens are being swapped behind the bike sheds by the Year 8s"
    before = visitor(script=False)
    before.ask(words + ".")
    first = before.page.locator(".guidance h3")
    assert not first.count() or "private and public" not in first.first.inner_text()

    editor = visitor(script=False)
    editor.sign_in("editor@demo.example")
    number = portal.ask(
        "from advice.models import Scenario; print(Scenario.objects.get(slug='send-boundaries').pk)"
    )
    number = number.splitlines()[-1]
    editor.go(f"/admin/advice/scenario/{number}/change/")
    editor.look("admin-scenario")
    forms = int(editor.page.input_value("#id_wordings-TOTAL_FORMS"))
    editor.page.fill(f"#id_wordings-{forms - 1}-text", words)
    editor.page.get_by_role("button", name="Save and continue editing").first.click()
    editor.go(f"/admin/advice/scenario/{number}/preview/")
    editor.look("admin-preview")
    assert "This is the working copy" in editor.page.inner_text("main")
    editor.page.goto(f"/admin/advice/scenario/{number}/change/")
    editor.page.get_by_role("button", name="Publish the saved working copy").click()
    assert "is published" in editor.page.inner_text("body")

    after = visitor(script=False)
    after.ask(words + ".")
    assert after.page.locator(".guidance h3").first.inner_text() == "SEND: private and public, and boundaries"


def test_accounts_of_enquiries_are_not_in_the_admin(visitor):
    admin = visitor(script=False)
    admin.sign_in("admin@demo.example")
    admin.go("/admin/")
    admin.look("admin")
    assert admin.page.locator("a[href*='/admin/accounts/user/']").count() > 0
    assert admin.page.locator("a[href*='/admin/incidents/enquiry']").count() == 0
    assert admin.page.goto("/admin/incidents/enquiry/").status == 404


@pytest.mark.parametrize("role", ["editor", "admin"])
def test_every_list_and_form_of_the_admin_is_accessible(visitor, role):
    person = visitor(script=False)
    person.sign_in(f"{role}@demo.example")
    person.go("/admin/")
    links = person.page.locator("#content-main a[href^='/admin/']")
    found = sorted({links.nth(place).get_attribute("href") for place in range(links.count())})
    assert len(found) > 3
    for address in found:
        person.go(address)
        person.look(f"admin-{role}-{address.strip('/').replace('/', '-')}")
