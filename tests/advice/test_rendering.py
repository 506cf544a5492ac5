"""Markdown to safe HTML: nothing that could run survives, and what editors mean is shown."""

import re
from html.parser import HTMLParser

import pytest

from advice.rendering import ALLOWED_CLASSES, TAGS, to_html
from advice.templatetags import guidance as tags


def spaced(words):
    """With every kind of space as the one that is typed."""
    return words.replace("\xa0", " ")


class Seen(HTMLParser):
    """What a browser would make of the HTML: tags with their attributes, and the text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data


def scheme(href):
    """The scheme as a browser reads it: control characters and spaces do not count."""
    found = re.match(r"([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", href), re.IGNORECASE)
    return found[1].lower() if found else ""


ATTACKS = {
    "script": "<script>alert(1)</script>",
    "nested tags": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "nested in a tag": '<<img src=x onerror=alert(1)>b title="<img src=x onerror=alert(1)>">',
    "unclosed": "<img src=x onerror=alert(1)",
    "image": '<img src="x" onerror="alert(1)">',
    "Markdown image": "![x](https://elsewhere.example/pixel.png)",
    "svg": "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "svg animate": '<svg><a><animate attributeName=href values="javascript:alert(1)"/><text>x</text></a></svg>',
    "math": '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)"></style></mglyph></table></mtext></math>',
    "style": "<style>body{display:none}</style>",
    "style attribute": '<p style="position:fixed">x</p>',
    "iframe": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "form": '<form action="https://elsewhere.example"><button>Send</button></form>',
    "comment": "<!--><img src=x onerror=alert(1)>-->",
    "javascript link": "[x](javascript:alert(1))",
    "javascript link in capitals": "[x](JaVaScRiPt:alert(1))",
    "javascript link with entities": "[x](&#106;avascript&colon;alert(1))",
    "javascript link with a tab": "[x](<java\tscript:alert(1)>)",
    "javascript autolink": "<javascript:alert(1)>",
    "data link": "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "vbscript reference": '[x][1]\n\n[1]: vbscript:msgbox(1) "t"',
    "title that closes": "[x](https://a.example '\" onmouseover=\"alert(1)')",
    "title with the portal's tags": '[x](https://a.example "<p><img src=x onerror=alert(1)><h2>")',
    "title with the mark": '[x](https://a.example "[to confirm]<img src=x onerror=alert(1)>")',
    "address with the mark": '[x](https://a.example/[to confirm]"onclick=alert(1))',
    "code": "`<script>alert(1)</script>` and `[to confirm]`",
    "code block": "```<script>\n<script>alert(1)</script>\n```",
    "fence info": '```"><img src=x onerror=alert(1)>\nx\n```',
    "heading": "## <h2 onclick=alert(1)>x</h2>",
    "null byte": "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "private use character": '\ue000"><img src=x onerror=alert(1)>',
}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS.keys())
def test_failures_t5_nothing_that_could_run_survives(text):
    for tag, attributes in Seen(to_html(text)).tags:
        assert tag in TAGS
        assert set(attributes) <= {"href", "title", "rel", "class"}
        assert set(attributes.get("class", "").split()) <= ALLOWED_CLASSES.get(tag, set())
        assert scheme(attributes.get("href", "")) in {"", "https", "http", "mailto", "tel"}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS.keys())
def test_failures_t5_a_contact_text_is_cleaned_like_any_other(text):
    for tag, attributes in Seen(to_html("Call {{a}}.", {"a": text})).tags:
        assert tag in TAGS
        assert not any(name.startswith("on") or name in {"style", "src"} for name in attributes)


def test_a_script_is_shown_inert_as_it_was_written():
    assert Seen(to_html("<script>alert(1)</script>")).words.strip() == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Tell the lead.", '<p class="govuk-body">Tell the lead.</p>'),
        ("**Now**", '<p class="govuk-body"><strong>Now</strong></p>'),
        ("- a\n- b", '<ul class="govuk-list govuk-list--bullet">\n<li>a</li>\n<li>b</li>\n</ul>'),
        ("1. a", '<ol class="govuk-list govuk-list--number">\n<li>a</li>\n</ol>'),
        (
            "[KCSIE](https://www.gov.uk/)",
            '<p class="govuk-body"><a class="govuk-link" href="https://www.gov.uk/"'
            ' rel="noopener noreferrer">KCSIE</a></p>',
        ),
    ],
)
def test_markdown_is_dressed_in_the_portals_classes(text, html):
    assert sorted_attributes(to_html(text).strip()) == sorted_attributes(html)


def sorted_attributes(html):
    return [(tag, sorted(attributes.items())) for tag, attributes in Seen(html).tags], Seen(html).words


@pytest.mark.parametrize(
    ("text", "top", "levels"),
    [
        ("# a\n\n## b", 2, ["h2", "h3"]),
        ("### a\n\n#### b", 2, ["h2", "h3"]),
        ("# a\n\n## b\n\n# c", 3, ["h3", "h4", "h3"]),
        ("# a\n\n###### b", 4, ["h4", "h6"]),
        ("a\n===", 1, ["h2"]),
    ],
)
def test_headings_begin_at_the_level_that_the_page_asks_for(text, top, levels):
    assert [tag for tag, _ in Seen(to_html(text, top=top)).tags if tag.startswith("h")] == levels


def test_a_contact_stands_where_its_key_stood_and_an_unknown_key_is_seen():
    html = to_html("Call {{emergency}} or {{ nobody }}.", {"emergency": "999"})
    assert "Call 999 or nobody." in html


@pytest.mark.parametrize(
    ("text", "address", "words"),
    [
        (
            "Report Remove (https://www.childline.org.uk/remove)",
            "https://www.childline.org.uk/remove",
            "Report Remove (www.childline.org.uk/remove)",
        ),
        ("Shore, https://shorespace.org.uk.", "https://shorespace.org.uk", "Shore, shorespace.org.uk."),
    ],
)
def test_a_contacts_address_is_a_link_without_its_scheme(monkeypatch, text, address, words):
    monkeypatch.setattr(tags, "contacts", lambda: {"one": text})
    for seen in (Seen(to_html("{{one}}", {"one": text})), Seen(tags.contact("one"))):
        assert [attributes["href"] for tag, attributes in seen.tags if tag == "a"] == [address]
        # Its words are its address: on paper it is not said twice.
        assert [attributes["class"] for tag, attributes in seen.tags if tag == "a"] == ["govuk-link address"]
        assert seen.words.strip() == words


def test_a_contacts_own_link_is_left_as_it_is():
    seen = Seen(to_html("{{one}}", {"one": "[Shore](https://shorespace.org.uk)"}))
    assert [attributes["href"] for tag, attributes in seen.tags if tag == "a"] == [
        "https://shorespace.org.uk"
    ]
    assert seen.words.strip() == "Shore"


@pytest.mark.parametrize(
    "text",
    [
        'https://a.example/"onclick=alert(1)',
        "https://a.example<script>alert(1)</script>",
        "https://a.example/](javascript:alert(1))",
    ],
)
def test_failures_t5_an_address_in_a_contact_brings_nothing_that_could_run(monkeypatch, text):
    monkeypatch.setattr(tags, "contacts", lambda: {"one": text})
    for seen in (Seen(to_html("{{one}}", {"one": text})), Seen(tags.contact("one"))):
        assert {tag for tag, _ in seen.tags} <= {"p", "a"}
        for tag, attributes in seen.tags:
            assert set(attributes) <= {"href", "class", "rel"}
            assert tag != "a" or scheme(attributes["href"]) == "https"


def test_what_is_to_be_confirmed_is_shown_as_awaiting_approval():
    seen = Seen(to_html("Within 24 hours [to confirm], then [to confirm]."))
    tags = [attributes for tag, attributes in seen.tags if tag == "strong"]
    assert [each["class"] for each in tags] == ["govuk-tag govuk-tag--yellow to-confirm"] * 2
    assert "[to confirm]" not in seen.words
    assert seen.words.count("Awaiting practitioner approval") == 2


def test_a_mark_in_code_or_in_a_title_stays_text():
    seen = Seen(to_html('`[to confirm]` [x](https://a.example "[to confirm]")'))
    assert "[to confirm]" in seen.words
    assert dict(seen.tags)["a"]["title"] == "[to confirm]"


def test_the_empty_text_is_empty():
    assert to_html("") == ""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("999", []),
        ("Stop It Now (0808 1000 900)", ["08081000900"]),
        ("Childline (0800 1111)", ["08001111"]),
        ("NSPCC helpline (0808 800 5000, help@nspcc.org.uk)", ["08088005000"]),
        ("Samaritans (116 123)", ["116123"]),
        ("<script>0800 1111</script>", ["08001111"]),
        ("form 2018 2019, page 116", []),
    ],
)
def test_a_contacts_telephone_numbers_can_be_dialled_and_the_rest_stays_text(monkeypatch, text, numbers):
    monkeypatch.setattr(tags, "contacts", lambda: {"one": text})
    seen = Seen(tags.contact("one"))
    assert [attributes["href"] for _, attributes in seen.tags] == [f"tel:{number}" for number in numbers]
    assert spaced(seen.words) == text


def test_a_contacts_number_can_be_dialled_within_guidance_too():
    seen = Seen(to_html("Call {{one}}.", {"one": "Stop It Now (0808 1000 900)"}))
    assert [attributes["href"] for tag, attributes in seen.tags if tag == "a"] == ["tel:08081000900"]
    assert seen.words.strip() == "Call Stop It Now (0808\xa01000\xa0900)."
