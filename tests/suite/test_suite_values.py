"""A sound suite as values: YAML 1.2 scalars, defaults, short forms, swept lists."""

from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.core.errors import MissingFileError, SuiteError
from harness.core.fingerprint import canonical
from harness.suite import load
from tests.suite.conftest import Parse

SHORT = "name: x\nencoders: [minilm]\ntasks: [bbc-topics]\n"


def test_no_is_a_name(parse: Parse) -> None:
    """In YAML 1.1 it was false, and Norway had no encoder."""
    encoders = ", ".join(f"{{name: {name}, checkpoint: minilm}}" for name in ("no", "yes", "on"))
    labelled = "{name: off, data: t.csv, labels: {no: y, yes: n}}"
    suite = parse(f"name: no\nencoders: [{encoders}]\ntasks: [{labelled}]\n")
    assert suite.name == "no"
    assert [e.name for e in suite.encoders] == ["no", "yes", "on"]
    assert suite.tasks[0].spec is not None
    assert suite.tasks[0].spec["labels"] == {"no": "y", "yes": "n"}


@pytest.mark.parametrize(("written", "value"), [("1e-3", 0.001), ("5e-1", 0.5), (".25", 0.25), ("1", 1.0), ("0x1", 1)])
def test_a_number_is_one_however_it_is_written(parse: Parse, written: str, value: float) -> None:
    """`1e-3` without a dot is a number in YAML 1.2, and text in 1.1."""
    (choice,) = parse(f"{SHORT}conditions: [truncate: {{keep: {written}}}]\n").conditions
    assert choice.parameters["keep"] == value
    assert isinstance(choice.parameters["keep"], float)


def test_equal_values_have_equal_keys(parse: Parse) -> None:
    """1 and 1.0, quoted and bare, flow and block, given and default: nothing of how it is written is kept."""
    ways = [
        "conditions: [truncate: {keep: 1}]",
        "conditions:\n  - truncate:\n      keep: 1.0\n      side: 'first'",
        'conditions: [{condition: "truncate", keep: 1e0}]',
    ]
    assert len({canonical(parse(f"{SHORT}{way}\n").plain()) for way in ways}) == 1


def test_what_is_left_out_has_a_default(parse: Parse) -> None:
    suite = parse(SHORT)
    assert [m.name for m in suite.modes] == ["probe", "zero-shot"]
    assert suite.poolers is None
    assert suite.baselines == ("majority", "tfidf")
    assert suite.repeats == {"perturb": 1, "sample": 1, "train": 1}
    assert suite.samples("bbc-topics") == {"train": None, "test": None}
    assert suite.latency is not None
    assert suite.latency.replicates == 5
    assert suite.reference == "minilm"


def test_short_forms_stand_for_the_long_ones(parse: Parse) -> None:
    short = parse("name: x\nencoders: [./mine]\ntasks: [bbc-topics]\nmodes: [probe]\nlatency: true\n")
    long = parse(
        "name: x\nencoders: [{name: ./mine, checkpoint: ./mine}]\ntasks: [{name: bbc-topics}]\n"
        "modes: [probe: {head: null}]\nlatency: {}\n"
    )
    assert short.plain() == long.plain()


def test_a_list_sweeps(parse: Parse) -> None:
    """Two lists give every combination; a named condition's sweep keeps its name in front."""
    swept = parse(f"{SHORT}conditions: [truncate: {{keep: [0.5, 0.25], side: [first, last]}}]\n").conditions
    assert [c.name for c in swept] == ["truncate@0.5", "truncate[last]@0.5", "truncate@0.25", "truncate[last]@0.25"]
    named = parse(f"{SHORT}conditions: [{{name: typos, condition: keyboard, severity: [1, 2]}}]\n").conditions
    assert [c.name for c in named] == ["typos:keyboard@1", "typos:keyboard@2"]
    assert [c.parameters["severity"] for c in named] == [1, 2]


def test_a_parameter_that_is_a_list_does_not_sweep(parse: Parse) -> None:
    (choice,) = parse(f"{SHORT}conditions: [domain: {{test: [movies, products]}}]\n").conditions
    assert list(choice.parameters["test"]) == ["movies", "products"]


def test_a_task_may_have_samples_of_its_own(parse: Parse) -> None:
    """What a task leaves out is the suite's; null is all."""
    tasks = "[bbc-topics, {name: bbc-headlines, max_samples: {test: null}}]"
    suite = parse(f"name: x\ntasks: {tasks}\nmax_samples: {{train: 9, test: 8}}\n")
    assert suite.samples("bbc-topics") == {"train": 9, "test": 8}
    assert suite.samples("bbc-headlines") == {"train": 9, "test": None}


def test_the_command_line_wins(parse: Parse) -> None:
    """`--set` makes what is not there, changes what is, and reads its value as YAML; the last one counts."""
    overrides = ["max_samples.test=20", "encoders.0=./mine", "conditions=[keyboard]", "seed=1", "seed=2"]
    suite = parse(SHORT, overrides)
    assert suite.max_samples == {"train": None, "test": 20}
    assert suite.encoders[0].checkpoint == "./mine"
    assert [c.name for c in suite.conditions] == ["keyboard@3"]
    assert suite.seed == 2


def test_labels_are_as_the_data_has_them(parse: Parse) -> None:
    """A CSV file says `true` and `1`: YAML's booleans and numbers are those texts."""
    (task,) = parse("name: x\ntasks: [{name: t, data: t.csv, labels: {true: good, 0: bad}}]\n").tasks
    assert task.spec is not None
    assert task.spec["labels"] == {"true": "good", "0": "bad"}


@pytest.mark.parametrize("key", ["labels", "time", "min_class", "metrics", "test_share", "language", "header"])
def test_a_key_of_a_task_that_is_left_empty_is_not_given(parse: Parse, key: str) -> None:
    (task,) = parse(f"name: x\ntasks: [{{name: t, data: t.csv, {key}: }}]\n").tasks
    assert task.spec == {"name": "t", "data": "t.csv"}


@pytest.mark.parametrize(
    ("written", "spec"),
    [
        ("time: created", {"time": {"column": "created"}}),
        ("time: {column: created, as: shift}", {"time": {"column": "created", "as": "shift"}}),
        ("min_class: 20", {"min_class": {"rows": 20}}),
        ("min_class: {rows: 20, merge: no}", {"min_class": {"rows": 20, "merge": "no"}}),
        ("drop_empty: true", {"drop_empty": True}),
    ],
)
def test_a_task_says_what_its_rows_are_chosen_by(parse: Parse, written: str, spec: dict[str, object]) -> None:
    """Short forms become the long ones, in the words of the file."""
    (task,) = parse(f"name: x\ntasks: [{{name: t, data: t.csv, {written}}}]\n").tasks
    assert task.spec == {"name": "t", "data": "t.csv", **spec}


def test_limits_are_what_is_written(parse: Parse) -> None:
    assert parse(SHORT).limits == {}
    suite = parse(f"{SHORT}limits: {{p95_ms: 20, memory_mb: 500.5, p50_ms: null}}\n")
    assert suite.limits == {"p95_ms": 20.0, "memory_mb": 500.5}
    assert parse(f"{SHORT}latency: false\nlimits: {{disk_mb: 90}}\n").limits == {"disk_mb": 90.0}


@pytest.mark.parametrize(
    ("limit", "latency", "is_enough"),
    [
        ("p95_ms", "{replicates: 13, requests: 10}", True),
        ("p95_ms", "{replicates: 3, requests: 43}", False),
        ("p95_ms", "{}", True),
        ("p99_ms", "true", False),
        ("p99_ms", "{requests: 133}", True),
        ("p50_ms", "{replicates: 1, requests: 10}", True),
    ],
)
def test_a_percentile_is_limited_where_enough_texts_are_timed(
    parse: Parse, limit: str, latency: str, is_enough: bool
) -> None:
    """As many as the page asks for before it prints the percentile."""
    text = f"{SHORT}latency: {latency}\nlimits: {{{limit}: 20}}\n"
    if is_enough:
        assert parse(text).limits == {limit: 20.0}
    else:
        with pytest.raises(SuiteError, match=rf"timed texts; {limit[:3]} takes"):
            parse(text)


def test_paths_are_relative_to_the_suite_file(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "suite.yaml"
    file.parent.mkdir()
    file.write_text(SHORT)
    assert load(file, catalogue()).folder == file.parent


def test_a_suite_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    file = tmp_path / "suite.yaml"
    file.write_bytes("name: caf\xe9\n".encode("latin-1"))
    with pytest.raises(SuiteError, match="not UTF-8 text"):
        load(file, catalogue())


def test_a_suite_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nowhere\.yaml: cannot be read"):
        load(tmp_path / "nowhere.yaml", catalogue())


@pytest.mark.parametrize("name", ["latency", "quick", "smoke"])
def test_the_shipped_suites_are_sound(name: str) -> None:
    from harness import api

    assert api.suite(name).name == name
