"""Guidance and answers from Markdown to safe HTML. Pure: contacts are handed in.

Markdown makes no raw HTML (`html=False`), and nh3 cleans what it made: two locks on one door. Everything the
portal adds (classes, tags) is added before the second lock, so nothing changes the text after it is clean.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS: Final = {
    *("p", "br", "hr", "ul", "ol", "li", "blockquote"),
    *("strong", "em", "code", "a", "h2", "h3", "h4", "h5", "h6"),
}
CONTACT: Final = re.compile(r"\{\{\s*([a-z0-9-]+)\s*\}\}")
#: An address in a contact's text, unless it already stands in a Markdown link.
ADDRESS: Final = re.compile(r"(?<!\]\()(?<!<)\bhttps://([a-z0-9.-]+[a-z0-9](?:/[\w./-]*[\w/])?)")
#: Telephone numbers as the service writes them: 0800 1111, 0808 1000 900, 116 123.
NUMBER: Final = re.compile(r"\b(?:0\d{2,4}(?: \d{3,4}){1,2}|116 \d{3})\b")
TO_CONFIRM: Final = "[to confirm]"
#: What stands in for "[to confirm]" while Markdown reads the text; no editor types it.
MARK: Final = "\ue000"
TAG_HTML: Final = (
    '<strong class="govuk-tag govuk-tag--yellow to-confirm">Awaiting practitioner approval</strong>'
)
#: GOV.UK classes for what Markdown makes.
CLASSES: Final = {
    "p": "govuk-body",
    "ul": "govuk-list govuk-list--bullet",
    "ol": "govuk-list govuk-list--number",
    "a": "govuk-link",
    **{f"h{level}": "govuk-heading-s" for level in range(2, 7)},
}
ADDRESS_CLASS: Final = "address"
#: The classes that may stand in the result: the ones above and the tag's, no others.
ALLOWED_CLASSES: Final = {
    **{tag: set(classes.split()) for tag, classes in CLASSES.items()},
    "a": {CLASSES["a"], ADDRESS_CLASS},
    "strong": {"govuk-tag", "govuk-tag--yellow", "to-confirm"},
}


@lru_cache(maxsize=1)
def markdown() -> MarkdownIt:
    """The one Markdown reader."""
    return MarkdownIt("commonmark", {"html": False, "linkify": False})


def with_contacts(text: str, contacts: Mapping[str, str]) -> str:
    """Replace {{key}} by the contact's text; an unknown key shows its name, so that an editor sees it."""
    return CONTACT.sub(lambda found: linked(contacts.get(found[1], found[1])), text)


def linked(contact: str) -> str:
    """A contact's text as Markdown, its addresses and telephone numbers as links."""
    addressed = ADDRESS.sub(r"[\1](https://\1)", contact)
    return NUMBER.sub(lambda number: f"[{unbroken(number[0])}](tel:{number[0].replace(' ', '')})", addressed)


def unbroken(number: str) -> str:
    """A telephone number that stands on one line as long as it fits on one."""
    return number.replace(" ", "\N{NO-BREAK SPACE}")


def to_html(text: str, contacts: Mapping[str, str] | None = None, *, top: int = 2) -> str:
    """Safe HTML. Headings begin at level `top`, so that the page's outline stays in order."""
    reader = markdown()
    source = with_contacts(text, contacts or {}).replace(MARK, "").replace(TO_CONFIRM, MARK)
    tokens = reader.parse(source)
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    dress(tokens, shift=top - min(levels, default=top))
    made = nh3.clean(
        reader.renderer.render(tokens, reader.options, {}),
        tags=TAGS,
        attributes={"a": {"href", "title"}},
        allowed_classes=ALLOWED_CLASSES,
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    # In code or a link's title it stays what the editor typed: there, a tag would break the page.
    return made.replace(MARK, TO_CONFIRM)


def dress(tokens: Iterable[Token], *, shift: int) -> None:
    """Give tokens the portal's classes, move headings by `shift` levels, turn marks into tags."""
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{max(2, min(6, int(token.tag[1]) + shift))}"
        if token.nesting == 1 and token.tag in CLASSES:
            token.attrSet("class", CLASSES[token.tag])
        if token.children:
            dress(token.children, shift=shift)
            name_addresses(token.children)
            token.children = [piece for child in token.children for piece in with_tags(child)]


def name_addresses(tokens: Iterable[Token]) -> None:
    """Mark the links whose words are their address: on paper it is not said twice."""
    for link, words in pairwise(tokens):
        if link.type == "link_open" and f"https://{words.content}" == link.attrGet("href"):
            link.attrJoin("class", ADDRESS_CLASS)


def with_tags(token: Token) -> Iterator[Token]:
    """The token, its marks taken out of the text and put beside it as tags."""
    if token.type != "text" or MARK not in token.content:
        yield token
        return
    for place, words in enumerate(token.content.split(MARK)):
        if place:
            yield Token("html_inline", "", 0, content=TAG_HTML)
        yield Token("text", "", 0, content=words)
