"""Guidance and answers from Markdown to safe HTML. Pure: contacts are handed in.

Markdown makes no raw HTML (`html=False`), and nh3 cleans what it made: two locks on one door.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Final

import nh3
from markdown_it import MarkdownIt

TAGS: Final = {
    "p",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "a",
    "h2",
    "h3",
    "h4",
    "h5",
    "br",
    "blockquote",
    "code",
    "hr",
}
CONTACT: Final = re.compile(r"\{\{\s*([a-z0-9-]+)\s*\}\}")
TO_CONFIRM: Final = "[to confirm]"
#: What stands in for "[to confirm]" until the text is clean; no editor types it.
MARK: Final = "\ue000"
TAG_HTML: Final = (
    '<strong class="govuk-tag govuk-tag--yellow to-confirm">Awaiting practitioner approval</strong>'
)
#: GOV.UK classes for what Markdown makes.
CLASSES: Final = {
    "<p>": '<p class="govuk-body">',
    "<ul>": '<ul class="govuk-list govuk-list--bullet">',
    "<ol>": '<ol class="govuk-list govuk-list--number">',
    "<a ": '<a class="govuk-link" ',
}


@lru_cache(maxsize=1)
def markdown() -> MarkdownIt:
    """The one Markdown reader."""
    return MarkdownIt("commonmark", {"html": False, "linkify": False})


def with_contacts(text: str, contacts: Mapping[str, str]) -> str:
    """Replace {{key}} by the contact's text; an unknown key shows its name, so that an editor sees it."""
    return CONTACT.sub(lambda found: contacts.get(found[1], found[1]), text)


def to_html(text: str, contacts: Mapping[str, str] | None = None, *, top: int = 2) -> str:
    """Safe HTML. Headings begin at level `top`, so that the page's outline stays in order."""
    source = with_contacts(text, contacts or {}).replace(MARK, "").replace(TO_CONFIRM, MARK)
    made = nh3.clean(
        markdown().render(source),
        tags=TAGS | {"h1", "h6"},
        attributes={"a": {"href", "title"}},
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    levels = [int(level) for level in re.findall(r"<h([1-6])>", made)]
    shift = top - min(levels) if levels else 0
    made = re.sub(r"<(/?)h([1-6])>", lambda m: heading(m[1], int(m[2]) + shift), made)
    for plain, styled in CLASSES.items():
        made = made.replace(plain, styled)
    return made.replace(MARK, TAG_HTML)


def heading(slash: str, level: int) -> str:
    """A heading's tag at a level from 2 to 6."""
    level = max(2, min(6, level))
    return f"</h{level}>" if slash else f'<h{level} class="govuk-heading-s">'


def plain(text: str, contacts: Mapping[str, str] | None = None) -> str:
    """The text for one line of HTML: escaped, without Markdown."""
    return escape(with_contacts(text, contacts or {}).replace(TO_CONFIRM, "").strip())
