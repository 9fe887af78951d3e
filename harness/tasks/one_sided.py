"""Classes of which one side has no text: left out where a rule splits, kept and told where the sides are given."""

from collections import Counter

from harness.tasks.checks import named_classes
from harness.tasks.splits import Left
from harness.tasks.text import counted


def without_one_sided(left: Left, is_grouped: bool) -> tuple[Left, tuple[str, ...]]:
    """What is left of the classes that have a text on either side, and a note that counts the others."""
    train, test = ({item.label for item in side} for side in (left.train, left.test))
    gone = Counter(item.label for item in (*left.train, *left.test) if (item.label in train) != (item.label in test))
    if not gone:
        return left, ()
    whose = "whose groups cannot be parted" if is_grouped else "of one text"
    note = f"{_classes(gone)} {whose} left out ({counted(gone.total(), 'text')}){named_classes(gone, _all(left))}"
    kept = [[item for item in side if item.label not in gone] for side in (left.train, left.test)]
    return left._replace(train=kept[0], test=kept[1]), (note,)


def unlearnt_note(left: Left) -> tuple[str, ...]:
    """A note that counts the test texts of classes that no text of train has."""
    learnt = {item.label for item in left.train if not item.held_out}
    unlearnt = Counter(item.label for item in left.test if item.label not in learnt)
    if not unlearnt:
        return ()
    what = f"{counted(unlearnt.total(), 'test text')} of {_classes(unlearnt)} that train has none of"
    return (f"{what}, wrong for every row{named_classes(unlearnt, _all(left))}",)


def _classes(counts: Counter[str]) -> str:
    return counted(len(counts), "class", "classes")


def _all(left: Left) -> Counter[str]:
    return Counter(item.label for item in (*left.train, *left.test))
