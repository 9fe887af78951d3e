"""Few or large clusters: each class has a text on either side, and the test side its share, by few moves."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.core.errors import DataError
from harness.tasks import Task, builtin, describe, domains_of, load, make_split, resolve
from harness.tasks.balance import MOST_OFF, balanced, share_note
from harness.tasks.kinds.classification import without_one_sided
from harness.tasks.pool import _pool, pool_of
from harness.tasks.sources import content_hash
from harness.tasks.splits import Item, Pool, distance, left_of, side_of
from tests.tasks.conftest import Make, csv_of

SOUND = {"a": 200, "b": 200}
shares = st.sampled_from([0.1, 0.3, 0.5, 0.8])


def coin(items: Sequence[Item], share: float) -> dict[str, list[Item]]:
    """The sides by hash alone."""
    sides: dict[str, list[Item]] = {"train": [], "test": []}
    for item in items:
        sides[side_of(item.cluster, share)].append(item)
    return sides


def classes_of(items: Sequence[Item]) -> dict[str, set[str]]:
    """The clusters of each class."""
    return {label: {i.cluster for i in items if i.label == label} for label in {i.label for i in items}}


def lost(left: Pool) -> set[str]:
    train, test = ({item.label for item in side} for side in (left.train, left.test))
    return train ^ test


def off(left: Pool, share: float) -> float:
    return len(left.test) / (len(left.train) + len(left.test)) - share


def texts_of(sizes: Mapping[str, int], seed: int = 0) -> list[Item]:
    """So many texts of each class, every one a cluster of its own."""
    names = [(f"{seed} {label} {i}", label) for label, n in sizes.items() for i in range(n)]
    return [Item(name, name, name, name, label, "") for name, label in names]


@st.composite
def texts(draw: st.DrawFn) -> list[Item]:
    sizes = draw(st.dictionaries(st.sampled_from([f"c{i}" for i in range(40)]), st.integers(1, 12), min_size=2))
    return texts_of(sizes, draw(st.integers(0, 99)))


@st.composite
def grouped(draw: st.DrawFn, labels: Sequence[str] = "aaabbcdefgh", n_texts: int = 200) -> list[Item]:
    """Texts of groups that hold several classes, without copies, or some from few texts that are under both."""
    cell = st.tuples(st.sampled_from(labels), st.integers(0, 30), st.integers(0, n_texts))
    seed = draw(st.integers(0, 99))
    cells = draw(st.lists(cell, min_size=1, max_size=80))
    return [
        Item(f"{i:02}", f"{seed} g{g}", f"{key}", f"text {key}", label, "") for i, (label, g, key) in enumerate(cells)
    ]


@given(texts(), shares)
def test_every_class_of_two_texts_is_on_both_sides(items: list[Item], share: float) -> None:
    left = balanced(coin(items, share), share)
    assert lost(left) == {label for label, clusters in classes_of(items).items() if len(clusters) < 2}


@given(texts(), shares)
def test_the_test_side_gets_its_share_unless_each_class_needs_a_text_there(items: list[Item], share: float) -> None:
    left = without_one_sided(balanced(coin(items, share), share), is_grouped=False)
    n_rows, n_classes = len(left.train) + len(left.test), len({item.label for item in left.train})
    if n_rows < 10:  # a text is more than the ten points that are allowed
        return
    if off(left, share) > MOST_OFF:
        assert len(left.test) == n_classes
        assert "each class keeps a text" in share_note(left, share, is_grouped=False)[0]
    elif off(left, share) < -MOST_OFF:
        assert len(left.train) == n_classes
    else:
        assert share_note(left, share, is_grouped=False) == ()


@given(st.one_of(texts(), grouped()), shares)
@example(texts_of(SOUND), 0.3)
def test_nothing_moves_where_nothing_is_wanting(items: list[Item], share: float) -> None:
    plain = left_of(coin(items, share))
    sound = without_one_sided(plain, is_grouped=True)
    if sound == plain and plain.train and abs(off(plain, share)) <= MOST_OFF:
        assert balanced(coin(items, share), share) == plain


def test_the_hash_alone_may_do() -> None:
    """So that the example above is one of those that are compared."""
    left = left_of(coin(texts_of(SOUND), 0.3))
    assert not lost(left)
    assert abs(off(left, 0.3)) <= MOST_OFF


@given(st.one_of(texts(), grouped(), grouped(n_texts=20)), shares, st.randoms())
def test_the_order_of_rows_decides_nothing(items: list[Item], share: float, rng: random.Random) -> None:
    shuffled = rng.sample(items, len(items))
    assert balanced(coin(items, share), share) == balanced(coin(shuffled, share), share)


@given(st.one_of(grouped(), grouped(n_texts=20), grouped("ab", 9)), shares)
def test_groups_and_texts_stand_on_one_side(items: list[Item], share: float) -> None:
    left = balanced(coin(items, share), share)
    for what in (lambda item: item.cluster, lambda item: item.key):
        assert not set(map(what, left.train)) & set(map(what, left.test))


@given(grouped(n_texts=10**9), shares)
def test_a_class_is_given_up_only_where_each_of_its_groups_is_needed_where_it_is(
    items: list[Item], share: float
) -> None:
    items = [item._replace(key=item.id) for item in items]
    left = balanced(coin(items, share), share)
    clusters = classes_of(items)
    sides = {"train": left.train, "test": left.test}
    side = {item.cluster: name for name, part in sides.items() for item in part}
    own = {c: Counter(i.label for i in items if i.cluster == c) for c in side}
    held = {name: Counter(item.label for item in part) for name, part in sides.items()}
    for label in lost(left):
        for cluster in clusters[label] if len(clusters[label]) > 1 else ():
            needed = [x for x, n in own[cluster].items() if held[side[cluster]][x] == n and len(clusters[x]) > 1]
            assert needed or side[cluster] != side_of(cluster, share)


@given(st.lists(st.integers(1, 9), min_size=40, max_size=60), st.integers(0, 99), shares)
def test_groups_of_at_most_a_tenth_of_the_rows_leave_the_share_within_five_points(
    sizes: list[int], seed: int, share: float
) -> None:
    items = [
        Item(f"{g}/{i}", f"{seed} g{g}", f"{g}/{i}", "", "ab"[i % 2 if n > 1 else g % 2], "")
        for g, n in enumerate(sizes)
        for i in range(n)
    ]
    left = balanced(coin(items, share), share)
    assert not lost(left)
    assert max(sizes) > len(items) / 10 or abs(off(left, share)) <= MOST_OFF


@given(st.lists(st.integers(1, 60), min_size=2, max_size=12), st.integers(0, 99), shares)
def test_with_large_groups_the_share_gets_no_worse(sizes: list[int], seed: int, share: float) -> None:
    cells = [(f"{seed} g{g}", f"{g}/{i}", "ab"[i % 2]) for g, n in enumerate(sizes) for i in range(n + 1)]
    items = [Item(name, group, name, "", label, "") for group, name, label in cells]
    plain = left_of(coin(items, share))
    if plain.train and plain.test:
        assert abs(off(balanced(coin(items, share), share), share)) <= max(MOST_OFF, abs(off(plain, share)) + 1e-9)


def test_the_cluster_nearest_to_where_sides_change_is_the_one_that_moves() -> None:
    """All ten texts of `rare` are in train by hash; one goes."""
    many = texts_of({"a": 300, "b": 300})
    rare = [item for item in texts_of({"rare": 99}) if side_of(item.cluster, 0.3) == "train"][:10]
    left = balanced(coin([*many, *rare], 0.3), 0.3)
    moved = [item for item in left.test if item.label == "rare"]
    assert moved == [min(rare, key=lambda item: distance(item.cluster, 0.3))]
    plain = left_of(coin([*many, *rare], 0.3))
    assert [item for item in left.test if item not in moved] == plain.test


def test_a_class_that_cannot_be_kept_holds_no_group_back() -> None:
    """Both groups of `a` are in train by hash, and either has a class of its own."""
    one, two = [f"g{i}" for i in range(99) if side_of(f"g{i}", 0.3) == "train"][:2]
    cells = [("a", one), ("only one", one), ("a", two), ("only two", two)]
    items = [Item(f"{label} {g}", g, f"{label} {g}", "", label, "") for label, g in cells]
    assert lost(balanced(coin([*texts_of({"b": 300}), *items], 0.3), 0.3)) == {"only one", "only two"}


def of_groups(sizes: Sequence[int], share: float, giant_side: str) -> list[tuple[str, str, str]]:
    """(text, label, group) of so many texts a group; the hash puts the first on this side, far from the cut."""
    possible = [f"giant {i}" for i in range(99) if side_of(f"giant {i}", share) == giant_side]
    first = max(possible, key=lambda name: distance(name, share))
    names = [first, *(f"g{i}" for i in range(1, len(sizes)))]
    return [(f"{g} {i}", "ab"[i % 2], g) for g, n in zip(names, sizes, strict=True) for i in range(n)]


HEADER = "text,label,customer"


@pytest.mark.parametrize("giant_side", ["train", "test"])
def test_a_group_that_is_too_large_for_test_is_in_train(task_of: Make, giant_side: str) -> None:
    content = csv_of(of_groups([41 * 2, *[2] * 59], 0.3, giant_side), HEADER)
    info = describe(task_of(content, group="customer"))
    assert info.n_train + info.n_test == 200
    assert abs(info.n_test / 200 - 0.3) <= MOST_OFF
    assert info.notes == ()


def test_a_share_that_cannot_be_is_told(task_of: Make) -> None:
    info = describe(task_of(csv_of(of_groups([160, *[2] * 20], 0.3, "test"), HEADER), group="customer"))
    assert info.notes == ("the test side has 20 % of the rows, not 30 %: one group holds 80 %",)
    assert info.n_test == 40


def test_classes_of_two_texts_are_halved_and_it_is_told(task_of: Make) -> None:
    rows = [(f"text {i} of {c}", f"intent {c}") for c in range(30) for i in range(2)]
    info = describe(task_of(csv_of(rows)))
    assert (info.n_train, info.n_test) == (30, 30)
    assert info.notes == ("the test side has 50 % of the rows, not 30 %: each class keeps a text on either side",)


def test_a_handful_of_texts_is_told(task_of: Make) -> None:
    info = describe(task_of(csv_of([(f"text {i}", "ab"[i % 2]) for i in range(7)]), test_share=0.36))
    assert info.notes == ("the test side has 43 % of the rows, not 36 %: there are only 7 texts",)


@pytest.mark.parametrize(
    "name", [*builtin(), *(f"vader-sentiment/{domain}" for domain in domains_of("vader-sentiment"))]
)
@pytest.mark.assets
def test_built_in_tasks_have_the_sides_that_the_hash_gives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task = resolve(name, Path())
    pool = pool_of(task, content_hash(task.source))
    monkeypatch.setattr("harness.tasks.kinds.classification.balanced", lambda split, _: left_of(split))
    _pool.cache_clear()
    assert pool_of(task, content_hash(task.source)) == pool
    _pool.cache_clear()


SMALL = [(f"{label} {i}", label) for label, n in {"a": 30, "b": 30, "fax": 1, "memo": 1}.items() for i in range(n)]


def test_classes_of_one_text_are_left_out_and_counted(task_of: Make) -> None:
    info = describe(task_of(csv_of(SMALL)))
    assert info.labels == ("a", "b")
    assert info.n_train + info.n_test == 60
    assert info.notes == ("2 classes of one text left out (2 texts): 'fax' (1), 'memo' (1)",)


def test_classes_of_one_group_are_left_out_and_counted(task_of: Make) -> None:
    rows = [(*row, f"g{i % 30}") for i, row in enumerate(SMALL[:60])] + [(f"fax {i}", "fax", "g1") for i in range(4)]
    (note,) = describe(task_of(csv_of(rows, HEADER), group="customer")).notes
    assert note == "1 class whose groups cannot be parted left out (4 texts): 'fax' (4)"


def test_no_more_than_five_classes_are_named(task_of: Make) -> None:
    (note,) = describe(task_of(csv_of([*SMALL, *[(f"text {i}", f"c{i}") for i in range(9)]]))).notes
    assert note == (
        "11 classes of one text left out (11 texts): 'c0' (1), 'c1' (1), 'c2' (1), 'c3' (1), 'c4' (1) and 6 more"
    )


def test_a_label_as_long_as_a_text_is_counted_and_not_named(task_of: Make) -> None:
    (note,) = describe(task_of(csv_of([*SMALL, ("text", "my card 4711 " * 4)]))).notes
    assert note == "3 classes of one text left out (3 texts): 'fax' (1), 'memo' (1) and 1 more"


def two_files(folder: Path, train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]]) -> Task:
    (folder / "a.csv").write_text(csv_of(train))
    (folder / "b.csv").write_text(csv_of(test))
    return resolve({"name": "t", "train": "a.csv", "test": "b.csv"}, folder)


def test_a_class_that_only_the_test_file_has_stays_and_is_told(tmp_path: Path) -> None:
    task = two_files(tmp_path, SMALL, [("x", "acces"), ("y", "a"), ("z", "acces"), ("w", "new")])
    info = describe(task)
    told = "3 test texts of 2 classes that train has none of, wrong for every row: 'acces' (2), 'new' (1)"
    assert info.notes == (told,)
    assert (info.n_train, info.n_test, info.labels) == (62, 4, ("a", "acces", "b", "fax", "memo", "new"))
    assert Counter(load(task, make_split(task, info, "test")).labels)["acces"] == 2


def test_a_class_that_comes_later_than_the_cut_stays_and_is_told(task_of: Make) -> None:
    rows = [(f"text {i}", "new" if i > 37 else "ab"[i % 2], str(i)) for i in range(40)]
    info = describe(task_of(csv_of(rows, "text,label,created"), time="created"))
    assert info.notes[-1] == "2 test texts of 1 class that train has none of, wrong for every row: 'new' (2)"
    assert info.n_test == 12


def test_a_train_file_of_one_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="texts of 1 class on the train side; expected at least two"):
        describe(two_files(tmp_path, SMALL[:30], SMALL[30:]))


def test_a_split_with_moved_rows_has_a_key_of_its_own(task_of: Make) -> None:
    """What an earlier version made of the same file is not taken for it; where nothing moved keys are as they were."""
    for sizes, moved in (({f"c{i}": 2 for i in range(30)}, True), (SOUND, False)):
        task = task_of(csv_of([(f"text {i} of {c}", c) for c, n in sizes.items() for i in range(n)]))
        info = describe(task)
        rules = [make_split(task, info, side).rule for side in ("train", "test")]
        assert [("moved" in rule) for rule in rules] == [moved, moved]
