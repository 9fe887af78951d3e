"""Protocols in a suite file: their parameters stand beside their name, and what they decide themselves is refused."""

import pytest

from harness.core.errors import SuiteError
from tests.suite.conftest import Parse

SHORT = "name: x\nencoders: [minilm]\ntasks: [bbc-topics]\n"


def test_parameters_of_a_protocol_stand_beside_its_name_and_sweep(parse: Parse) -> None:
    suite = parse(f"{SHORT}modes: [{{name: few, mode: probe, protocol: few-shot, per_label: [4, 8], draws: 3}}]\n")
    assert [mode.name for mode in suite.modes] == [
        "few:probe[protocol=few-shot,per_label=4]",
        "few:probe[protocol=few-shot]",
    ]


def test_a_probe_without_a_protocol_is_what_it_was(parse: Parse) -> None:
    """No new parameter stands in its key."""
    assert dict(parse(f"{SHORT}modes: [probe: {{protocol: standard}}]\n").modes[0].parameters) == {"head": None}


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("{mode: probe, name: m, per_label: 8}", "probe has no parameter 'per_label'"),
        ("{mode: probe, name: m, protocol: mteb, head: knn}", "protocol mteb brings its own head"),
        ("{mode: probe, name: m, protocol: mteb, draws: 1}", "draws is 1; expected"),
        ("{mode: probe, name: m, protocol: mtep}", "Did you mean 'mteb'?"),
        ("{mode: probe, name: m, head: {knn: {k: [0]}}}", "knn: k is [0]; expected"),
    ],
)
def test_what_a_protocol_or_head_does_not_take_is_refused(parse: Parse, mode: str, said: str) -> None:
    with pytest.raises(SuiteError) as raised:
        parse(f"{SHORT}modes: [{mode}]\n")
    assert said in str(raised.value)
