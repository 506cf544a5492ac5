"""Charts as SVG, written by hand: no script, no style sheet; a title and a description for screen readers."""

from collections.abc import Sequence
from html import escape

from advice.triage.evaluation import Bin, interval_of

SIDE, LEFT, TOP = 320, 70, 40
WIDTH, HEIGHT = LEFT + SIDE + 30, TOP + SIDE + 65
INK, QUIET, POINT = "#0b0c0c", "#b1b4b6", "#1d70b8"


def calibration_plot(bins: Sequence[Bin], name: str) -> str:
    """What was said against what was so, a point for each bin with its interval; on the line is honest."""
    messages = sum(each.of for each in bins)
    title = f"Calibration of {name}"
    description = (
        f"{messages} messages in {len(bins)} groups by the confidence of the first match."
        " Across: mean confidence."
        " Up: the share that a reader accepts, with its 95 % interval. On the dashed line the two agree."
        " The same numbers stand in the table of the report."
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
            f' height="{HEIGHT}" role="img" aria-labelledby="title description"'
            ' font-family="arial, sans-serif" font-size="14">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="description">{escape(description)}</desc>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            text(LEFT, TOP - 16, title, weight="bold"),
            *axes(),
            *(point(each) for each in bins),
            "</svg>\n",
        ]
    )


def across(share: float) -> float:
    """Where a share lies from the left."""
    return round(LEFT + share * SIDE, 1)


def up(share: float) -> float:
    """Where a share lies from the top."""
    return round(TOP + (1 - share) * SIDE, 1)


def axes() -> list[str]:
    """The frame, its numbers and names, and the line on which confidence is honest."""
    made = []
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        made.append(line((tick, 0), (tick, 1), QUIET))
        made.append(line((0, tick), (1, tick), QUIET))
        made.append(text(across(tick), up(0) + 20, f"{tick:.1f}", anchor="middle"))
        made.append(text(LEFT - 8, up(tick) + 5, f"{tick:.1f}", anchor="end"))
    made.append(line((0, 0), (1, 1), INK, dashes="6 4"))
    made.append(text(across(0.5), HEIGHT - 18, "confidence said", anchor="middle"))
    middle = up(0.5)
    made.append(
        f'<text x="20" y="{middle}" fill="{INK}" text-anchor="middle"'
        f' transform="rotate(-90 20 {middle})">share that was right</text>'
    )
    return made


def point(each: Bin) -> str:
    """A bin: its interval as a bar, and a point that is larger the more messages it holds."""
    low, high = interval_of(each.right, each.of)
    radius = round(min(3 + each.of**0.5 / 2, 10), 1)
    told = f"said {each.said:.2f}, right {each.was:.2f}, {each.of} messages"
    return (
        f"<g><title>{told}</title>{line((each.said, low), (each.said, high), POINT)}"
        f'<circle cx="{across(each.said)}" cy="{up(each.was)}" r="{radius}" fill="{POINT}"/></g>'
    )


def line(start: tuple[float, float], end: tuple[float, float], colour: str, dashes: str = "") -> str:
    """A line between two places given as shares."""
    pattern = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{across(start[0])}" y1="{up(start[1])}" x2="{across(end[0])}" y2="{up(end[1])}"'
        f' stroke="{colour}" stroke-width="1.5"{pattern}/>'
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", weight: str = "normal") -> str:
    """Words at a place given in the picture's units."""
    return (
        f'<text x="{x}" y="{y}" fill="{INK}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )
