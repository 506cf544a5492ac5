"""The library as triage matches against it: likeness by terms, new scenarios, and what counts beside what was learnt."""

import numpy as np
import pytest

from advice.triage import learned, matching
from advice.triage.library import build_library, postings
from advice.triage.types import Account, ScenarioText


def scenario(slug, *wordings, **fields):
    return ScenarioText(slug, 1, slug, f"When {slug} happens", wordings, "Guidance.", **fields)


def vectors(texts):
    """A different direction for each text."""
    rows = np.zeros((len(texts), 384), dtype=np.float32)
    for place in range(len(texts)):
        rows[place, place % 384] = 1
    return rows


def library(*scenarios, none=("the bus is late",)):
    return build_library(scenarios, none_wordings=none, version="test", vectors=vectors)


def test_a_text_is_likest_to_the_wording_it_shares_its_terms_with():
    index = postings(["boys touch girls in the corridor", "the boiler is broken", "a rumour about a pupil"])
    cosines = index.cosines("The boiler is broken!", 3)
    assert cosines[1] == pytest.approx(1, abs=1e-5)
    assert cosines.argmax() == 1
    assert cosines.max() <= 1 + 1e-5


@pytest.mark.parametrize("text", ["", "zzz qqq"])
def test_a_text_that_shares_no_term_is_like_none(text):
    assert not postings(["boys touch girls"]).cosines(text, 1).any()


def test_texts_of_a_scenario_stand_together():
    made = library(scenario("a", "one", "two"), scenario("b", "three"))
    assert [made.texts[place] for place in range(*made.of(1).indices(99))] == ["b", "When b happens", "three"]
    assert made.centres.shape == (2, 384)


@pytest.mark.parametrize("known", ["exposure", "also-new"])
def test_a_new_scenario_is_first_where_its_wording_is_the_likest(known):
    made = library(
        scenario(known, "he pulls his trousers down"), scenario("brand-new", "pupils swap glimmerstones")
    )
    found = matching.matches(Account("Our pupils swap glimmerstones."), made)
    assert found.offered[0].scenario == "brand-new"


def test_many_new_scenarios_that_are_as_like_do_not_drown_a_known_one():
    told = Account("A pupil keeps exposing himself to others on the field. He has been told to stop.")
    known = [scenario("exposure", "he pulls his trousers down"), scenario("pornography", "videos on a phone")]
    others = [scenario(f"new-{number}", f"a pupil on the field with thing{number}") for number in range(200)]
    alone = matching.matches(told, library(*known)).offered[0]
    among = matching.matches(told, library(*known, *others)).offered[0]
    assert alone.scenario == among.scenario == "exposure"
    assert among.share > alone.share / 2


def test_a_new_wording_of_a_known_scenario_counts():
    made = library(
        scenario("exposure", "glimmerstones behind the shed again"), scenario("pornography", "videos")
    )
    found = matching.matches(Account("Glimmerstones behind the shed again"), made)
    assert found.offered[0].scenario == "exposure"


def test_a_kind_of_behaviour_and_a_relation_chosen_in_the_form_count():
    made = library(scenario("sibling", kinds=("touching",)), scenario("exposure", kinds=("exposure",)))
    account = Account("Something happened at home.", answers={"behaviours": ["exposure"]})
    added = matching.structured(account, made)
    assert added.tolist() == [0, pytest.approx(learned.learnt().settings["behaviour_fits"])]
    related = matching.structured(Account("x", answers={"relation": "siblings"}), made)
    assert related[0] == pytest.approx(learned.learnt().settings["relation_fits"])


@pytest.mark.parametrize(
    ("role", "setting", "answers", "told"),
    [
        ("", "", {}, ""),
        ("not stated", "not stated", {}, ""),
        ("form tutor", "secondary", {}, "form tutor Secondary school"),
        ("", "", {"role": "foster", "setting": "foster"}, "Foster carer or fostering worker Foster home"),
    ],
)
def test_role_and_setting_are_told_in_words(role, setting, answers, told):
    assert matching.about(Account("x", role=role, setting=setting, answers=answers)) == told


@pytest.mark.parametrize("share", [0.0, 1e-9, 0.2, 1.0])
def test_confidence_is_a_probability_that_rises_with_the_share(share):
    assert 0 <= matching.confidence(share) <= matching.confidence(min(1.0, share + 0.1)) <= 1


def test_nothing_written_matches_nothing():
    assert matching.matches(Account("  "), library(scenario("a", "b"))).offered == ()
