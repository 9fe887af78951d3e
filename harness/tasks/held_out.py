"""A validation side of one's own: texts to choose by, kept apart from what is learnt and from what is judged."""

from collections.abc import Mapping

from harness.tasks.splits import Item, without
from harness.tasks.text import counted


def with_held_out(split: Mapping[str, list[Item]]) -> tuple[dict[str, list[Item]], tuple[str, ...]]:
    """`train` and `test`, the validation items as held-out ones of `train`, and what to say of them.

    A text of both is not learnt from; one of validation and test is in test alone; what nobody learns chooses nothing.
    """
    train, test, given = split["train"], split["test"], split["validation"]
    if not given:
        return {"train": train, "test": test}, ()
    apart = without(given, test)
    learnt = without(train, apart)
    known = {item.label for item in learnt}
    held_out = [item for item in apart if item.label in known]
    what = f"{counted(len(held_out), 'text')} of a validation side, to choose by alone"
    gone = {
        "in test too": len(given) - len(apart),
        "of classes that train has none of": len(apart) - len(held_out),
        "taken out of train": len(train) - len(learnt),
    }
    told = [f"{n:,} {where}" for where, n in gone.items() if n]
    marked = [item._replace(held_out=True) for item in held_out]
    return {"train": [*learnt, *marked], "test": test}, ("; ".join([what, *told]),)
