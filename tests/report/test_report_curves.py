"""Curves of training: a small SVG that says what it shows."""

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from harness.report import curves
from harness.report.tuning_model import Training
from harness.results.records import BuildFacts, Point

CURVE = (Point(5, 0.5, 0.7), Point(10, 1.0, 0.4, 0.5), Point(20, 2.0, 0.2, 0.6))


def training(repeat: str = "train=0", curve: tuple[Point, ...] = CURVE, best: float | None = 1.0) -> Training:
    return Training("c", "done", repeat=repeat, facts=BuildFacts(best_epoch=best), curve=curve, planned=2.0)


def parsed(*trainings: Training) -> Element:
    return ElementTree.fromstring(curves.drawing("a <b> & c / mean / finetune", trainings).svg())


def marks(root: Element, name: str) -> list[Element]:
    return [mark for group in root.iter("g") if group.get("class") == name for mark in group]


def place(mark: Element) -> tuple[float, float]:
    x, y = re.fullmatch(r"translate\((.+),(.+)\)", mark.attrib["transform"]).groups()
    return float(x), float(y)


def test_it_has_a_line_of_each_loss_and_a_ring_a_seed() -> None:
    root = parsed(training(), training("train=1"))
    found = [len(marks(root, name)) for name in ("trained", "validated", "dot", "best")]
    assert found == [2, 2, 4, 2]


def test_the_ring_is_at_the_best_epoch() -> None:
    """Where the lower of two validation losses is: higher on the page is more loss."""
    root = parsed(training())
    first, second = map(place, marks(root, "dot"))
    (ring,) = marks(root, "best")
    assert place(ring) == first
    assert first[1] > second[1]


def test_it_is_named_and_described() -> None:
    """Who cannot see it reads where each seed began, ended and was best."""
    root = parsed(training())
    assert root.findtext("title") == "a <b> & c / mean / finetune"
    assert root.findtext("desc") == (
        "Loss over the steps of training. train=0: training loss from 0.700 at step 5 to 0.200 at step 20, "
        "validation loss from 0.500 at step 10 to 0.600 at step 20, best 0.500 at step 10."
    )


@pytest.mark.parametrize(
    "curve",
    [
        CURVE,
        CURVE[:1],
        (Point(1, validation_loss=0.5),),
        (Point(0, 0.0, 0.5), Point(0, 0.0, 0.5)),
        (*CURVE, Point(30, 3.0)),
    ],
)
def test_everything_is_inside_the_drawing(curve: tuple[Point, ...]) -> None:
    """Also with one point, no spread, no validation, a loss that was no number."""
    root, (width, height) = parsed(training(curve=curve)), curves.SPACE.plot
    for x, y in map(place, [*marks(root, "dot"), *marks(root, "best")]):
        assert 0 <= x <= width
        assert 0 <= y <= height
    assert root.findtext("title")


def test_the_best_point_of_an_unknown_best_epoch_is_that_of_the_lowest_loss() -> None:
    assert training(best=None).best == CURVE[1]
    assert training(best=2.0).best == CURVE[2]
    assert training(curve=CURVE[:1]).best is None
