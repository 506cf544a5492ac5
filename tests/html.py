"""What a page's HTML says, as a reader without a mouse, styles or scripts meets it."""

from html.parser import HTMLParser

#: Elements without content: they never close.
VOID = {"meta", "link", "input", "br", "hr", "img", "circle", "path", "rect", "line"}


class Page(HTMLParser):
    """A page's tags, texts, ids, labels and headings."""

    def __init__(self, response):
        super().__init__()
        self.tags, self.words, self.headings, self._open = [], [], [], []
        self.feed(response.content.decode())
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.headings.append((tag, ""))

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, words):
        if words.strip() and not {"script", "style", "title"} & set(self._open):
            self.words.append(" ".join(words.split()))
        if self.headings and self.headings[-1][0] in self._open:
            tag, text = self.headings[-1]
            self.headings[-1] = (tag, f"{text} {' '.join(words.split())}".strip())

    @property
    def text(self):
        return " ".join(self.words)

    def all(self, tag):
        return [attributes for each, attributes in self.tags if each == tag]

    def problems(self):
        """What keeps somebody out, or breaks the content policy; empty when nothing does."""
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        labelled = {attributes.get("for") for attributes in self.all("label")}
        levels = [int(tag[1]) for tag, _ in self.headings]
        found = [f"two elements with the id {each}" for each in {i for i in ids if ids.count(i) > 1}]
        found += [
            f"{tag} without a label: {attributes}"
            for tag, attributes in self.tags
            if tag in {"input", "select", "textarea"}
            and attributes.get("type") not in {"hidden", "submit"}
            and attributes.get("id") not in labelled
            and not attributes.get("aria-label")
        ]
        for name in ("aria-labelledby", "aria-describedby"):
            found += [
                f"{name} names nothing: {each}"
                for _, attributes in self.tags
                for each in (attributes.get(name) or "").split()
                if each not in ids
            ]
        found += [
            f"link to nowhere on the page: {attributes['href']}"
            for attributes in self.all("a")
            if (attributes.get("href") or "").startswith("#") and attributes["href"][1:] not in ids
        ]
        found += [
            f"{tag} has {name}"
            for tag, attributes in self.tags
            for name in attributes
            if name == "style" or name.startswith("on")
        ]
        found += [f"script in the page: {each}" for each in self.all("script") if "src" not in each]
        found += ["style in the page" for _ in self.all("style")]
        if levels.count(1) != 1:
            found.append(f"{levels.count(1)} headings of level 1")
        found += [
            f"heading {text!r} skips a level"
            for (_, text), level, before in zip(self.headings[1:], levels[1:], levels, strict=False)
            if level > before + 1
        ]
        if self.all("html")[0].get("lang") != "en-GB":
            found.append("no language")
        return found
