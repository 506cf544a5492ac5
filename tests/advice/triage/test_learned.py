"""What was learnt: both models over the same outputs, evidence that stands in the text, and when words suffice."""

import numpy as np
import pytest

from advice.triage import embedding, learned, terms
from advice.triage.learned import Reading, learnt
from advice.triage.types import Tier


def test_both_models_have_the_same_outputs():
    known = learnt()
    assert known.weights.shape == (len(known.names), len(known.outputs))
    assert sum(len(each) for each in known.places) == len(known.names)
    assert known.head.shape == (len(known.outputs), embedding.SIZE)
    assert known.slugs[known.slugs.index("none")] == "none"
    assert known.outputs[known.scenarios :] == ("tier A", "tier A or B", *(f"RF{n:02}" for n in range(1, 31)))


def test_shares_sum_to_one():
    reading = learned.read_words("A boy keeps touching girls in the corridor.")
    assert np.exp(learned.log_shares(reading.words[: learnt().scenarios])).sum() == pytest.approx(1, abs=1e-4)


def test_evidence_is_the_text_itself():
    text = "The coach\u2019s been messaging her at night, and he doesn't stop."
    reading = learned.read_words(text)
    for output in ("RF06", "adult-position-of-trust", "tier A"):
        for each in learned.evidence(text, reading.row, output):
            assert text[each.start : each.end] == each.words


@pytest.mark.parametrize("text", ["", "???", "😀", "\x00"])
def test_a_text_without_words_is_read_without_an_error(text):
    reading = learned.read_words(text)
    assert len(reading.row.places) == 0
    assert learned.evidence(text, reading.row, "RF06") == []


def reading(shares, urgent):
    known = learnt()
    words = np.full(len(known.outputs), -20.0, dtype=np.float32)
    words[: len(shares)] = np.log(shares)
    words[[known.outputs.index(name) for name in ("tier A", "tier A or B")]] = urgent
    return Reading(learned.row_of(""), words)


@pytest.mark.parametrize(
    ("shares", "urgent", "ruled", "certain"),
    [
        ([0.9, 0.1], (5.0, 5.0), Tier.NONE, True),
        ([0.9, 0.1], (-5.0, -5.0), Tier.C, True),
        ([0.9, 0.1], (0.2, 5.0), Tier.NONE, False),
        ([0.9, 0.1], (-5.0, 0.2), Tier.NONE, False),
        # calm has to be plainer than urgent
        ([0.9, 0.1], (1.5, 1.5), Tier.NONE, True),
        ([0.9, 0.1], (-1.5, -1.5), Tier.NONE, False),
        ([0.1] * 10, (5.0, 5.0), Tier.NONE, False),
        # rules say today already: only whether it is now is open; they say now: nothing is
        ([0.9, 0.1], (-5.0, 0.2), Tier.B, True),
        ([0.9, 0.1], (0.2, 0.2), Tier.B, False),
        ([0.9, 0.1], (0.2, 0.2), Tier.A, True),
        ([0.1] * 10, (0.2, 0.2), Tier.A, False),
    ],
)
def test_words_alone_decide_only_where_scenario_and_urgency_are_clear(shares, urgent, ruled, certain):
    assert reading(shares, urgent).certain(ruled) is certain


def test_evidence_is_words_that_speak_for_it_and_none_that_hardly_do():
    text = "Thanks for lunch. He raped her in the park and we all went home on the bus."
    row = learned.read_words(text).row
    told = [each.words for each in learned.evidence(text, row, "RF02")]
    assert any("raped" in words for words in told)
    assert not any("lunch" in words or "bus" in words for words in told)
    assert learned.evidence("", learned.row_of(""), "RF02") == []


def test_the_sentence_model_reads_the_beginning_and_the_end_of_a_long_text():
    tokens = embedding.tokens_of("word " * 500 + "ending")
    assert len(tokens) == terms.MOST_TOKENS
    assert tokens[-1] == embedding.tokens_of("x")[-1]


def test_a_vector_has_length_one_and_like_texts_are_near():
    rows = embedding.embed(
        [
            "A boy touched a girl without consent.",
            "A lad groped a girl who did not want it.",
            "The boiler broke.",
        ]
    )
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-3)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]


def test_weights_that_are_not_the_expected_ones_are_refused(tmp_path, monkeypatch, settings):
    settings.MODEL_DIR = tmp_path / "model"
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(embedding, "weights_folder", lambda: tmp_path)
    with pytest.raises(embedding.ModelDamaged, match="not the ones expected"):
        embedding.prepared()
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    "text",
    [
        "A boy keeps touching girls in the corridor, and the boy's friend keeps watch.",
        "Zqxvernal gropped her, gropped him. Zqxvernal!",
        "",
    ],
)
def test_a_message_is_read_as_what_was_fitted(text):
    """Fitting counts terms one by one (`terms_of`); reading takes a shorter way to the same row."""
    known, row = learnt(), learned.row_of(text, "teacher secondary")
    expected: dict[int, float] = {}
    for counts, places in zip(terms.terms_of(text, "teacher secondary"), known.places, strict=True):
        found = {
            places[term]: (1 + np.log(n)) * known.rarity[places[term]]
            for term, n in counts.items()
            if term in places
        }
        length = np.sqrt(sum(value**2 for value in found.values()))
        expected |= {place: value / length for place, value in found.items()}
    assert dict(zip(row.places.tolist(), row.values.tolist(), strict=True)) == pytest.approx(
        expected, abs=1e-5
    )
    assert "zqxvernal" not in learned.runs_of_known()
