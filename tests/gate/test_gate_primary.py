"""Which row is guarded: the baseline's, wherever it stands in today's suite."""

from harness import gate
from harness.gate.model import Change
from tests.fakes.gate_runs import SmallRun, accepted


def reordered() -> SmallRun:
    """`two` stands first, and `one` is bad."""
    run = SmallRun().with_encoder("two")
    run.manifest["plan"].sort(key=lambda entry: entry["address"]["encoder"] != "two")
    run.spoil("one/clean", 150)
    return run


def test_another_order_of_encoders_guards_no_other_row() -> None:
    """Else a collapse of the encoder that is shipped would pass."""
    found = gate.judge(reordered(), accepted(SmallRun().with_encoder("two")), name="b.json")
    assert (found.primary, found.outcome) == ("reviews / one / main / probe", "regressed")
    assert not found.changes


def test_a_renewed_baseline_keeps_its_primary() -> None:
    before = accepted(SmallRun().with_encoder("two"))
    renewed = gate.baseline_of(reordered(), reason="again", date="2026-02-03", before=before)
    assert renewed["primary"][0]["encoder"] == "one"


def test_names_in_the_suite_come_first_and_the_change_is_named() -> None:
    run = reordered()
    run.manifest["suite"]["gate"]["primary"] = {"encoder": "two"}
    found = gate.judge(run, accepted(SmallRun().with_encoder("two")), name="b.json")
    assert (found.primary, found.outcome) == ("reviews / two / main / probe", "passed")
    assert found.changes[0] == Change("primary", "one / main / probe", "two / main / probe")


def test_a_primary_that_is_planned_no_more_is_named() -> None:
    run = SmallRun().with_encoder("two")
    run.manifest["plan"] = [entry for entry in run.manifest["plan"] if entry["address"]["encoder"] != "one"]
    found = gate.judge(run, accepted(SmallRun().with_encoder("two")), name="b.json")
    assert found.primary == "reviews / two / main / probe"
    assert found.changes[0] == Change("primary", "one / main / probe", "two / main / probe")
