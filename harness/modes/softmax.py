"""Softmax regression with an L2 penalty by Newton's method: seconds where a hundred classes took a minute.

Features are turned to their principal axes once, where the curvature of the loss is close to a diagonal; so a step,
by conjugate gradients on products with the curvature, takes a handful of them. What they are worth is a direction,
so they are made in float32; where it leads is judged in float64 as soon as slopes are small, and the optimum is that of
float64.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

#: A step of Newton's method is good to a third far from the optimum, then to so many times the largest slope, at best
#: to this; and the most products for one.
_LOOSE, _TIGHTER, _TIGHT, _MOST_PRODUCTS = 0.3, 2e4, 0.01, 60
#: Halvings of a step that leads up; rounding alone, of float64 or of float32, may seem to.
_HALVINGS, _ROUNDING = 20, (1e-13, 1e-6)
#: Where slopes are smaller, float64 judges; what float32 hides of them.
_NEAR, _HIDDEN = 1e-5, 1e-7


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

    @property
    def is_light(self) -> bool:
        """Whether it was judged in float32."""
        return bool(self.shares.dtype == np.float32)

    def logits(self, rows: "Rows") -> Any:
        """(n, k) logits of other rows on the same axes."""
        return _logits(rows, self.weights, self.bias, self.is_light)


@dataclass(frozen=True)
class Rows:
    """Rows (n, r) on the axes in float64, and in float32, where a product takes half the time."""

    exact: Any
    light: Any

    @classmethod
    def of(cls, rows: Any) -> "Rows":
        """Both, from float64."""
        return cls(rows, rows.astype(np.float32))


class Softmax:
    """Some rows (n,) of the axes and their classes (n,) as numbers below `n_classes`, to be fitted for any C."""

    def __init__(self, axes: Axes, rows: Any, classes: Any, n_classes: int) -> None:
        self._rows, self._classes, self._n_classes = Rows.of(axes.rows[rows]), classes, n_classes
        self._spread = axes.spread[:, None].astype(np.float32)
        self._each = np.arange(len(rows))

    def start(self) -> Point:
        """Where nothing is known: all weights 0."""
        return self.at(np.zeros((len(self._spread), self._n_classes)), np.zeros(self._n_classes))

    def at(self, weights: Any, bias: Any, light: bool = True) -> Point:
        """The loss, without its penalty, at these weights; in float32 if light."""
        shares = _logits(self._rows, weights, bias, light)
        shares -= shares.max(axis=1, keepdims=True)
        right = shares[self._each, self._classes]
        np.exp(shares, out=shares)
        totals = shares.sum(axis=1, keepdims=True)
        shares /= totals
        missed = shares.copy()
        missed[self._each, self._classes] -= 1
        rows = self._rows.light if light else self._rows.exact
        slopes = rows.T @ missed / np.float32(len(missed)), missed.mean(axis=0)
        return Point(weights, bias, float((np.log(totals[:, 0]) - right).mean(dtype=np.float64)), slopes, shares)

    def cost(self, point: Point, c: float) -> float:
        """The mean loss there with its penalty."""
        return point.loss + self._penalty(c) * float((point.weights**2).sum()) / 2

    def slope(self, point: Point, c: float) -> float:
        """The largest slope of the penalised mean loss there, or what rounding may hide: 0 at the optimum."""
        weights, bias = self._slopes(point, c)
        return float(max(np.abs(weights).max(initial=0), np.abs(bias).max(), _HIDDEN if point.is_light else 0))

    def step(self, point: Point, c: float) -> Point:
        """One step of Newton's method towards the optimum for C; the same point where none leads down."""
        here, slopes = self.cost(point, c), self._slopes(point, c)
        light = self.slope(point, c) > _NEAR
        rounding = _ROUNDING[light or point.is_light] * max(1, abs(here))
        weights, bias = self._direction(point.shares.astype(np.float32), slopes, np.float32(self._penalty(c)))
        fall = float((slopes[0] * weights).sum() + (slopes[1] * bias).sum())
        length = 1.0
        for _ in range(_HALVINGS):
            new = self.at(point.weights + length * weights, point.bias + length * bias, light)
            if self.cost(new, c) <= here + 1e-4 * length * fall + rounding:
                return new
            length /= 2
        return point

    def _penalty(self, c: float) -> float:
        """Of half the squared weights, as a share of the mean loss.

        Two classes have one weight each dimension in what C is known from, here two opposite halves.
        """
        return (2 if self._n_classes == 2 else 1) / (c * len(self._each))

    def _slopes(self, point: Point, c: float) -> tuple[Any, Any]:
        weights, bias = point.slopes
        return weights + self._penalty(c) * point.weights, bias

    def _direction(self, shares: Any, slopes: tuple[Any, Any], penalty: Any) -> tuple[Any, Any]:
        """Conjugate gradients: curvature times direction = -slopes, preconditioned by `_nearly`."""
        nearly = self._nearly(shares, penalty)
        left = -np.vstack(slopes).astype(np.float32)
        found, near = np.zeros_like(left), nearly(left)
        way, size = near, float((left * near).sum())
        steepest = max(float(np.abs(slope).max(initial=0)) for slope in slopes)
        enough = size * min(_LOOSE, max(_TIGHT, _TIGHTER * steepest)) ** 2
        for _ in range(_MOST_PRODUCTS):
            bent = self._product(shares, way, penalty)
            curvature = float((way * bent).sum())
            if curvature <= 0:
                break
            found += np.float32(size / curvature) * way
            left -= np.float32(size / curvature) * bent
            near = nearly(left)
            size, before = float((left * near).sum()), size
            if size <= enough:
                break
            way = near + np.float32(size / before) * way
        exact = found.astype(np.float64)
        exact -= exact.mean(axis=1, keepdims=True)
        return exact[:-1], exact[-1]

    def _nearly(self, shares: Any, penalty: Any) -> Callable[[Any], Any]:
        """Slopes -> about the direction: as if curvature were that of the axes times that of the classes.

        That is nearly so with the axes' origin moved, for each class, to the centre of the rows it is in doubt about.
        What moves all classes alike has no part in the direction; the 1 only keeps its curvature from 0.
        """
        heavy = shares * (1 - shares)
        centre = self._rows.light.T @ heavy / (heavy.sum(axis=0) + np.float32(1e-9))
        curves = np.diag(shares.mean(axis=0)) - shares.T @ shares / np.float32(len(shares)) + 1
        sizes, turn = (found.astype(np.float32) for found in np.linalg.eigh(curves.astype(np.float64)))
        sizes = np.maximum(sizes, np.float32(1e-9))
        scale = 1 / (self._spread * sizes + penalty)

        def nearly(slopes: Any) -> Any:
            weights = ((slopes[:-1] - centre * slopes[-1]) @ turn * scale) @ turn.T
            bias = (slopes[-1] @ turn / sizes) @ turn.T - (centre * weights).sum(axis=0)
            return np.vstack([weights - weights.mean(axis=1, keepdims=True), bias - bias.mean()])

        return nearly

    def _product(self, shares: Any, way: Any, penalty: Any) -> Any:
        """The curvature of the penalised mean loss times a direction, both (r + 1, k) with the bias below."""
        moved = self._rows.light @ way[:-1] + way[-1]
        moved -= (shares * moved).sum(axis=1, keepdims=True)
        moved *= shares
        bent = self._rows.light.T @ moved / np.float32(len(moved))
        return np.vstack([bent + penalty * way[:-1], moved.mean(axis=0)])


def _logits(rows: Rows, weights: Any, bias: Any, light: bool) -> Any:
    if light:
        return rows.light @ weights.astype(np.float32) + bias.astype(np.float32)
    return rows.exact @ weights + bias
