"""The few numbers of learned.toml: fitted to what was acceptable, printed, never written."""

from io import StringIO
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from advice.triage import learned
from advice.triage.learning import calibrate

CALIBRATION = Path("tests/evaluation/calibration.jsonl")


def test_confidence_comes_out_as_often_right_as_it_says():
    """Shares drawn with a known chance of being acceptable give that chance back."""
    chance = np.random.default_rng(5)
    shares = chance.uniform(0.01, 1.0, 4_000)
    right = chance.uniform(size=4_000) < 1 / (1 + np.exp(-(2.0 + 1.2 * np.log(shares))))
    at, by = calibrate.platt(list(zip(shares.tolist(), right.tolist(), strict=True)))
    assert (at, by) == pytest.approx((2.0, 1.2), abs=0.2)


@pytest.fixture
def settings_of_before():
    """What was learnt is read once a process: put its settings back."""
    before = dict(learned.learnt().settings)
    yield before
    learned.learnt().settings.clear()
    learned.learnt().settings.update(before)


def test_the_command_prints_every_number_that_it_fits(tmp_path, settings_of_before):
    some = tmp_path / "some.jsonl"
    with CALIBRATION.open(encoding="utf-8") as lines:
        some.write_text("".join(islice(lines, 12)), encoding="utf-8")
    said = StringIO()
    call_command("triage_calibrate", "--input", str(some), stdout=said)
    fitted = {line.split(" = ")[0] for line in said.getvalue().splitlines() if " = " in line}
    assert fitted == {"meaning", "temperature", "confidence_temperature", "confidence_at", "confidence_by"}
    assert fitted <= set(settings_of_before)


def test_a_missing_file_is_named():
    with pytest.raises(CommandError, match=r"no file nowhere\.jsonl"):
        call_command("triage_calibrate", "--input", "nowhere.jsonl")
