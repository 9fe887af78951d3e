"""Perturbations, a file each: `(text, rng, *, severity, …) -> list[Edit]`."""
