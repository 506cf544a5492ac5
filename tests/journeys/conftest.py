"""A real browser on the whole real portal."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.live import Portal

QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(os.environ.get("HSB_PICTURES", Path(__file__).resolve().parents[2] / "var" / "pictures"))


@pytest.fixture(scope="session")
def portal():
    """The portal with its guidance: broker, web, worker, beat."""
    made = Portal(own_broker=False)
    try:
        made.prepare()
        made.start()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="session")
def chromium():
    """One browser for all journeys."""
    with sync_playwright() as playwright:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("HSB_BROWSER") or None, args=QUIET + root
        )
        yield browser
        browser.close()


AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


class Visitor:
    """A person at a browser of their own; every page they meet is checked with axe."""

    def __init__(self, chromium, portal, *, script=True, width=1280):
        self.portal = portal
        self.chromium = chromium
        self.context = chromium.new_context(
            java_script_enabled=script, viewport={"width": width, "height": 900}, base_url=portal.url
        )
        self.page = self.context.new_page()
        self.script = script
        self.problems = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.problems.append(message.text)
                if message.type == "error" and "400 (Bad Request)" not in message.text
                else None
            ),
        )

    def go(self, address):
        self.page.goto(address)
        self.checked()

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()
        self.checked()

    def follow(self, name):
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()
        self.checked()

    def checked(self):
        """axe finds nothing, nothing went wrong in the browser, nothing is wider than the page."""
        if self.script:
            self.accessible(self.page)
        else:
            self.accessible_as_it_stands()
        assert not self.problems, (self.page.url, self.problems)

    def accessible(self, page):
        found = Axe().run(page, options=AXE)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    def accessible_as_it_stands(self):
        """The same for a page without JavaScript: axe needs it, so the very same HTML is shown once more.

        In that second window axe alone runs: the page's own scripts are kept from loading, and the policy that
        would stop axe is set aside.
        """
        html = self.page.content()
        with self.chromium.new_context(viewport=self.page.viewport_size, bypass_csp=True) as context:
            page = context.new_page()
            page.route("**/*.js", lambda route: route.abort())
            page.route(self.page.url, lambda route: route.fulfill(body=html, content_type="text/html"))
            page.goto(self.page.url)
            self.accessible(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= page.viewport_size["width"], f"{page.url} is {wide} pixels wide"

    def look(self, name):
        """Keep a picture at 320 pixels and wide."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for width in (320, 1280):
            self.page.set_viewport_size({"width": width, "height": 900})
            if self.script:
                wide = self.page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{self.page.url} is {wide} pixels wide at {width}"
            self.page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)

    def text(self):
        return self.page.inner_text("main")

    def fill(self, account, *, danger="no", role="teacher", setting="secondary", email="", **more):
        """Answer the whole form, page by page, as a person does."""
        page = self.page
        self.go("/ask/")
        self.press("Start")
        choices = {"danger_now": danger, "role": role, "setting": setting, **more}
        for _ in range(25):
            if page.url.endswith("/check/"):
                return
            for key, value in choices.items():
                field = page.locator(f'input[name="{key}"][value="{value}"]')
                if field.count():
                    field.check()
            if page.locator("#id_what_happened").count():
                page.fill("#id_what_happened", account)
            if email and page.locator("#id_email").count():
                page.fill("#id_email", email)
            self.press("Continue")
        raise AssertionError("the form does not end")

    def ask(self, account, **more):
        self.fill(account, **more)
        self.press("Send and see what to do")
        return self.page.locator(".reference").first.inner_text()

    def sign_in(self, email):
        self.go("/accounts/login/code/")
        self.page.fill("#id_email", email)
        self.press("Send me a code")
        code = self.portal.ask(
            "from hsb_portal.accounts.models import DemoMail; import re;"
            f" print([l for l in DemoMail.objects.filter(to='{email}', subject__contains='code')"
            ".order_by('-pk')[0].body.splitlines() if l.strip()][1])"
        ).splitlines()[-1]
        self.page.fill("#id_code", code.strip())
        self.press("Sign in")

    def close(self):
        self.context.close()


@pytest.fixture
def visitor(chromium, portal):
    """Make visitors; their browsers close when the test ends."""
    made = []

    def make(**how):
        made.append(Visitor(chromium, portal, **how))
        return made[-1]

    yield make
    for each in made:
        each.close()
