"""`harness.load` and results.csv: what a notebook can do without reading a name apart."""

import json

import pandas as pd
import pytest

import harness
from harness import report
from harness.results import Run
from tests.fakes.desk import SUITE, Desk

#: Three severities, drawn twice; another condition with a parameter beside its severity; a shift and a slice.
SWEPT = SUITE.replace(
    "[keyboard, domain: {test: [barber]}, rare-words]",
    "[keyboard: {severity: [1, 3, 5]}, truncate: {keep: 0.5, side: last}, domain: {test: [barber]}, rare-words]\n"
    "repeats: {perturb: 2}",
)


def test_severity_curves_are_five_lines(desk: Desk) -> None:
    """Drop by severity of each encoder, as the page has it: of all draws together."""
    run = desk.run(SWEPT)

    frame = harness.load(run.path)
    typos = frame[(frame["component"] == "keyboard") & (frame["repeat"] == "pooled")]
    curves = typos.pivot(index="severity", columns="encoder", values="drop")

    assert list(curves.index) == [1.0, 3.0, 5.0]
    assert set(curves.columns) == {"one", "majority", "tfidf"}
    (task,) = report.build(run).tasks
    for row in task.rows:
        shown = {r.condition: r.drop.loss.value for r in row.results if r.drop is not None}
        for severity in (1, 3, 5):
            assert curves.loc[severity, row.encoder] == shown[f"keyboard@{severity}"]
    assert curves["majority"].eq(0).all()
    assert curves.loc[5, "one"] > 0


def test_pooled_rows_stand_behind_their_repeats(desk: Desk) -> None:
    """One for each condition that is drawn more than once, with the score, interval and drop of the page."""
    run = desk.run(SWEPT)
    frame = harness.load(run.path)
    drawn = frame[(frame["encoder"] == "one") & (frame["condition"] == "keyboard@3")]
    assert list(drawn["repeat"]) == ["perturb=0", "perturb=1", "pooled"]
    assert list(drawn["n_repeats"]) == [1, 1, 2]
    *single, pooled = drawn.to_dict("records")
    assert pooled["value"] == pytest.approx(sum(one["value"] for one in single) / 2)
    assert pooled["high"] - pooled["low"] < max(one["high"] - one["low"] for one in single) + 1e-9
    assert pooled["drop_low"] <= pooled["drop"] <= pooled["drop_high"]
    assert pooled["key"] == ""
    others = frame[frame["component"] != "keyboard"]
    assert set(others["repeat"]) == {"–"}
    assert len(frame) == len(run.manifest["plan"]) + 3 * 3
    address = ["task", "encoder", "pooler", "mode", "condition", "repeat"]
    assert not frame.duplicated(address).any()


def test_a_condition_is_told_by_its_parts(desk: Desk) -> None:
    """Component, severity as a number, the other parameters as JSON; nothing for texts as they are."""
    frame = harness.load(desk.run(SWEPT).path)
    parts = frame.drop_duplicates("condition").set_index("condition")[["component", "severity", "parameters"]]
    assert tuple(parts.loc["keyboard@3"]) == ("keyboard", 3.0, '{"layout":"qwerty"}')
    assert tuple(parts.loc["truncate[last]@0.5"]) == ("truncate", 0.5, '{"side":"last"}')
    assert parts.loc["clean"].tolist()[::2] == ["", ""]
    shift = parts[parts.index.str.endswith("barber]")]
    assert set(shift["component"]) == {"domain"}
    assert [json.loads(text)["test"] for text in shift["parameters"]] == ["barber"] * 2
    assert parts.loc["rare-words:control", "parameters"] == parts.loc["rare-words", "parameters"]
    assert json.loads(parts.loc["rare-words", "parameters"])["share"] == 0.25
    assert parts["severity"].isna().sum() == 5  # clean, shift and oracle, slice and control


def test_columns_hold_text_or_floats(desk: Desk) -> None:
    """Also where a whole column is empty: an average of nothing is no number, not an error."""
    frame = harness.load(desk.run(SUITE.replace("./one", "./gone")).path)
    text = {name for name in frame.columns if not pd.api.types.is_float_dtype(frame[name])}
    assert text == {
        *("task", "encoder", "pooler", "mode", "condition", "repeat", "kind", "component", "parameters", "bundles"),
        *("status", "reason", "metric", "against", "limits", "message", "key"),
    }
    assert frame["p50_ms"].dtype == frame["n"].dtype == frame["train_seconds"].dtype == "float64"
    assert frame["p50_ms"].isna().all()
    assert pd.isna(frame["n_parameters"].mean())


def test_a_folder_of_an_earlier_version_is_read(desk: Desk) -> None:
    """Which said nothing of components: those columns, and curves over severities, are empty; all else is as it was."""
    run = desk.run(SWEPT)
    now = harness.load(run.path)
    told = ("component", "severity", "parameters")
    manifest = json.loads((run.path / "run.json").read_text(encoding="utf-8"))
    manifest["plan"] = [{k: v for k, v in entry.items() if k not in told} for entry in manifest["plan"]]
    del manifest["suite"]["limits"]
    (run.path / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    before = harness.load(run.path)
    assert set(before["component"]) == set(before["parameters"]) == {""}
    assert before["severity"].isna().all()
    empty = [*told, "drop_area", "drop_area_low", "drop_area_high"]
    assert before[empty[3:]].isna().all(axis=None)
    pd.testing.assert_frame_equal(before.drop(columns=empty), now.drop(columns=empty))
    assert Run(run.path).manifest["plan"][1].keys().isdisjoint(told)
