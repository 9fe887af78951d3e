"""Fits and the choice of C against scikit-learn's, on data where classes overlap and where they do not."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from harness.modes import folds
from harness.modes.folds import Fold, best_c
from harness.modes.probe import C_GRID
from harness.modes.softmax import Axes, Rows, Softmax


def features(n: int, d: int, n_classes: int, apart: float, seed: int = 0) -> tuple[Any, Any]:
    """(n, d) centred features whose variances fall, and classes as numbers, each of which has a row."""
    rng = np.random.default_rng(seed)
    classes = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n - n_classes)])
    spectrum = np.arange(1, d + 1) ** -0.5
    found = (apart * rng.normal(size=(n_classes, d))[classes] + rng.normal(size=(n, d))) * spectrum
    found = found @ np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (found - found.mean(axis=0)) * 3, classes


@pytest.mark.parametrize("c", [C_GRID[0], C_GRID[2], C_GRID[-1]])
@pytest.mark.parametrize(("n", "d", "n_classes"), [(120, 12, 2), (40, 70, 2), (150, 20, 12), (60, 90, 25)])
def test_the_optimum_is_that_of_scikit_learn(n: int, d: int, n_classes: int, c: float) -> None:
    rows, classes = features(n, d, n_classes, 0.7)
    axes = Axes.of(rows)
    fit = Softmax(axes, np.arange(n), classes, n_classes)
    point = fit.start()
    while fit.slope(point, c) > 1e-10:
        before, point = point, fit.step(point, c)
        assert point is not before
    plain = LogisticRegression(C=c, tol=1e-12, max_iter=20000).fit(rows, classes)
    logits = point.logits(Rows.of(axes.rows))
    expected = plain.decision_function(rows)
    ours = logits[:, 1] - logits[:, 0] if n_classes == 2 else logits - logits.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(ours, expected - (0 if n_classes == 2 else expected.mean(1, keepdims=True)), atol=2e-5)


def test_axes_hold_the_features_and_leave_out_what_holds_nothing() -> None:
    rows, _ = features(30, 50, 3, 0.5)
    rows[:, 7] = 0
    axes = Axes.of(rows)
    assert axes.rows.shape[1] <= 29
    np.testing.assert_allclose(axes.rows @ axes.turn.T, rows, atol=1e-9)
    assert Axes.of(np.zeros((5, 3))).rows.shape == (5, 0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("n_classes", "apart"), [(2, 0.1), (5, 0.3), (12, 0.5), (12, 3.0)])
def test_the_choice_is_that_of_fits_to_the_end(n_classes: int, apart: float, seed: int) -> None:
    rows, classes = features(150, 30, n_classes, apart, seed)
    order = np.random.default_rng(seed).permutation(150)
    parts = [(np.setdiff1d(order, test), test) for test in np.array_split(order, 3)]
    axes = Axes.of(rows)
    right = dict.fromkeys(C_GRID, 0)
    for c in C_GRID:
        for train, test in parts:
            model = LogisticRegression(C=c, tol=1e-9, max_iter=20000).fit(rows[train], classes[train])
            right[c] += int((model.predict(rows[test]) == classes[test]).sum())
    made = [Fold(axes, train, classes[train], axes.rows[test], classes[test], n_classes) for train, test in parts]
    chosen = best_c(made, C_GRID)
    assert chosen == max(C_GRID, key=lambda c: (right[c], -c))
    for c in C_GRID:  # what is told of each C on the way there holds
        least, most = np.sum([fold.fits[c].right for fold in made], axis=0)
        assert least <= right[c] <= most


def test_a_c_that_cannot_win_is_not_fitted_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weakest of the grid has a fifth of the right answers of the best: a few steps show it."""
    monkeypatch.setattr(folds, "_FLAT", 0.0)
    rows, classes = features(200, 30, 12, 1.0)
    parts = [(np.arange(100), np.arange(100, 200)), (np.arange(100, 200), np.arange(100))]
    axes = Axes.of(rows)
    made = [Fold(axes, train, classes[train], axes.rows[test], classes[test], 12) for train, test in parts]
    assert best_c(made, (1e-6, 1e-1)) == 1e-1
    assert max(fold.fits[1e-6].n_steps for fold in made) <= 5


def test_equal_answers_go_to_the_stronger_penalty_without_a_fit_to_the_end() -> None:
    rows, classes = features(90, 5, 2, 30.0)
    axes = Axes.of(rows)
    made = [Fold(axes, np.arange(60), classes[:60], axes.rows[60:], classes[60:], 2)]
    assert best_c(made, C_GRID) == C_GRID[0]
    assert all(fitting.doubt > 0 for fitting in made[0].fits.values())
