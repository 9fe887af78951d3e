"""Rows that build a checkpoint of their own: what its key holds, and which cells share it."""

from harness.core.records import Cell, sides_key
from harness.suite.cells import PlannedCell
from harness.suite.plan import Plan
from tests.suite.test_suite_plan import DOMAINS, cells, encoder, planned, task


def made(planned_cell: PlannedCell) -> Cell:
    assert planned_cell.cell is not None
    return planned_cell.cell


def test_a_tuned_row_varies_in_test_split_and_slice_alone() -> None:
    """All its conditions on one training set share one checkpoint, which is not the encoder's."""
    found = planned("modes: [finetune]\nconditions: [keyboard, rare-words, max-length: {tokens: 64}]\n", t=task())
    heads = [made(c).head for c in cells(found)]
    assert len(heads) == 5
    assert len({head.checkpoint.key for head in heads}) == 1
    assert all(head.is_built and head.base == encoder().checkpoint for head in heads)
    assert len({made(c).key for c in cells(found)}) == 5


def test_the_step_holds_all_that_decides_the_weights() -> None:
    """Parameters with defaults filled in, the reading, the pooling, the training split, the seed."""
    (clean,) = cells(planned("modes: [finetune: {epochs: 2}]\nseed: 7\n", t=task()))
    head = made(clean).head
    step = head.checkpoint.lineage[-1]
    assert step.operation == "finetune"
    assert step.parameters["epochs"] == 2
    assert step.parameters["tokenization"] == encoder().tokenization
    assert step.parameters["pooling"] == head.pooling
    assert step.parameters["precision"] == "fp32"
    assert (step.train, step.seed, step.teacher) == (sides_key(head.train), 7, None)


def test_lp_ft_names_the_head_of_the_probe_row() -> None:
    found = planned("modes: [probe, lp-ft]\n", t=task())
    probe, tuned = (made(c).head for c in cells(found))
    assert tuned.checkpoint.lineage[-1].teacher == probe.key


def test_train_seeds_are_repeats_of_rows_that_depend_on_them() -> None:
    found = planned("modes: [probe, finetune]\nrepeats: {train: 3}\n", t=task())
    repeats = [(c.address.mode, str(c.address.repeat)) for c in cells(found)]
    assert repeats == [("probe", "–"), *(("finetune", f"train={i}") for i in range(3))]
    assert len({made(c).head.checkpoint.key for c in cells(found, mode="finetune")}) == 3


def test_a_probe_is_not_of_a_checkpoint_that_a_mode_built() -> None:
    (clean,) = cells(planned("modes: [probe]\n", t=task()))
    assert not made(clean).head.is_built
    assert made(clean).head.base == made(clean).head.checkpoint


def test_each_shift_of_a_tuned_row_has_the_oracle_it_is_told() -> None:
    """Its own, trained on the tested domain; or another mode's, which then needs no training of its own."""
    text = "modes: [probe, finetune]\nconditions: [domain: {from: tweets, oracle: %s}]\n"
    own = planned(text % "finetune", t=task(domains=DOMAINS))
    probe = planned(text % "probe", t=task(domains=DOMAINS))

    def built(found: Plan) -> int:
        return len({made(c).head.checkpoint.key for c in cells(found, mode="finetune")})

    assert built(own) == 4  # on all domains, on tweets, on each of the two others
    assert built(probe) == 2
    shifts = [c for c in cells(probe, mode="finetune") if c.kind == "shift"]
    assert [c.against and c.against.mode for c in shifts] == ["probe", "probe"]
    assert len({c.address for c in probe.cells}) == len(probe.cells)


def test_a_task_of_one_domain_is_shifted_to_those_it_leaves_out() -> None:
    """What it is trained on is what its clean row is trained on: one checkpoint."""
    from dataclasses import replace

    facts = replace(task(domains={"tweets": 400}), elsewhere={"movies": 900, "shops": 100})
    found = planned("modes: [probe, finetune]\nconditions: [domain: {from: tweets, oracle: probe}]\n", t=facts)
    shifts = [str(c.address.condition) for c in cells(found, mode="finetune") if c.kind == "shift"]
    assert shifts == ["domain[tweets>movies]", "domain[tweets>shops]"]
