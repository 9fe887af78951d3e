"""Sides, duplicates and samples: decided by content, never by order."""

import hashlib
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.records import Perturbation, Split
from harness.tasks import Task, describe, load, make_split, resolve
from harness.tasks.sources.row import Reading, Row
from harness.tasks.splits import Item, draw, side_of
from harness.tasks.text import text_hash
from tests.tasks.conftest import Make, csv_of, table


def side(task: Task, name: str, **options: Any) -> Examples:
    return load(task, make_split(task, describe(task), name, **options))


def two_files(
    folder: Path,
    train: Sequence[tuple[str, ...]],
    test: Sequence[tuple[str, ...]],
    header: str = "text,label",
    **fields: object,
) -> Task:
    (folder / "a.csv").write_text(csv_of(train, header))
    (folder / "b.csv").write_text(csv_of(test, header))
    return resolve({"name": "t", "train": "a.csv", "test": "b.csv", **fields}, folder)


def test_row_order_does_not_matter(task_of: Make) -> None:
    rows = [*table(100), ("Ticket  number 7 about money", "billing")]
    # turned round, so that of two copies the other one comes first
    one, other = task_of(csv_of(rows), "one.csv"), task_of(csv_of(rows[::-1]), "other.csv")
    for name in ("train", "test"):
        assert side(one, name) == side(other, name)
        assert side(one, name, sample=20) == side(other, name, sample=20)


def test_more_rows_move_no_item_to_the_other_side(task_of: Make) -> None:
    """As long as nothing has to be moved: of 100 rows, the hash gives 38 to the test side."""
    few, many = task_of(csv_of(table(200)), "few.csv"), task_of(csv_of(table(600)), "many.csv")
    assert set(side(few, "test").items) < set(side(many, "test").items)
    assert set(side(few, "train").items) < set(side(many, "train").items)


def test_the_test_side_gets_its_share(task_of: Make) -> None:
    for n_rows in (20, 40, 100, 1000):
        for share in (0.3, 0.6):
            info = describe(task_of(csv_of(table(n_rows)), test_share=share))
            assert info.n_train + info.n_test == n_rows
            assert abs(info.n_test / n_rows - share) < 0.05 + 1e-9
            assert info.notes == ()


def test_a_group_is_never_on_both_sides(task_of: Make) -> None:
    rows = [(*row, f"customer {i % 25}") for i, row in enumerate(table(200))]
    task = task_of(csv_of(rows, "text,label,customer"), group="customer")
    train, test = side(task, "train"), side(task, "test")
    assert not set(train.clusters) & set(test.clusters)
    assert set(train.clusters) | set(test.clusters) == {f"customer {i}" for i in range(25)}


def by_customer(first: int = 0) -> list[tuple[str, str, str]]:
    """40 rows of 8 customers, those from `first` on."""
    return [(f"{text} of {first}", label, f"c{first + i % 8}") for i, (text, label) in enumerate(table())]


LEFT_OUT = "15 train rows left out: 3 values of 'customer' stand in test too"


def test_a_group_is_on_one_side_of_two_files(tmp_path: Path) -> None:
    """Customers of both files leave the train side; without `group` they stay."""
    task = two_files(tmp_path, by_customer(), by_customer(5), "text,label,customer", group="customer")
    info = describe(task)
    assert set(side(task, "train").clusters) == {f"c{i}" for i in range(5)}
    assert set(side(task, "test").clusters) == {f"c{i}" for i in range(5, 13)}
    assert info.notes == (LEFT_OUT,)
    assert (info.n_train, info.n_test) == (25, 40)
    plain = two_files(tmp_path, by_customer(), by_customer(5), "text,label,customer")
    assert (describe(plain).n_train, describe(plain).notes) == (40, ())


def test_a_group_is_on_one_side_of_a_hub_set_with_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the other split would be split by rule."""
    given = {"train": by_customer(), "test": by_customer(5)}
    rows = {name: tuple(Row("", text, label, group=who) for text, label, who in given[name]) for name in given}
    task = resolve({"name": "t", "data": "hub:x/y", "group": "customer"}, Path())
    rules = []
    for reading in (Reading("hub:x/y", rows), Reading("hub:x/y", {"all": rows["train"]})):
        monkeypatch.setattr("harness.tasks.sources.hub.content_hash", lambda _, names=(*reading.sides,): str(names))
        monkeypatch.setattr("harness.tasks.sources.hub.read", lambda *_, reading=reading: reading)
        assert not set(side(task, "train").clusters) & set(side(task, "test").clusters)
        assert (LEFT_OUT in describe(task).notes) == ("test" in reading.sides)
        rules.append(make_split(task, describe(task), "train").rule)
    assert [rule.get("group") for rule in rules] == ["test side", None]


def test_the_rule_for_groups_is_in_the_key_where_sides_are_given(task_of: Make, tmp_path: Path) -> None:
    """And nowhere else: what is stored of other tasks stays good."""

    def rule(task: Task) -> Mapping[str, object]:
        return make_split(task, describe(task), "train").rule

    header = "text,label,customer"
    assert rule(two_files(tmp_path, by_customer(), by_customer(9), header, group="customer"))["group"] == "test side"
    assert "group" not in rule(two_files(tmp_path, by_customer(), by_customer(9), header))
    assert "group" not in rule(task_of(csv_of(by_customer(), header), group="customer"))


def test_too_few_rows_once_shared_groups_left_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"too few rows.* 40 train rows left out: 8 values of 'customer'"):
        describe(two_files(tmp_path, by_customer(), by_customer()[::-1], "text,label,customer", group="customer"))


def test_without_groups_near_copies_are_one_cluster_and_other_texts_their_own(task_of: Make) -> None:
    """But for digits the tickets are two texts; codes and signs have nothing but what tells them apart."""
    codes = [(f"{i:04}", "billing") for i in range(20)] + [("!" * (1 + i), "access") for i in range(20)]
    words = [(f"{a} {b} {c}", "access") for a in ("red", "green") for b in ("cat", "dog", "cow") for c in ("in", "out")]
    task = task_of(csv_of(table() + codes + words))
    test = side(task, "test")
    by_text = dict(zip(test.text, test.clusters, strict=True))
    tickets = {cluster for text, cluster in by_text.items() if text.startswith("ticket")}
    others = [cluster for text, cluster in by_text.items() if not text.startswith("ticket")]
    assert len(tickets) == 2
    assert len(others) == len(set(others)) > 10
    assert describe(task).cluster == "near copies together"


def test_a_cluster_keeps_its_name_in_any_order_and_beside_any_rows(task_of: Make) -> None:
    def named(rows: list[tuple[str, str]]) -> dict[str, str]:
        test = side(task_of(csv_of(rows)), "test")
        return dict(zip(test.text, test.clusters, strict=True))

    assert named(table(40)) == named(table(40)[::-1])
    assert named(table(40)).items() <= named(table(80)).items()


def test_near_copies_do_not_change_sides_or_what_is_trained_on(task_of: Make) -> None:
    """The side is decided by the text itself, and the train side keeps its clusters and its key."""
    train, test = (side(task_of(csv_of(table())), name) for name in ("train", "test"))
    assert len(set(train.clusters)) == len(train)
    assert all(side_of(text_hash(text), 0.3) == "test" for text in test.text)


def test_groups_win_over_near_copies(task_of: Make) -> None:
    rows = [(text, label, f"customer {i % 7}") for i, (text, label) in enumerate(table(60))]
    task = task_of(csv_of(rows, "text,label,customer"), group="customer")
    test = side(task, "test")
    assert set(test.clusters) <= {f"customer {i}" for i in range(7)}
    assert describe(task).cluster == "values of customer"


def test_what_a_cluster_is_stands_in_the_key_of_test_sides_alone(task_of: Make) -> None:
    """So that nothing is trained again where only the resampling changes."""
    task = task_of(csv_of(table()))
    assert ["clusters" in make_split(task, describe(task), name).rule for name in ("train", "test")] == [False, True]


def test_copies_of_a_text_are_merged_and_counted(task_of: Make) -> None:
    copies = [("  TICKET number 0 about a LOGIN ", "access"), ("ticket number 1 about\nmoney", "billing")]
    info = describe(task_of(csv_of(table() + copies)))
    assert (info.n_merged, info.n_train + info.n_test) == (2, 40)


def test_a_text_under_two_labels_is_left_out(task_of: Make) -> None:
    info = describe(task_of(csv_of([*table(), ("ticket number 0 about a login", "billing")])))
    assert info.n_train + info.n_test == 39
    assert "2 texts that occur under different labels are left out" in info.notes


def test_a_train_text_that_is_in_test_is_removed_and_counted(tmp_path: Path) -> None:
    task = two_files(tmp_path, table(40), [*table(4), ("only here", "access")])
    info = describe(task)
    assert (info.n_train, info.n_test, info.n_duplicates) == (36, 5, 4)
    assert not set(side(task, "train").text) & set(side(task, "test").text)


@pytest.mark.parametrize("changed", ["a.csv", "b.csv"])
def test_each_of_two_files_decides_the_source(tmp_path: Path, changed: str) -> None:
    task = two_files(tmp_path, table(40), table(4))
    before = describe(task).source
    (tmp_path / changed).write_text(csv_of(table({"a.csv": 50, "b.csv": 6}[changed])))
    assert describe(task).source != before


def test_a_test_file_that_holds_the_train_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="40 train rows whose text is in test were removed"):
        describe(two_files(tmp_path, table(40), table(50)))


def test_a_column_of_ids_names_the_items(task_of: Make) -> None:
    rows = [(*row, f"T-{i}") for i, row in enumerate(table())]
    task = task_of(csv_of(rows, "text,label,key"), id="key")
    assert set(side(task, "train").items) | set(side(task, "test").items) == {f"T-{i}" for i in range(40)}


def test_domains_are_counted_and_chosen(task_of: Make) -> None:
    rows = [(*row, ("shop", "forum")[i % 4 == 0]) for i, row in enumerate(table(400))]
    task = task_of(csv_of(rows, "text,label,product"), domain="product")
    info = describe(task)
    assert sorted(info.domains) == ["forum", "shop"]
    assert sum(n for n, _ in info.domains.values()) == info.n_train
    forum = side(task, "test", domains=["forum"])
    assert set(forum.domains or ()) == {"forum"}
    assert len(forum) == info.domains["forum"][1]
    assert make_split(task, info, "test", domains=["shop", "forum"]).key == make_split(task, info, "test").key
    with pytest.raises(DataError, match=r"no domain 'form'\. Did you mean 'forum'"):
        make_split(task, info, "test", domains=["form"])


def test_domains_are_chosen_after_the_sample(task_of: Make) -> None:
    rows = [(*row, ("shop", "forum")[i % 4 == 0]) for i, row in enumerate(table(400))]
    task = task_of(csv_of(rows, "text,label,product"), domain="product")
    whole, forum = side(task, "train", sample=50), side(task, "train", sample=50, domains=["forum"])
    assert set(forum.items) == {i for i, d in zip(whole.items, whole.domains or (), strict=True) if d == "forum"}
    assert len(forum) == 25


def test_what_cannot_matter_is_in_no_key(task_of: Make) -> None:
    task = task_of(csv_of(table()))
    info = describe(task)
    plain = make_split(task, info, "train").key
    assert make_split(task, info, "train", sample=1000, sample_seed=5).key == plain
    assert make_split(task, info, "train", sample=5).key != plain
    assert make_split(task, info, "train", sample=5).key != make_split(task, info, "train", sample=5, sample_seed=1).key
    assert make_split(task, info, "test").key != plain


def test_a_key_holds_what_the_task_says_and_nothing_else(task_of: Make) -> None:
    """So that a new key of suites leaves the stored results of those that do not use it."""
    content = csv_of(table(400))
    record = Split(
        source=hashlib.sha256(content.encode()).hexdigest(),
        columns={"text": ["text"], "label": "label", "encoding": "utf-8", "formats": [".csv"]},
        label_map={},
        side="train",
        rule={"name": "hash", "version": 1, "test_share": 0.3},
        sample=5,
    )
    task = task_of(content)
    assert make_split(task, describe(task), "train", sample=5).key == record.key
    content = csv_of([(*row, str(i)) for i, row in enumerate(table(400))], "text,label,created")
    fields = {"time": {"column": "created", "as": "shift"}, "min_class": 9, "drop_empty": True}
    used = replace(
        record,
        source=hashlib.sha256(content.encode()).hexdigest(),
        columns={**record.columns, "time": "created", "drop_empty": True},
        rule={**record.rule, "domains_by": "time", "min_class": {"rows": 9, "merge": None}},
    )
    task = task_of(content, **fields)
    assert make_split(task, describe(task), "train", sample=5).key == used.key


@pytest.mark.parametrize(
    "fields",
    [
        {"time": "created"},
        {"time": {"column": "created", "as": "shift"}},
        {"min_class": 5},
        {"min_class": {"rows": 5, "merge": "rest"}},
        {"drop_empty": True},
    ],
)
def test_what_chooses_the_rows_is_in_the_key(task_of: Make, fields: dict[str, object]) -> None:
    content = csv_of([(*row, str(i)) for i, row in enumerate(table())], "text,label,created")
    keys = {make_split(task, describe(task), "test").key for task in (task_of(content), task_of(content, **fields))}
    assert len(keys) == 2


@pytest.mark.parametrize(
    "fields", [{"test_share": 0.5}, {"labels": {"access": "a", "billing": "b"}}, {"encoding": "cp1252"}]
)
def test_what_decides_the_items_is_in_the_key(task_of: Make, fields: dict[str, object]) -> None:
    task, other = task_of(csv_of(table())), task_of(csv_of(table()), **fields)
    assert make_split(task, describe(task), "test").key != make_split(other, describe(other), "test").key


def test_perturbations_are_not_applied_here(task_of: Make) -> None:
    task = task_of(csv_of(table()))
    split = make_split(task, describe(task), "test")
    assert load(task, replace(split, perturbations=(Perturbation("keyboard", 1, {}, 0),))) == load(task, split)


def test_a_split_that_cannot_be_is_refused(task_of: Make) -> None:
    task = task_of(csv_of(table()))
    for side_, options in (("dev", {}), ("test", {"role": "corpus"}), ("test", {"sample": 0})):
        with pytest.raises(ValueError, match="no split"):
            make_split(task, describe(task), side_, **options)


@st.composite
def pools(draw_: st.DrawFn) -> list[Item]:
    cells = draw_(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", "z"])), min_size=1, max_size=80))
    return [Item(f"{i:03}", f"{i}", f"{i}", f"text {i}", label, domain) for i, (label, domain) in enumerate(cells)]


@given(pools(), st.integers(1, 90), st.integers(1, 90), st.integers(0, 3), st.randoms())
def test_samples_are_nested_even_and_free_of_order(
    items: list[Item], one: int, other: int, seed: int, rng: random.Random
) -> None:
    few, many = sorted((one, other))
    shuffled = rng.sample(items, len(items))
    small, big = draw(items, few, seed), draw(shuffled, many, seed)
    assert set(small) <= set(big)
    assert small == sorted(small)
    assert len(small) == min(few, len(items))
    there, taken = Counter(i.domain for i in items), Counter(i.domain for i in small)
    # even: a domain has less than another only by one, or where it has no more to give
    assert all(taken[d] >= max(taken.values()) - 1 or taken[d] == there[d] for d in there)


@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 400))
def test_labels_are_drawn_in_proportion(n_a: int, n_b: int, size: int) -> None:
    items = [Item(f"{i:03}", "", f"{i}", "", "a" if i < n_a else "b", "") for i in range(n_a + n_b)]
    size = min(size, n_a + n_b)
    taken = Counter(item.label for item in draw(items, size, 0))
    assert abs(taken["a"] - size * n_a / (n_a + n_b)) <= 1


def test_another_seed_draws_another_sample() -> None:
    items = [Item(f"{i:03}", "", f"{i}", "", "a", "") for i in range(100)]
    assert draw(items, 20, 0) != draw(items, 20, 1)


@given(st.text(st.characters(codec="utf-8")), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_takes_nothing_from_the_test_side(cluster: str, one: float, other: float) -> None:
    if side_of(cluster, min(one, other)) == "test":
        assert side_of(cluster, max(one, other)) == "test"


def test_both_sides_together_hold_every_item_once_near_copies_in_one_cluster(task_of: Make) -> None:
    task = task_of(csv_of(table()))
    train, test, both = (side(task, name) for name in ("train", "test", "all"))
    assert sorted((*train.items, *test.items)) == list(both.items)
    assert len(set(both.clusters)) == 2  # but for digits the tickets are two texts
    assert len(side(task, "all", sample=30)) == 30
    assert make_split(task, describe(task), "all").key != make_split(task, describe(task), "test").key


def test_an_item_knows_its_place_in_the_file(task_of: Make) -> None:
    rows = table(60)
    both = side(task_of(csv_of(rows)), "all")
    assert [rows[place][0] for place in both.places] == list(both.text)
