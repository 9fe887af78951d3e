"""Softmax regression with an L2 penalty by Newton's method: seconds where a hundred classes took a minute.

Features are turned to their principal axes once, where the curvature of the loss is close to a diagonal; so a step,
by conjugate gradients on products with the curvature, takes a handful of them. What they are worth is a direction,
so they are made in float32; where it leads is judged in float64, and the optimum is that of float64.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

#: A step of Newton's method is good to a half far from the optimum, to a tenth near it; and the most products for one.
_LOOSE, _TIGHT, _MOST_PRODUCTS = 0.5, 0.1, 60
#: Halvings of a step that leads up; rounding alone may seem to.
_HALVINGS, _ROUNDING = 20, 1e-13


@dataclass(frozen=True)
class Axes:
    """Features on their principal axes: `rows` (n, r) = features (n, d) times `turn` (d, r); `spread` (r,) variances.

    Axes that hold nothing are left out, so r <= min(n, d).
    """

    rows: Any
    turn: Any
    spread: Any

    @classmethod
    def of(cls, features: Any) -> "Axes":
        """The axes of centred features, in float64."""
        n, d = features.shape
        wide = n < d
        sizes, vectors = np.linalg.eigh(features @ features.T if wide else features.T @ features)
        held = sizes > max(sizes[-1], np.finfo(float).tiny) * 1e-12
        sizes, vectors = sizes[held], vectors[:, held]
        turn = features.T @ (vectors / np.sqrt(sizes)) if wide else vectors
        return cls(features @ turn, turn, sizes / n)


@dataclass(frozen=True)
class Point:
    """Weights (r, k) and bias (k,), with the mean loss there, its slopes, and the probabilities (n, k) of the rows."""

    weights: Any
    bias: Any
    loss: float
    slopes: tuple[Any, Any]
    shares: Any

    @property
    def place(self) -> tuple[Any, Any]:
        """Weights and bias."""
        return self.weights, self.bias

    def logits(self, rows: Any) -> Any:
        """(n, k) logits of other rows on the same axes."""
        return rows @ self.weights + self.bias


class Softmax:
    """Some rows (n,) of the axes and their classes (n,) as numbers below `n_classes`, to be fitted for any C."""

    def __init__(self, axes: Axes, rows: Any, classes: Any, n_classes: int) -> None:
        self._rows, self._classes, self._n_classes = axes.rows[rows], classes, n_classes
        self._light = self._rows.astype(np.float32)
        self._spread = axes.spread[:, None].astype(np.float32)
        self._each = np.arange(len(rows))

    def start(self) -> Point:
        """Where nothing is known: all weights 0."""
        return self.at(np.zeros((self._rows.shape[1], self._n_classes)), np.zeros(self._n_classes))

    def at(self, weights: Any, bias: Any) -> Point:
        """The loss, without its penalty, at these weights."""
        shares = self._rows @ weights + bias
        shares -= shares.max(axis=1, keepdims=True)
        right = shares[self._each, self._classes]
        np.exp(shares, out=shares)
        totals = shares.sum(axis=1, keepdims=True)
        shares /= totals
        missed = shares.copy()
        missed[self._each, self._classes] -= 1
        slopes = self._rows.T @ missed / len(missed), missed.mean(axis=0)
        return Point(weights, bias, float((np.log(totals[:, 0]) - right).mean()), slopes, shares)

    def cost(self, point: Point, c: float) -> float:
        """The mean loss there with its penalty."""
        return point.loss + self._penalty(c) * float((point.weights**2).sum()) / 2

    def slope(self, point: Point, c: float) -> float:
        """The largest slope of the penalised mean loss there: 0 at the optimum."""
        weights, bias = self._slopes(point, c)
        return float(max(np.abs(weights).max(initial=0), np.abs(bias).max()))

    def step(self, point: Point, c: float) -> Point:
        """One step of Newton's method towards the optimum for C; the same point where none leads down."""
        here, slopes = self.cost(point, c), self._slopes(point, c)
        weights, bias = self._direction(point.shares.astype(np.float32), slopes, np.float32(self._penalty(c)))
        fall = float((slopes[0] * weights).sum() + (slopes[1] * bias).sum())
        length = 1.0
        for _ in range(_HALVINGS):
            new = self.at(point.weights + length * weights, point.bias + length * bias)
            if self.cost(new, c) <= here + 1e-4 * length * fall + _ROUNDING * abs(here):
                return new
            length /= 2
        return point

    def _penalty(self, c: float) -> float:
        """Of half the squared weights, as a share of the mean loss.

        Two classes have one weight each dimension in what C is known from, here two opposite halves.
        """
        return (2 if self._n_classes == 2 else 1) / (c * len(self._rows))

    def _slopes(self, point: Point, c: float) -> tuple[Any, Any]:
        weights, bias = point.slopes
        return weights + self._penalty(c) * point.weights, bias

    def _direction(self, shares: Any, slopes: tuple[Any, Any], penalty: Any) -> tuple[Any, Any]:
        """Conjugate gradients: curvature times direction = -slopes; preconditioned by its diagonal on the axes."""
        own = (shares * (1 - shares)).mean(axis=0) + np.float32(1e-9)
        scale = np.vstack([1 / (self._spread * own + penalty), 1 / own])
        left = -np.vstack(slopes).astype(np.float32)
        found, near = np.zeros_like(left), scale * left
        way, size = near, float((left * near).sum())
        steepest = max(float(np.abs(slope).max(initial=0)) for slope in slopes)
        enough = size * min(_LOOSE, max(_TIGHT, 10 * steepest**0.5)) ** 2
        for _ in range(_MOST_PRODUCTS):
            bent = self._product(shares, way, penalty)
            curvature = float((way * bent).sum())
            if curvature <= 0:
                break
            found += np.float32(size / curvature) * way
            left -= np.float32(size / curvature) * bent
            near = scale * left
            size, before = float((left * near).sum()), size
            if size <= enough:
                break
            way = near + np.float32(size / before) * way
        return found[:-1].astype(np.float64), found[-1].astype(np.float64)

    def _product(self, shares: Any, way: Any, penalty: Any) -> Any:
        """The curvature of the penalised mean loss times a direction, both (r + 1, k) with the bias below."""
        moved = self._light @ way[:-1] + way[-1]
        moved -= (shares * moved).sum(axis=1, keepdims=True)
        moved *= shares
        bent = self._light.T @ moved / np.float32(len(moved))
        return np.vstack([bent + penalty * way[:-1], moved.mean(axis=0)])
