"""The report: figures, comparison, misses with their text or without, and a plot that is valid and described."""

from xml.etree import ElementTree

import pytest

from advice.triage import comparison, reporting
from advice.triage.charts import calibration_plot
from advice.triage.evaluation import calibration
from advice.triage.types import Outcome
from tests.advice.triage.test_evaluation import VERSIONS, A, judged, labelled, said, sets

SVG = "{http://www.w3.org/2000/svg}"
SECRET = "He has *touched* her | <b>twice</b>.\n# And again"
MISSED = (labelled("m-7", text=SECRET, tiers=A, flags=["RF01"]), said("exposure", flags=["RF02"]))
RIGHT = (labelled("m-8", text="All is well."), said("touching"))


def written(name, *pairs, compared=None):
    return reporting.report(sets(*pairs, name=name), VERSIONS, compared or {})


def compared_with(earlier, now, name):
    before = comparison.results_in(comparison.stored(sets(*earlier, name=name), VERSIONS), name)
    return {name: comparison.compare(sets(*now, name=name)[name], before)}


def test_it_says_what_it_was_made_with_and_each_figure_with_interval_and_goal():
    text = written("enquiries", MISSED, RIGHT)
    assert "| rules | 2 |" in text
    assert "| an acceptable scenario first | 0.50  (1 of 2; 0.09 to 0.91) | 0.90 | not reached |" in text
    assert "| touching | exposure | 1 | 0 |" in text
    assert "| RF01 | none | 0.00  (0 of 1; 0.00 to 0.79) |" in text
    assert "| 0.8 to 0.9 | 2 | 0.80 | 0.50  (1 of 2; 0.09 to 0.91) |" in text
    assert "](calibration-enquiries.svg)" in text


def test_a_miss_stands_with_its_text_as_plain_words():
    text = written("enquiries", MISSED, RIGHT)
    assert "#### m-7" in text
    assert r"> He has \*touched\* her \| \<b\>twice\</b\>. # And again" in text
    assert "readers: touching; tier A" in text
    assert "triage: exposure, 0.80; tier none, GUIDANCE" in text
    assert "All is well" not in text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("co-operates (3-4)", "co-operates (3-4)"),
        ("", ""),
    ],
)
def test_text_begins_no_list_of_its_own(text, plain):
    assert reporting.plain(text) == plain


@pytest.mark.parametrize("name", ["held_back", "held_back_2"])
def test_of_a_set_that_is_kept_aside_only_counts_and_ids_are_shown(name):
    before = [(MISSED[0], said("touching")), RIGHT]
    text = written(name, MISSED, RIGHT, compared=compared_with(before, [MISSED, RIGHT], name))
    assert "touched" not in text
    assert "| an acceptable scenario first | 1 | m-7 |" in text
    assert "| m-7 | worse | an acceptable scenario first |" in text
    assert "GUIDANCE, exposure" not in text


def test_two_versions_stand_side_by_side_with_what_became_worse_first():
    earlier = [
        (MISSED[0], said("touching", outcome=Outcome.ACT_NOW)),
        (RIGHT[0], said("exposure")),
        (labelled("gone"), said()),
    ]
    text = written("x", MISSED, RIGHT, compared=compared_with(earlier, [MISSED, RIGHT], "x"))
    assert "On the 2 messages that both versions have seen, by today's labels. 1 others" in text
    worse = "| m-7 | worse | an acceptable scenario first | ACT\\_NOW, touching | GUIDANCE, exposure |"
    better = "| m-8 | better | an acceptable scenario first | GUIDANCE, exposure | GUIDANCE, touching |"
    assert -1 < text.index(worse) < text.index(better)
    assert "| 0.50  (1 of 2; 0.09 to 0.91) | 0.50  (1 of 2; 0.09 to 0.91) | 1 | 1 |" in text


def test_where_nothing_changed_it_says_so():
    text = written("x", RIGHT, compared=compared_with([RIGHT], [RIGHT], "x"))
    assert "No message meets a goal that it did not meet" in text
    assert text.count("\nNone.") == 3  # confusions, flags, misses


def test_an_empty_set_makes_a_report_too(tmp_path):
    file = reporting.write_report(tmp_path, {"empty": []}, VERSIONS, {})
    assert "empty: 0 messages" in file.read_text()


def test_the_report_and_a_plot_for_each_set_are_written(tmp_path):
    made = {**sets(MISSED, name="enquiries"), **sets(RIGHT, name="from practice")}
    file = reporting.write_report(tmp_path / "new" / "folder", made, VERSIONS, {})
    names = {path.name for path in file.parent.iterdir()}
    assert names == {"report.md", "calibration-enquiries.svg", "calibration-from-practice.svg"}
    assert "](calibration-from-practice.svg)" in file.read_text()


def test_the_plot_is_valid_and_says_what_it_shows():
    cases = [judged(labelled(), said("touching", confidence=c)) for c in (0.05, 0.3, 0.31, 0.99, 1.0)]
    bins = calibration(cases)
    root = ElementTree.fromstring(calibration_plot(bins, "a <set> & more"))
    assert root.attrib["role"] == "img"
    named = {part.attrib.get("id"): part.text for part in root}
    title, description = (named[each] for each in root.attrib["aria-labelledby"].split())
    assert title == "Calibration of a <set> & more"
    assert "5 messages in 3 groups" in description
    circles = list(root.iter(f"{SVG}circle"))
    assert len(circles) == len(bins) == 3
    # The surest bin lies at the right edge and, all right, at the top.
    assert (float(circles[-1].attrib["cx"]), float(circles[-1].attrib["cy"])) == pytest.approx((388.4, 40))


def test_the_plot_runs_nothing_and_fetches_nothing():
    plot = calibration_plot([], "nothing")
    assert ElementTree.fromstring(plot).tag == f"{SVG}svg"
    assert not any(word in plot for word in ("<script", "href", "style=", "url("))
