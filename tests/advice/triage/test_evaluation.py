"""Evaluation: sets are read, each goal counts what it says, versions are compared, and nothing falls back."""

import json
from io import StringIO
from itertools import combinations, count
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from advice.management.commands import triage_evaluate
from advice.triage import comparison, evaluation
from advice.triage.comparison import BadFile
from advice.triage.evaluation import BadLine, Labelled, Measure, judge, labelled_in
from advice.triage.types import Account, Assessment, Flag, Match, Outcome, Tier, Versions

FOLDER = Path(__file__).resolve().parents[2] / "evaluation"
VERSIONS = {"library": "1", "rules": "2", "weights": "3", "model": "4"}


def labelled(
    id_="m-1", *, acceptable=("touching",), tiers=("none", "none"), flags=(), either=None, text="x", **more
):
    primary = more.get("primary", next(iter(acceptable)) if len(acceptable) == 1 else None)
    named = frozenset(flags), frozenset(flags if either is None else either)
    return Labelled(id_, Account(text), primary, frozenset(acceptable), *tiers, *named)


def said(*scenarios, outcome=Outcome.GUIDANCE, confident=True, confidence=0.8, flags=(), tier=Tier.NONE):
    """What a made-up triage says: the scenarios in order, the first with this confidence."""
    matches = tuple(
        Match(slug, 1, slug, confidence / (place + 1), ()) for place, slug in enumerate(scenarios)
    )
    raised = tuple(Flag(code, code, Tier.B, (), "") for code in flags)
    return Assessment(outcome, tier, raised, matches, (), Versions(**VERSIONS), confident)


def judged(case, assessment):
    return judge([case], lambda account: assessment)[0]


def measure(name, *pairs):
    found = evaluation.measures([judged(case, assessment) for case, assessment in pairs])
    return next((each.hits, each.of) for each in found if each.name.startswith(name))


NONE = ("none",)
A, B, C, CALM = ("A", "A"), ("B", "B"), ("C", "C"), ("none", "none")


# Each goal


@pytest.mark.parametrize(
    ("acceptable", "assessment", "right"),
    [
        (("touching",), said("touching", "exposure"), True),
        (("exposure",), said("touching", "exposure"), False),
        (("touching",), said("touching", confident=False), True),
        (("touching",), said(), False),
        (NONE, said("touching"), False),
        (NONE, said("touching", confident=False), True),
        (NONE, said(confident=False), True),
        (NONE, said(confident=True), True),
        (("touching", "none"), said("exposure", confident=False), True),
        (("touching",), said("exposure", confident=False), False),
    ],
)
def test_first_is_right_when_a_reader_accepts_it_and_none_when_nothing_is_offered_with_confidence(
    acceptable, assessment, right
):
    pair = (labelled(acceptable=acceptable), assessment)
    assert measure("an acceptable scenario first", pair) == (int(right), 1)


@pytest.mark.parametrize(
    ("scenarios", "right"),
    [(["a", "b", "touching"], True), (["a", "b", "c", "touching"], False), ([], False)],
)
def test_only_the_first_three_count(scenarios, right):
    pair = (labelled(), said(*scenarios))
    assert measure("an acceptable scenario in the first three", pair) == (int(right), 1)


@pytest.mark.parametrize(
    ("tiers", "outcome", "act_now", "person", "calm"),
    [
        (A, Outcome.ACT_NOW, (1, 1), (1, 1), (0, 0)),
        (A, Outcome.PRACTITIONER, (0, 1), (1, 1), (0, 0)),
        (A, Outcome.GUIDANCE, (0, 1), (0, 1), (0, 0)),
        (("B", "A"), Outcome.PRACTITIONER, (0, 0), (1, 1), (0, 0)),
        (B, Outcome.GUIDANCE, (0, 0), (0, 1), (0, 0)),
        (("C", "B"), Outcome.GUIDANCE, (0, 0), (0, 0), (0, 0)),
        (C, Outcome.PRACTITIONER, (0, 0), (0, 0), (1, 1)),
        (("none", "C"), Outcome.GUIDANCE, (0, 0), (0, 0), (0, 1)),
    ],
)
def test_urgency_is_judged_where_both_readers_agree(tiers, outcome, act_now, person, calm):
    pair = (labelled(tiers=tiers), said("touching", outcome=outcome))
    assert measure("tier A messages", pair) == act_now
    assert measure("tier A or B messages", pair) == person
    assert measure("neither A nor B", pair) == calm


def test_who_is_asked_which_page_is_nearest_is_counted_apart():
    cases = [
        judged(labelled(tiers=CALM), said("touching", confident=False)),
        judged(labelled(tiers=("A", "A")), said("exposure", confident=False)),
        judged(labelled(tiers=CALM), said(confident=False)),
        judged(labelled(tiers=CALM), said("touching")),
        judged(labelled(tiers=CALM), said("touching", confident=False, outcome=Outcome.PRACTITIONER)),
    ]
    assert [case.is_asked for case in cases] == [True, True, False, False, False]
    assert evaluation.asked(cases).startswith("asked which page is nearest: 2 of 5, 1 of them neither")


def test_what_fits_nothing_must_not_be_answered_with_confidence():
    sure, unsure = said("touching"), said("touching", confident=False)
    assert measure("messages that fit nothing", (labelled(acceptable=NONE), sure)) == (0, 1)
    assert measure("messages that fit nothing", (labelled(acceptable=NONE), unsure)) == (1, 1)
    # Where the readers differ on whether anything fits, either answer is right.
    assert measure("messages that fit nothing", (labelled(acceptable=("none", "touching")), sure)) == (0, 0)


def test_each_goal_of_the_table_has_its_figure():
    shown = {figure.name: figure for figure in evaluation.figures([judged(labelled(), said("touching"))])}
    assert [figure.goal for figure in shown.values()] == [0.90, 0.98, 1.00, 0.99, 0.20, 0.95, 0.05, 5, 20]
    assert shown["an acceptable scenario first"].is_reached
    assert shown["tier A messages that come out ACT_NOW"].verdict == "nothing to measure"
    assert shown["neither A nor B, sent to a person all the same"].goal_shown == "at most 0.20"


def test_a_figure_that_must_stay_small_is_reached_from_below():
    calm = [judged(labelled(tiers=CALM), said("touching", outcome=Outcome.PRACTITIONER))]
    figure = next(each for each in evaluation.figures(calm) if each.name.startswith("neither"))
    assert (figure.value, figure.is_reached) == (1.0, False)
    assert evaluation.missed(calm[0]) == ["neither A nor B, sent to a person all the same"]


def test_each_message_is_assessed_once_and_timed():
    asked = []

    def assess(account):
        asked.append(account.text)
        return said("touching")

    ticks = count(0, 0.005)
    found = judge([labelled("1", text="a"), labelled("2", text="b")], assess, clock=lambda: next(ticks))
    assert asked == ["a", "b"]
    assert [case.milliseconds for case in found] == pytest.approx([5, 5])
    assert evaluation.time_figures(found)[0].shown == "5.0 ms"


# Calibration, confusions, flags


def test_calibration_compares_what_was_said_with_what_was_so():
    pairs = [(said("touching", confidence=0.9), ("touching",))] * 3 + [
        (said("touching", confidence=0.9), ("exposure",)),
        (said("touching", confidence=0.1), ("exposure",)),
        (said("touching", confidence=1.0), ("touching",)),
        (said(), NONE),
    ]
    found = [judged(labelled(acceptable=acceptable), assessment) for assessment, acceptable in pairs]
    assert [(each.right, each.of) for each in evaluation.calibration(found)] == [(0, 1), (4, 5)]
    # 0.1 said and 0 so, once; 0.92 said and 0.8 so, five times; nothing offered counts for nothing.
    assert evaluation.calibration_error(found) == pytest.approx((0.1 + 5 * 0.12) / 6)
    low, high = evaluation.error_interval(found)
    assert 0 <= low < evaluation.calibration_error(found) < high <= 1
    assert evaluation.error_interval(found) == (low, high)


def test_with_nothing_offered_there_is_no_calibration_to_measure():
    found = [judged(labelled(), said())]
    assert evaluation.calibration(found) == []
    assert evaluation.error_figure(found).verdict == "nothing to measure"
    assert evaluation.figures([])[0].verdict == "nothing to measure"


def test_confusions_are_listed_with_those_no_reader_accepts_first():
    both = labelled(acceptable=("touching", "exposure"), primary="touching")
    cases = [(both, said("exposure"))] * 3 + [(labelled(), said("language"))] * 2 + [(labelled(), said())]
    cases += [(labelled(), said("touching")), (labelled(acceptable=("a", "b")), said("c"))]
    found = evaluation.confusions([judged(*pair) for pair in cases])
    assert [(each.primary, each.first, each.count, each.accepted) for each in found] == [
        ("touching", "language", 2, 0),
        ("touching", "nothing", 1, 0),
        ("touching", "exposure", 3, 3),
    ]


def test_flags_are_precise_where_either_reader_names_them_and_recalled_where_both_do():
    cases = [
        (labelled(flags=["RF01"]), said(flags=["RF01", "RF02"])),
        (labelled(flags=[], either=["RF01"]), said(flags=["RF01"])),
        (labelled(flags=["RF01"]), said()),
    ]
    one, two, every = evaluation.flag_figures([judged(*pair) for pair in cases])
    assert (one.code, one.precision.hits, one.precision.of, one.recall.hits, one.recall.of) == (
        "RF01",
        2,
        2,
        1,
        2,
    )
    assert (two.code, two.precision.share, two.precision.of, two.recall.of) == ("RF02", 0.0, 1, 0)
    assert (every.code, every.precision.of, every.recall.of) == ("all", 3, 2)


# Sets


def line(**changes):
    data = {"id": "m-1", "text": "x", "primary": "touching", "acceptable": ["touching"]}
    return json.dumps(data | {"tier_low": "A", "tier_high": "A"} | changes)


def test_a_set_is_read_with_its_labels(tmp_path):
    file = tmp_path / "set.jsonl"
    file.write_text(
        line(flags_both=["RF01"], flags_either=["RF01", "RF02"], answers={"danger_now": "yes"}) + "\n\n"
    )
    (case,) = labelled_in(file)
    assert (case.id, case.primary, case.tier_high, case.flags_both) == ("m-1", "touching", "A", {"RF01"})
    assert case.account.answers == {"danger_now": "yes"}


@pytest.mark.parametrize(
    ("wrong", "said_of_it"),
    [
        ("not json", "JSONDecodeError"),
        ("[1]", "not an object"),
        ('{"id": "m-2", "text": "x"}', "KeyError: 'primary'"),
        (line(id="m-2", acceptable=[]), "acceptable is empty"),
        (line(id="m-2", acceptable="touching"), "acceptable is not a list"),
        (line(id="m-2", tier_low="D"), "a tier is one of"),
        (line(id="m-2", tier_low=["A"]), "TypeError"),
        (line(), "the id m-1 stands twice"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_what_is_wrong(tmp_path, wrong, said_of_it):
    file = tmp_path / "set.jsonl"
    file.write_text(line() + "\n" + wrong + "\n")
    with pytest.raises(BadLine, match=r"set\.jsonl, line 2") as error:
        labelled_in(file)
    assert said_of_it in str(error.value)


# Of the set that is kept aside a failing test must not print a text: only numbers are compared.
@pytest.mark.parametrize(
    ("name", "many"),
    [
        ("enquiries", 60),
        ("held_back", 240),
        ("held_back_new", 170),
        ("held_back_third", 200),
        ("held_back_fourth", 200),
        ("held_back_fifth", 200),
        ("calibration", 340),
    ],
)
def test_the_sets_of_the_repository_are_whole(name, many):
    cases = labelled_in(FOLDER / f"{name}.jsonl")
    count_ = len(cases)
    without_its_primary = sum(case.primary not in (None, *case.acceptable) for case in cases)
    assert (count_, without_its_primary) == (many, 0)
    assert all(case.flags_both <= case.flags_either for case in cases)


def bare(texts):
    """Texts without case, spaces and punctuation."""
    return {"".join(filter(str.isalnum, text.lower())) for text in texts}


def texts_in(file):
    lines = [each for each in file.read_text(encoding="utf-8").splitlines() if each.strip()]
    return bare(json.loads(each).get("text", "") if file.suffix == ".jsonl" else each for each in lines) - {
        ""
    }


def fitted():
    """Every file of messages that triage learns from, matches with, or is calibrated on."""
    advice = FOLDER.parents[1] / "advice"
    return [
        *sorted((advice / "content" / "wordings").glob("*.txt")),
        *sorted(advice.rglob("*.jsonl")),
        *FOLDER.glob("calibration*.jsonl"),
    ]


JUDGING = triage_evaluate.SETS


@pytest.mark.parametrize("file", fitted(), ids=lambda file: file.name)
def test_nothing_that_triage_is_fitted_to_stands_in_a_set_that_judges_it(file):
    judging = set().union(*(texts_in(each) for each in JUDGING))
    in_both = len(judging & texts_in(file))
    assert in_both == 0


def test_no_message_stands_in_two_sets():
    in_both = sum(len(texts_in(one) & texts_in(other)) for one, other in combinations(JUDGING, 2))
    assert in_both == 0


def test_identifying_details_lie_where_their_spans_say():
    texts = [
        json.loads(each) for each in (FOLDER / "identifying.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(texts) == 100
    spans = [(each["text"], span) for each in texts for span in each["spans"]]
    assert all(text[span["start"] : span["end"]] == span["value"] for text, span in spans)


# Two versions


def sets(*pairs, name="enquiries"):
    return {name: [judged(case, assessment) for case, assessment in pairs]}


def test_what_is_stored_holds_no_word_of_a_message_and_comes_back_as_it_was(tmp_path):
    made = sets(
        (labelled(text="a boy touched"), said("touching", "exposure", flags=["RF02"])),
        (labelled("m-2"), said()),
    )
    comparison.write(tmp_path / "kept.json", comparison.stored(made, VERSIONS))
    assert "a boy" not in (tmp_path / "kept.json").read_text()
    data = comparison.read(tmp_path / "kept.json")
    assert data["versions"] == VERSIONS
    assert list(comparison.results_in(data, "enquiries").values()) == [
        each.result for each in made["enquiries"]
    ]


def test_two_versions_are_compared_on_the_messages_that_both_have_seen():
    urgent = labelled("m-2", tiers=A)
    before = sets(
        (labelled("m-1"), said("exposure")),
        (urgent, said("touching", outcome=Outcome.ACT_NOW)),
        (labelled("gone"), said("touching")),
    )
    after = sets(
        (labelled("m-1"), said("touching")),
        (urgent, said("touching", outcome=Outcome.PRACTITIONER)),
        (labelled("new"), said("touching")),
    )
    earlier = comparison.results_in(comparison.stored(before, VERSIONS), "enquiries")
    compared = comparison.compare(after["enquiries"], earlier)
    assert (compared.shared, compared.left_out) == (2, 2)
    assert [(each.id, each.goal, each.is_better) for each in compared.changes] == [
        ("m-1", "an acceptable scenario first", True),
        ("m-1", "an acceptable scenario in the first three", True),
        ("m-2", "tier A messages that come out ACT_NOW", False),
    ]
    first = compared.rows[0]
    assert (first.before.value, first.after.value, first.better, first.worse) == (0.5, 1.0, 1, 0)
    assert compared.changes[0].before == "GUIDANCE, exposure"


def test_fewer_calm_messages_sent_to_a_person_is_better():
    calm = labelled()
    before = sets((calm, said("touching", outcome=Outcome.PRACTITIONER)))
    earlier = comparison.results_in(comparison.stored(before, VERSIONS), "enquiries")
    (change,) = comparison.compare(sets((calm, said("touching")))["enquiries"], earlier).changes
    assert change.is_better


@pytest.mark.parametrize("content", ["not json", "[]", '{"sets": []}', '{"other": {}}'])
def test_a_stored_file_of_another_form_is_told(tmp_path, content):
    (tmp_path / "kept.json").write_text(content)
    with pytest.raises(BadFile, match=r"kept\.json cannot be read"):
        comparison.read(tmp_path / "kept.json")


@pytest.mark.parametrize(
    "wrong", [{}, {"messages": []}, {"messages": {"m-1": {}}}, {"messages": {"m-1": "A"}}]
)
def test_stored_messages_of_another_form_are_told(wrong):
    with pytest.raises(BadFile, match="the messages of enquiries"):
        comparison.results_in({"sets": {"enquiries": wrong}}, "enquiries")


# What has been reached


def right(many, of, *, tiers=CALM, name="held_back"):
    """So many of so many messages with the right scenario first."""
    return sets(
        *[(labelled(f"m-{n}", tiers=tiers), said("touching" if n < many else "exposure")) for n in range(of)],
        name=name,
    )


def claims_of(made):
    return comparison.reached(made, VERSIONS)["sets"]


@pytest.mark.parametrize(
    ("reached", "now", "falls"),
    [(50, 50, False), (50, 47, False), (50, 40, True), (46, 43, False), (40, 10, False)],
    ids=["the same", "within its interval", "below its interval", "another within", "was never reached"],
)
def test_a_figure_that_was_reached_may_not_fall_below_its_interval(reached, now, falls):
    said_of_it = comparison.fallen_back(right(now, 50), claims_of(right(reached, 50)))
    assert any("“an acceptable scenario first” was" in sentence for sentence in said_of_it) == falls


def test_a_figure_that_must_stay_small_may_not_rise_above_its_interval():
    good, bad = said("touching"), said("touching", outcome=Outcome.PRACTITIONER)
    few = sets(*[(labelled(f"m-{n}"), good) for n in range(40)])
    many = sets(*[(labelled(f"m-{n}"), bad) for n in range(40)])
    assert comparison.fallen_back(few, claims_of(few)) == []
    (sentence,) = comparison.fallen_back(many, claims_of(few))
    assert sentence == (
        "enquiries: “neither A nor B, sent to a person all the same” was 0.00 (0.00 to 0.09) and is now 1.00"
    )


@pytest.mark.parametrize(("name", "falls"), [("enquiries", True), ("held_back", False)])
def test_a_tier_a_message_of_the_enquiries_may_never_be_missed(name, falls):
    missed = sets((labelled("m-9", tiers=A), said("touching", outcome=Outcome.PRACTITIONER)), name=name)
    expected = [f"{name}: m-9 is tier A and came out PRACTITIONER"] if falls else []
    assert comparison.fallen_back(missed, {}) == expected


def test_a_figure_that_is_not_measured_any_more_is_told():
    claims = {"held_back": {"a figure of old": {"value": 1, "low": 0.9, "high": 1, "reached": True}}}
    (sentence,) = comparison.fallen_back(right(1, 1), claims)
    assert "a figure of old” was reached and is not measured any more" in sentence


def test_times_are_never_claimed():
    assert not any("time" in name for name in claims_of(right(1, 1))["held_back"])


def test_claims_of_another_form_are_told():
    with pytest.raises(BadFile, match="what held_back has reached"):
        comparison.fallen_back(right(1, 1), {"held_back": {"an acceptable scenario first": "high"}})


# The command, with a made-up triage


class Shelf:
    """All that the command reads of a library besides handing it on."""

    scenarios = [type("Scenario", (), {"slug": slug})() for slug in ("touching", "exposure")]


@pytest.fixture
def triage(monkeypatch):
    """The command with a triage that knows one word; change `answers` to make another version."""
    answers = {
        "good": said("touching", outcome=Outcome.ACT_NOW),
        "other": said("exposure", outcome=Outcome.ACT_NOW),
    }
    monkeypatch.setattr(triage_evaluate, "chosen", lambda name: Shelf())
    monkeypatch.setattr(triage_evaluate, "assess", lambda account, library: answers.get(account.text, said()))
    return answers


@pytest.fixture
def enquiries(tmp_path):
    file = tmp_path / "enquiries.jsonl"
    file.write_text(line(text="good") + "\n" + line(id="m-2", text="other") + "\n")
    return file


def run(*arguments):
    out = StringIO()
    call_command("triage_evaluate", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_prints_each_figure_with_its_interval_and_goal(triage, enquiries):
    out = run("--input", enquiries)
    assert "enquiries: 2 messages" in out
    row = next(each for each in out.splitlines() if "an acceptable scenario first" in each)
    assert " ".join(row.split()) == (
        "an acceptable scenario first 0.50 (1 of 2; 0.09 to 0.91) goal 0.90 not reached"
    )
    assert "time for one message, median" in out


def test_misses_are_told_by_id_and_of_what_is_kept_aside_by_nothing_else(triage, enquiries):
    assert "m-2: an acceptable scenario first" in (told := run("--input", enquiries, "--misses"))
    assert "exposure instead of touching" in told
    held_back = enquiries.rename(enquiries.with_name("held_back.jsonl"))
    told = run("--input", held_back, "--misses")
    assert "m-2: an acceptable scenario first" in told
    assert "exposure" not in told


def test_a_version_is_saved_and_the_next_compared_with_it(triage, enquiries, tmp_path):
    saved = tmp_path / "before.json"
    run("--input", enquiries, "--save", saved)
    triage["other"] = triage["good"]
    out = run("--input", enquiries, "--baseline", saved, "--report", tmp_path / "report")
    assert "0.50 to 1.00  better 1, worse 0" in out
    assert "m-2: better: an acceptable scenario first" in out
    assert "### Before and after" in (tmp_path / "report" / "report.md").read_text()


def test_the_command_fails_when_a_tier_a_message_is_missed(triage, enquiries, tmp_path):
    reached = tmp_path / "reached.json"
    run("--input", enquiries, "--save-reached", reached)
    assert "Nothing has fallen back." in run("--input", enquiries, "--check", reached)
    triage["good"] = said("touching", outcome=Outcome.GUIDANCE)
    with pytest.raises(CommandError, match="m-1 is tier A and came out GUIDANCE"):
        run("--input", enquiries, "--check", reached)


def test_where_nothing_has_been_claimed_only_tier_a_is_demanded(triage, enquiries, tmp_path):
    assert "Nothing has fallen back." in run("--input", enquiries, "--check", tmp_path / "not-yet.json")


def test_a_set_with_claims_that_was_not_evaluated_is_named(triage, enquiries, tmp_path):
    reached = tmp_path / "reached.json"
    comparison.write(reached, comparison.reached(right(5, 5), VERSIONS))
    out = run("--input", enquiries, "--check", reached)
    assert "held_back has figures that were reached, and was not evaluated." in out


def test_a_label_that_the_library_does_not_know_is_named(triage, enquiries):
    enquiries.write_text(line(acceptable=["gone", "none"]) + "\n")
    assert "enquiries: the library has no scenario gone" in run("--input", enquiries)


@pytest.mark.parametrize("option", ["--baseline", "--check"])
def test_a_stored_file_that_cannot_be_read_is_told_before_the_work(
    triage, enquiries, tmp_path, option, monkeypatch
):
    (tmp_path / "kept.json").write_text("no")
    monkeypatch.setattr(triage_evaluate, "judge", lambda *given: pytest.fail("it went to work"))
    with pytest.raises(CommandError, match=r"kept\.json cannot be read"):
        run("--input", enquiries, option, tmp_path / "kept.json")


def test_a_set_that_is_missing_or_named_twice_is_told(triage, enquiries, tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        run("--input", tmp_path / "nothing.jsonl")
    with pytest.raises(CommandError, match="Two sets are called enquiries"):
        run("--input", enquiries, "--input", enquiries)
    enquiries.write_text("{}\n")
    with pytest.raises(CommandError, match="line 1"):
        run("--input", enquiries)


# The real triage


def test_nothing_that_triage_has_reached_has_fallen_back():
    """On both sets, against tests/evaluation/reached.json; see there what was claimed."""
    assert "Nothing has fallen back." in run("--check")


def test_intervals_are_the_same_wherever_they_are_asked():
    assert Measure("m", 3, 7).interval == evaluation.interval_of(3, 7)
