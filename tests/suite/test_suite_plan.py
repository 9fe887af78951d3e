"""From a suite to its cells, with materials that are made up: no data, no weights."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from harness.catalogue import catalogue
from harness.core.errors import HarnessError, SuiteError
from harness.core.records import Checkpoint, Pooling, Split, Tokenization
from harness.suite.cells import EncoderFacts, Materials, Missing, PlannedCell, Setting, TaskFacts
from harness.suite.plan import Plan, only, plan
from harness.tasks.kinds import kind_of
from tests.suite.conftest import parsed

DOMAINS = {"tweets": 400, "movies": 900, "shops": 100}
NO_FOLDER = Missing("missing-file", "no folder ./gone")


def encoder(name: str = "one", max_length: int = 256) -> EncoderFacts:
    return EncoderFacts(Checkpoint(f"files of {name}"), Tokenization(max_length), "mean")


def task(kind: str = "classification", *, n_tokens: float = 20, domains: Mapping[str, int] | None = None) -> TaskFacts:
    metrics = ("accuracy", "macro-f1") if kind == "classification" else ("ndcg@10", "recall@10")

    def split(side: str, *, sample: int | None, sample_seed: int, **given: Any) -> Split:
        sample_seed = 0 if sample is None else sample_seed
        given |= {"side": side, "sample": sample, "sample_seed": sample_seed}
        return Split(source=f"{kind} data", columns={}, label_map={}, rule={}, **given)

    return TaskFacts(kind_of(kind), metrics, domains or {}, n_tokens, split)


def local(name: str) -> str:
    """An encoder of this name that is a folder."""
    return f"{{name: {name}, checkpoint: ./{name}}}"


def planned(
    text: str,
    *,
    encoders: Mapping[str, EncoderFacts | Missing] | None = None,
    reference: str | None = "one",
    **tasks: TaskFacts | Missing,
) -> Plan:
    """The plan of `name: x` and these lines. Encoders are `one`, tasks those of the keywords, unless given."""
    known = {"one": encoder()} if encoders is None else encoders
    data = ", ".join(f"{{name: {name}, data: {name}.csv}}" for name in tasks)
    suite = parsed(f"name: x\nencoders: [{', '.join(map(local, known))}]\ntasks: [{data}]\n{text}")
    materials = Materials(known, tasks, reference if reference in known else None)
    return plan(suite, catalogue(), materials)


def cells(found: Plan, *, encoder: str = "one", **wanted: str) -> list[PlannedCell]:
    """The cells of one encoder, or whatever the keywords ask for."""
    wanted = {"encoder": encoder, **wanted}
    return [c for c in found.cells if all(getattr(c.address, axis) == name for axis, name in wanted.items())]


def conditions(found: Plan, **wanted: str) -> list[str]:
    return [c.address.condition for c in cells(found, **wanted)]


def test_each_row_has_a_clean_cell() -> None:
    """Encoder by pooler by mode, and the rows without an encoder, which have neither."""
    found = planned("poolers: [cls, mean]\n", t=task(), q=task("retrieval"))
    assert [str(c.address) for c in found.cells] == [
        "t / one / cls / probe / clean",
        "t / one / mean / probe / clean",
        "t / majority / – / – / clean",
        "t / tfidf / – / – / clean",
        "q / one / cls / zero-shot / clean",
        "q / one / mean / zero-shot / clean",
        "q / tfidf / – / – / clean",
    ]


def test_what_cannot_be_is_dropped_with_its_reason() -> None:
    found = planned("", t=task(), q=task("retrieval"))
    learnt = "classification, multi-label, pair-classification"
    assert [dict(d) for d in found.dropped] == [
        {"what": "zero-shot on t", "why": "zero-shot applies to clustering, reranking, retrieval and similarity tasks"},
        {"what": "probe on q", "why": f"probe applies to {learnt}, regression, similarity and tagging tasks"},
        {"what": "majority on q", "why": f"majority applies to {learnt}, regression and tagging tasks"},
    ]


def test_an_encoder_is_pooled_as_it_was_trained_unless_the_suite_says_how() -> None:
    own = EncoderFacts(Checkpoint("a"), Tokenization(8), "cls")
    joined = EncoderFacts(Checkpoint("b"), Tokenization(8), "concat", parameters={"of": ["cls", "max"]})
    found = planned("", encoders={"one": own, "two": joined}, t=task())
    assert [c.address.pooler for c in cells(found)] == ["cls"]
    (row,) = cells(found, encoder="two")
    assert row.address.pooler == "cls+max"
    assert row.cell is not None
    assert row.cell.head.pooling == Pooling("concat", parameters={"of": ["cls", "max"]})


def test_the_layers_of_a_folder_belong_to_its_own_pooling_alone() -> None:
    """Not to another pooler, and not to a row that trains the encoder further."""
    own = EncoderFacts(Checkpoint("a"), Tokenization(8), "mean", own="dense")
    text = "poolers: [mean, cls]\nmodes: [probe, finetune]\n"
    found = planned(text, encoders={"one": own, "two": encoder()}, t=task())
    pooled = {(c.address.pooler, c.address.mode): c.cell.head.pooling for c in cells(found) if c.cell}
    plain = {"layers": (-1,), "special_tokens": True}
    assert pooled["mean", "probe"] == Pooling("mean", parameters={**plain, "own": "dense"})
    assert pooled["mean", "finetune"] == Pooling("mean", parameters=plain)
    assert pooled["cls", "probe"] == Pooling("cls", parameters={"layers": (-1,)})


def test_queries_and_documents_are_read_as_the_encoder_reads_each() -> None:
    sides = {"query": Tokenization(8, prefix="query: "), "corpus": Tokenization(8, prefix="passage: ")}
    own = EncoderFacts(Checkpoint("a"), Tokenization(8), "mean", sides=sides)
    found = planned(
        "conditions: [{max-length: {tokens: 4}}]", encoders={"one": own, "two": own}, q=task("retrieval"), t=task()
    )
    for row in cells(found):
        assert row.cell is not None
        assert row.cell.head.readings is not None
        length = 8 if row.address.condition == "clean" else 4
        prefixes = {role: reading.prefix for role, reading in row.cell.head.readings.items()}
        expected = {"query": "query: ", "corpus": "passage: "} if row.address.task == "q" else {"text": ""}
        assert prefixes == expected
        assert {reading.max_length for reading in row.cell.head.readings.values()} == {length}


def test_a_slice_by_the_reference_has_its_reading_in_the_key() -> None:
    """Another reference makes other slices of those that it tells of; of the others it does not."""
    text = "conditions: [length, fertility, out-of-vocabulary, longer-than-read]\n"

    def keys(max_length: int) -> dict[str, str | None]:
        known = {"one": encoder(), "two": encoder("two", max_length)}
        return {c.address.condition: c.key for c in cells(planned(text, encoders=known, reference="two", t=task()))}

    before, after = keys(256), keys(128)
    changed = {name for name in before if before[name] != after[name]}
    assert {name.removesuffix(":control") for name in changed} == {"fertility", "longer-than-read"}
    assert len(changed) == 4
    with pytest.raises(SuiteError, match=r"'fertility' applies to nothing here\. there is no encoder whose reading"):
        planned("conditions: [length, fertility]\n", encoders={}, t=task())


def test_words_that_were_not_learnt_are_asked_of_rows_that_learn_or_search() -> None:
    text = "modes: [probe, zero-shot]\nconditions: [out-of-vocabulary]\n"
    found = planned(text, s=task("similarity"), q=task("retrieval"), t=task())
    said = {
        (c.address.task, c.address.mode if c.address.mode != "–" else c.address.encoder): c.skipped
        for c in found.cells
        if c.kind == "slice"
    }
    learns_nothing = "out-of-vocabulary asks for words that were not learnt, and {} learns nothing from texts."
    assert said == {
        ("s", "probe"): "",
        ("s", "zero-shot"): learns_nothing.format("zero-shot"),
        ("s", "tfidf"): learns_nothing.format("tfidf"),
        ("q", "zero-shot"): "",
        ("q", "tfidf"): "",
        ("t", "probe"): "",
        ("t", "majority"): "",
        ("t", "tfidf"): "",
    }


def test_bundles_open_and_name_their_members() -> None:
    """Two bundles may share a member; it is one cell, and belongs to both."""
    found = planned("conditions: [misspellings, rare-terms, keyboard]\n", t=task())
    assert conditions(found) == [
        "clean",
        "keyboard@3",
        "keyboard@5",
        "human-misspellings@3",
        "rare-words:control",
        "rare-words",
        "rare-synonyms@3",
    ]
    bundles = {c.address.condition: c.bundles for c in cells(found)}
    assert bundles["keyboard@3"] == ("misspellings",)
    assert bundles["rare-words"] == ("rare-terms",)
    assert bundles["clean"] == ()


def test_a_bundle_that_applies_to_no_task_is_told() -> None:
    found = planned("conditions: [domain-shift]\n", t=task(), u=task(domains={"only": 9}))
    assert conditions(found, task="t") == ["clean"]
    assert [dict(n) for n in found.not_applicable] == [
        {"task": "t", "what": "domain-shift", "why": "the task has no domains"},
        {"task": "u", "what": "domain-shift", "why": "the task has one domain"},
    ]


def test_long_texts_are_read_in_part_and_short_ones_put_among_others() -> None:
    """Either has members of its own; those of the other are not told of."""
    found = planned("conditions: [long-texts]\n", t=task(n_tokens=20), u=task(n_tokens=500))
    assert conditions(found, task="t") == ["clean", "distractors@50"]
    assert "distractors@50" not in conditions(found, task="u")
    assert "truncate@0.25" in conditions(found, task="u")
    assert not found.not_applicable


def test_a_single_condition_that_applies_to_nothing_is_an_error() -> None:
    with pytest.raises(
        SuiteError,
        match=r"condition 'domain' applies to nothing here\. domain applies to tasks that something is learnt from",
    ):
        planned("conditions: [domain]\n", t=task(), q=task("retrieval"))


def test_a_single_condition_that_applies_to_one_task_of_two_is_told() -> None:
    found = planned("conditions: [domain]\n", t=task(domains=DOMAINS), q=task("retrieval"))
    assert [dict(n) for n in found.not_applicable] == [
        {"task": "q", "what": "domain", "why": "domain applies to tasks that something is learnt from"}
    ]
    assert len(conditions(found, task="t")) == 5


def test_long_texts_apply_over_the_limit() -> None:
    found = planned("conditions: [long-texts]\n", t=task(n_tokens=129), q=task("retrieval", n_tokens=129))
    members = ["max-length@64", "max-length@128", "truncate[last]@0.5", "truncate@0.25"]
    assert conditions(found, task="t") == ["clean", *members, "longer-than-read:control", "longer-than-read"]
    assert conditions(found, task="q") == ["clean", *members, "longer-than-read:control", "longer-than-read"]
    assert found.not_applicable == ()


def test_rows_without_an_encoder_have_no_reading() -> None:
    found = planned("conditions: [long-texts]\n", t=task(n_tokens=500))
    assert conditions(found, encoder="tfidf") == [
        "clean",
        "truncate[last]@0.5",
        "truncate@0.25",
        "longer-than-read:control",
        "longer-than-read",
    ]


def test_a_reading_longer_than_the_encoder_reads_is_its_own() -> None:
    """`max-length@128` of an encoder of 64 tokens has the key of the clean cell: nothing runs twice."""
    found = planned("conditions: [max-length: {tokens: 128}]\n", encoders={"one": encoder(max_length=64)}, t=task())
    clean, read = cells(found)
    assert clean.key == read.key
    assert read.kind == "reading"


def test_a_shift_stands_behind_its_oracle() -> None:
    """From the largest domain to the others; each oracle is trained where it is tested, on the same items."""
    found = planned("conditions: [domain-shift]\n", t=task(domains=DOMAINS))
    assert conditions(found) == [
        "clean",
        "domain[tweets>tweets]",
        "domain[movies>tweets]",
        "domain[shops>shops]",
        "domain[movies>shops]",
    ]
    _, oracle, shift, *_ = cells(found)
    assert (oracle.kind, oracle.against, oracle.bundles) == ("oracle", None, ())
    assert (shift.kind, shift.against, shift.bundles) == ("shift", oracle.address, ("domain-shift",))
    assert oracle.cell is not None
    assert shift.cell is not None
    assert oracle.cell.test == shift.cell.test
    assert oracle.cell.head.train_domains == ("tweets",)
    assert shift.cell.head.train_domains == ("movies",)


def test_a_matrix_and_leave_one_out_share_their_oracles() -> None:
    """Under names of their own, with the keys of one: each is computed once."""
    found = planned("conditions: [domain, domain-matrix, leave-one-out]\n", t=task(domains=DOMAINS))
    names = conditions(found)
    assert sum(name.startswith("domain-matrix[") for name in names) == 9
    assert {name for name in names if name.startswith("leave-one-out[") and "+" in name} == {
        "leave-one-out[shops+tweets>movies]",
        "leave-one-out[movies+shops>tweets]",
        "leave-one-out[movies+tweets>shops]",
    }
    by_name = {cell.address.condition: cell for cell in cells(found)}
    for one in DOMAINS:
        keys = {by_name[f"{shift}[{one}>{one}]"].key for shift in ("domain-matrix", "leave-one-out")}
        assert len(keys) == 1
    assert by_name["domain[movies>tweets]"].key == by_name["domain-matrix[movies>tweets]"].key
    left_out = by_name["leave-one-out[movies+shops>tweets]"]
    assert left_out.cell is not None
    assert left_out.cell.head.train_domains == ("movies", "shops")
    assert left_out.cell.test["text"].domains == ("tweets",)
    assert left_out.against == by_name["leave-one-out[tweets>tweets]"].address
    assert left_out.condition is not None
    assert left_out.condition.parameters == {"from": "movies+shops", "test": "tweets", "oracle": None}


def test_shifts_say_why_a_task_has_too_few_domains() -> None:
    by_time = replace(task(domains=BY_TIME), shift_from="earlier")
    part = replace(task(domains={"tweets": 400}), elsewhere={"movies": 900, "shops": 100})
    text, one, whole = "conditions: [domain-matrix, leave-one-out]\n", task(domains={"only": 9}), task(domains=DOMAINS)
    found = planned(text, t=task(), u=one, v=by_time, w=part, x=whole)
    assert {(line["task"], line["what"]): line["why"] for line in found.not_applicable} == {
        **{("t", name): "the task has no domains" for name in ("domain-matrix", "leave-one-out")},
        **{("u", name): "the task has one domain" for name in ("domain-matrix", "leave-one-out")},
        ("v", "leave-one-out"): "it needs 3 domains, and the task has 2",
        ("w", "leave-one-out"): "it needs 3 domains, and the task has 1; name the task without its domain",
    }
    assert conditions(found, task="v") == ["clean", "domain-matrix[later>later]", "domain-matrix[earlier>later]"]
    assert [name for name in conditions(found, task="w") if ">" in name and "tweets>" in name] == [
        "domain-matrix[tweets>movies]",
        "domain-matrix[tweets>shops]",
    ]
    with pytest.raises(HarnessError, match=r"condition 'leave-one-out' applies to nothing here\. it needs 3 domains"):
        planned("conditions: [leave-one-out]\n", v=by_time)


BY_TIME = {"earlier": 45, "later": 60}  # ties in time may make `later` the largest


def test_a_shift_by_time_never_runs_backwards() -> None:
    by_time = replace(task(domains=BY_TIME), shift_from="earlier")
    for condition in ("domain-shift", "domain: {from: earlier}", "domain: {test: [later]}"):
        found = planned(f"conditions: [{condition}]\n", t=by_time)
        (shift,) = [c.cell for c in cells(found) if c.kind == "shift"]
        assert shift is not None
        assert (shift.head.train_domains, shift.test["text"].domains) == (("earlier",), ("later",))


def test_a_shift_back_in_time_is_refused_in_words_that_are_no_secret() -> None:
    by_time = replace(task(domains=BY_TIME), shift_from="earlier")
    with pytest.raises(HarnessError, match=r"from 'later' would train on what came after.*'earlier'\. Leave") as said:
        planned("conditions: [domain: {from: later}]\n", t=by_time)
    assert {"earlier", "later"} < said.value.plain
    with pytest.raises(HarnessError, match="no domain 'bogus'"):
        planned("conditions: [domain: {from: bogus}]\n", t=by_time)


def test_domains_of_the_data_may_be_a_secret() -> None:
    with pytest.raises(HarnessError) as said:
        planned("conditions: [domain: {from: twets}]\n", t=task(domains=DOMAINS))
    assert not said.value.plain & set(DOMAINS)


def test_a_domain_that_is_not_there_is_named_with_its_task() -> None:
    with pytest.raises(HarnessError, match=r"task 't', condition 'domain.*': no domain 'twets'.*Did you mean 'tweets'"):
        planned("conditions: [domain: {from: twets}]\n", t=task(domains=DOMAINS))


def test_a_slice_stands_behind_its_control() -> None:
    found = planned("conditions: [rare-words]\n", t=task())
    _, control, part = cells(found)
    assert (control.kind, part.kind, part.against) == ("control", "slice", control.address)
    assert len({c.key for c in cells(found)}) == 3


def test_a_slice_that_needs_a_reference_has_none_without_encoders() -> None:
    found = planned("conditions: [long-texts]\n", encoders={}, reference=None, t=task(n_tokens=500))
    assert {"longer-than-read"} == {n["what"] for n in found.not_applicable}


def test_lists_sweep() -> None:
    found = planned("conditions: [keyboard: {severity: [1, 3, 5]}]\npoolers: [mean]\n", t=task())
    assert conditions(found) == ["clean", "keyboard@1", "keyboard@3", "keyboard@5"]
    assert len({c.key for c in cells(found)}) == 4


def test_a_probe_and_a_search_differ_by_their_parameters() -> None:
    """The mode's own names stand in the address; the raw dot product is another key than the cosine."""
    found = planned("modes: [zero-shot: {normalize: [true, false]}]\n", q=task("retrieval"))
    assert [c.address.mode for c in cells(found)] == ["zero-shot", "zero-shot[normalize=false]"]
    assert len({c.key for c in cells(found)}) == 2


def test_a_named_pooler_is_another_address_and_the_same_key() -> None:
    """So that a gate can hold `main` against an older `main` that was pooled in another way."""
    (plain,) = cells(planned("poolers: [mean]\n", t=task()))
    (named,) = cells(planned("poolers: [{name: main, pooler: mean}]\n", t=task()))
    assert named.address.pooler == "main"
    assert named.address != plain.address
    assert named.key == plain.key


def test_names_are_in_no_key() -> None:
    """Another name for the encoder, the task and the suite: every stored cell still fits."""
    text = "conditions: [misspellings, domain-shift, rare-terms]\n"
    one = planned(text, t=task(domains=DOMAINS))
    other = planned(text, encoders={"renamed": encoder("one")}, reference="renamed", u=task(domains=DOMAINS))
    assert [c.key for c in one.cells] == [c.key for c in other.cells]
    assert {c.address for c in one.cells}.isdisjoint({c.address for c in other.cells})


@pytest.mark.parametrize(
    ("changed", "piece"),
    [
        ({"encoders": {"one": encoder("other")}}, "checkpoint"),
        ({"encoders": {"one": encoder(max_length=8)}}, "tokenization"),
        ({"text": "poolers: [cls]\n"}, "pooling"),
        ({"text": "seed: 1\nmax_samples: {train: 9}\n"}, "training data"),
    ],
)
def test_what_decides_the_result_is_in_the_key(changed: dict[str, Any], piece: str) -> None:
    (before,) = cells(planned("", t=task()))
    (after,) = cells(planned(**{"text": "", "t": task(), **changed}))
    assert before.cell is not None
    assert after.cell is not None
    assert before.key != after.key
    old, new = before.cell.parts(), after.cell.parts()
    assert next(name for name in new if new[name] != old[name]) == piece


def test_exclude_takes_cells_away() -> None:
    text = "conditions: [misspellings, rare-terms]\npoolers: [cls, mean]\nexclude: {}\n"
    found = planned(text.format("[{pooler: c*}, {condition: keyboard@5, encoder: one}]"), t=task())
    assert {c.address.pooler for c in found.cells} == {"mean", "–"}
    assert "keyboard@5" not in conditions(found)
    assert "keyboard@5" in conditions(found, encoder="tfidf")
    assert not [d for d in found.dropped if "exclude" in d["what"]]


def test_exclude_by_bundle_takes_all_its_members_away() -> None:
    found = planned("conditions: [misspellings, rare-terms]\nexclude: [{condition: misspellings}]\n", t=task())
    assert conditions(found) == ["clean", "rare-words:control", "rare-words", "rare-synonyms@3"]


def test_an_exclude_that_matches_nothing_is_told() -> None:
    found = planned("exclude: [{encoder: two}]\n", t=task())
    assert {"what": "exclude {'encoder': 'two'}", "why": "matches nothing"} in [dict(d) for d in found.dropped]


def test_what_only_excluded_cells_were_compared_to_goes_with_them() -> None:
    """An oracle or a control alone says nothing."""
    exclude = "[{condition: '*movies>tweets]'}, {condition: rare-words}]"
    found = planned(f"conditions: [domain-shift, rare-words]\nexclude: {exclude}\n", t=task(domains=DOMAINS))
    assert conditions(found) == ["clean", "domain[shops>shops]", "domain[movies>shops]"]


def test_only_keeps_what_its_cells_are_compared_to() -> None:
    found = planned("conditions: [misspellings, domain-shift, rare-terms]\n", t=task(domains=DOMAINS))
    assert conditions(only(found, {"encoder": "one", "condition": "keyboard@3"})) == ["clean", "keyboard@3"]
    of_bundle = conditions(only(found, {"condition": "rare-terms"}))
    assert of_bundle == ["clean", "rare-words:control", "rare-words", "rare-synonyms@3"]
    assert conditions(only(found, {"condition": "*>shops]", "encoder": "o?e"})) == [
        "domain[shops>shops]",
        "domain[movies>shops]",
    ]


@pytest.mark.parametrize("axis", [{"mode": "probe"}, {"encoder": "one"}, {"pooler": "mean"}, {"encoder": "[om]*"}])
def test_only_keeps_the_rows_without_an_encoder(axis: dict[str, str]) -> None:
    """In the tasks and conditions of the rows that are kept, with what they are compared to; not in others."""
    found = planned("conditions: [misspellings, rare-terms]\n", t=task(), u=task())
    assert only(found, axis).cells == found.cells
    part = only(found, {**axis, "task": "t", "condition": "rare-words"})
    assert {c.address.task for c in part.cells} == {"t"}
    for row in ("one", "majority", "tfidf"):
        assert conditions(part, encoder=row) == ["rare-words:control", "rare-words"]


def test_only_what_no_encoder_reads_needs_its_reference_from_each_row() -> None:
    """A reading has no cell of theirs; what it is compared to has."""
    found = planned("conditions: [max-length]\n", t=task())
    part = only(found, {"condition": "max-length*"})
    assert [str(c.address) for c in part.cells] == [
        "t / one / mean / probe / clean",
        "t / one / mean / probe / max-length@128",
        "t / majority / – / – / clean",
        "t / tfidf / – / – / clean",
    ]


def test_only_rows_without_an_encoder_are_taken_at_their_word() -> None:
    part = only(planned("conditions: [keyboard]\n", t=task()), {"encoder": "tfidf", "condition": "keyboard*"})
    assert [str(c.address) for c in part.cells] == ["t / tfidf / – / – / clean", "t / tfidf / – / – / keyboard@3"]


def test_a_cell_says_what_its_condition_is_made_of() -> None:
    """The severity apart, as a number, domains as resolved; controls and oracles have that of the cell they serve."""
    text = "conditions: [keyboard, {name: cut, condition: truncate, keep: 1, side: last}, domain: {test: [shops]}"
    found = planned(f"{text}, rare-words]\n", t=task(domains=DOMAINS))
    made = {c.address.condition: c.condition for c in cells(found)}
    assert made.pop("clean") is None
    assert made == {
        "keyboard@3": Setting("keyboard", 3.0, {"layout": "qwerty"}),
        "cut": Setting("truncate", 1.0, {"side": "last"}),
        "domain[shops>shops]": Setting("domain", None, {"from": "movies", "test": "shops", "oracle": None}),
        "domain[movies>shops]": Setting("domain", None, {"from": "movies", "test": "shops", "oracle": None}),
        "rare-words:control": Setting("rare-words", None, {"zipf": 3.0, "share": 0.25}),
        "rare-words": Setting("rare-words", None, {"zipf": 3.0, "share": 0.25}),
    }


def test_only_that_matches_nothing_leaves_nothing() -> None:
    assert only(planned("", t=task()), {"encoder": "t*", "task": "u"}).cells == ()


def test_repeats_collapse_where_nothing_is_drawn() -> None:
    """Three draws of typos are three cells; a clean probe, a cut and a slice draw nothing and stand once."""
    found = planned("conditions: [keyboard, truncate, rare-words]\nrepeats: {perturb: 3}\n", t=task())
    assert [(c.address.condition, str(c.address.repeat)) for c in cells(found)] == [
        ("clean", "–"),
        ("keyboard@3", "perturb=0"),
        ("truncate@0.5", "–"),
        ("rare-words:control", "–"),
        ("rare-words", "–"),
        ("keyboard@3", "perturb=1"),
        ("keyboard@3", "perturb=2"),
    ]
    assert len({c.key for c in cells(found)}) == 7
    assert all(c.against == cells(found)[0].address for c in cells(found, condition="keyboard@3"))


def test_samples_are_repeated_only_where_something_is_sampled() -> None:
    assert len(cells(planned("repeats: {sample: 2}\n", t=task()))) == 1
    repeated = cells(planned("repeats: {sample: 2, train: 2}\nmax_samples: {test: 9}\n", t=task()))
    assert [str(c.address.repeat) for c in repeated] == ["sample=0", "sample=1"]


def test_repeats_start_at_the_seed() -> None:
    """The second draw of seed 0 is the first of seed 1, so more repeats keep what was drawn."""
    text = "conditions: [keyboard]\nrepeats: {perturb: 2}\nseed: %d\n"
    zero, one = (cells(planned(text % seed, t=task()), condition="keyboard@3") for seed in (0, 1))
    assert zero[1].key == one[0].key
    assert zero[0].key != one[1].key


def test_one_repeat_has_no_name_and_the_same_key() -> None:
    """Asking for more repeats later keeps the one that is there."""
    text = "conditions: [keyboard]\nrepeats: {perturb: %d}\n"
    (alone,) = cells(planned(text % 1, t=task()), condition="keyboard@3")
    first, *_ = cells(planned(text % 3, t=task()), condition="keyboard@3")
    assert str(alone.address.repeat) == "–"
    assert alone.key == first.key


def test_a_perturbation_of_queries_leaves_the_documents() -> None:
    found = planned("conditions: [keyboard, truncate]\n", q=task("retrieval"))
    changed = {
        c.address.condition: [role for role, split in c.cell.test.items() if split.perturbations]
        for c in cells(found)
        if c.cell is not None
    }
    assert changed == {"clean": [], "keyboard@3": ["query"], "truncate@0.5": ["corpus"]}


def test_samples_of_a_task_are_its_own() -> None:
    text = "name: x\nencoders: [{name: one, checkpoint: ./one}]\nmax_samples: {train: 9, test: 8}\ntasks: [%s]\n"
    suite = parsed(text % "{name: t, data: t.csv}, {name: u, data: u.csv, max_samples: {test: 4}}")
    materials = Materials({"one": encoder()}, {"t": task(), "u": task()}, "one")
    found = plan(suite, catalogue(), materials)
    samples = {}
    for name in ("t", "u"):
        (cell,) = (c.cell for c in cells(found, task=name))
        assert cell is not None
        samples[name] = (cell.head.train["text"].sample, cell.test["text"].sample)
    assert samples == {"t": (9, 8), "u": (9, 4)}


def test_an_encoder_that_is_not_to_be_had_is_a_failed_row() -> None:
    """One row for each of its poolers and modes, with the reason; the other rows are planned as ever."""
    found = planned("poolers: [cls, mean]\n", encoders={"one": encoder(), "gone": NO_FOLDER}, t=task())
    assert [str(c.address) for c in cells(found, encoder="gone")] == [
        "t / gone / cls / probe / clean",
        "t / gone / mean / probe / clean",
    ]
    assert all(c.missing == NO_FOLDER and c.key is None for c in cells(found, encoder="gone"))
    assert len(cells(found)) == 2
    assert all(c.missing is None for c in cells(found))


def test_a_task_that_is_not_to_be_had_is_a_failed_row_for_every_encoder() -> None:
    broken = Missing("bad-data", "t.csv, row 3: 2 fields; expected 3")
    found = planned("", encoders={"one": encoder(), "gone": NO_FOLDER}, t=broken, u=task())
    missing = [(str(c.address), c.missing.reason) for c in found.cells if c.missing]
    assert missing == [
        ("t / one / – / probe / clean", "bad-data"),
        ("t / one / – / zero-shot / clean", "bad-data"),
        ("t / gone / – / probe / clean", "bad-data"),
        ("t / gone / – / zero-shot / clean", "bad-data"),
        ("t / majority / – / – / clean", "bad-data"),
        ("t / tfidf / – / – / clean", "bad-data"),
        ("u / gone / – / probe / clean", "missing-file"),
    ]


def test_a_condition_is_not_refused_because_its_task_is_missing() -> None:
    """Whether it applies cannot be known then; the task's own failure is what the user must mend."""
    found = planned("conditions: [domain]\n", t=Missing("missing-file", "t.csv: no such file."))
    assert found.not_applicable == ()


def test_no_two_cells_have_one_address() -> None:
    text = (
        "conditions: [misspellings, long-texts, domain-shift, rare-terms, {keyboard: {severity: [3, 4]}}]\n"
        "poolers: [cls, mean]\nrepeats: {perturb: 2, sample: 2, train: 2}\nmax_samples: {test: 50}\n"
    )
    encoders = {"one": encoder(), "two": encoder("two")}
    found = planned(text, encoders=encoders, t=task(n_tokens=300, domains=DOMAINS), q=task("retrieval", n_tokens=300))
    addresses = [c.address for c in found.cells]
    assert len(set(addresses)) == len(addresses) > 200
    assert {c.against for c in found.cells if c.against} <= set(addresses)


def test_smaller_samples_of_training_texts_are_cells_of_a_learning_curve() -> None:
    """Beside the largest, of every row that learns; one test side for all."""
    found = planned("modes: [probe]\nmax_samples: {train: [800, 50, 200], test: 90}\n", t=task())
    curve = [c for c in cells(found) if c.kind == "curve"]
    assert [c.address.condition for c in curve] == ["train@50", "train@200"]
    samples = [c.cell.head.train["text"].sample for c in cells(found)]
    assert samples == [800, 50, 200]
    assert len({c.cell.test["text"].key for c in cells(found)}) == 1
    assert conditions(found, encoder="tfidf") == ["clean", "train@50", "train@200"]


def test_rows_that_train_or_draw_have_no_learning_curve_and_say_so() -> None:
    few = "{name: few, mode: probe, protocol: few-shot}"
    found = planned(f"modes: [finetune, {few}]\nmax_samples: {{train: [50, null]}}\n", t=task())
    assert not [c for c in cells(found) if c.kind == "curve"]
    assert {drop["what"] for drop in found.dropped} == {
        "the learning curve of finetune on t",
        "the learning curve of few on t",
    }


def test_draws_of_a_protocol_are_repeats_of_their_row_alone() -> None:
    """Each with its number as the head's seed: the same for every row, but in no key of other rows."""
    few = "{name: few, mode: probe, protocol: few-shot, draws: 3}"
    found = planned(f"modes: [probe, {few}]\nseed: 5\n", t=task())
    assert [c.cell.head.seed for c in cells(found, mode="few")] == [5, 6, 7]
    assert [c.cell.head.seed for c in cells(found, mode="probe")] == [None]
    fixed = planned("modes: [{name: m, mode: probe, protocol: mteb, draws: 2}]\nseed: 5\n", t=task())
    assert [c.cell.head.seed for c in cells(fixed)] == [0, 1]  # the draws of the source have no other seed
    more = planned("modes: [{name: few, mode: probe, protocol: few-shot, draws: 4}]\nseed: 5\n", t=task())
    assert {c.key for c in cells(found, mode="few")} < {c.key for c in cells(more)}


def test_texts_take_turns_where_no_test_side_is_given() -> None:
    """In rows without an encoder likewise; with a test side nothing is crossed."""
    turns = "modes: [{name: turns, mode: probe, protocol: senteval}]\nmax_samples: {train: 60, test: 40}\n"
    for given, side in ((False, "all"), (True, "test")):
        found = planned(turns, t=replace(task(), sides_given=given))
        assert {c.cell.test["text"].side for c in found.cells} == {side}
        assert {c.cell.test["text"].sample for c in found.cells} == {100 if side == "all" else 40}
