"""How far a value of pumice may lie from the oracle's: the tolerances of docs/FEATURES.md, each as it is stated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from oracle_signal import Signal


@dataclass(frozen=True)
class Rule:
    """What decides how far a feature's value may be off."""

    kind: str  # exact, sample, standardised, power, log_power, shape, bin
    exponent: int = 1  # power of the signal's unit that the value has
    on_time_axis: bool = False  # it sees one sample a tick, gaps filled, not the valid samples
    is_sum: bool = False  # of n terms


@dataclass(frozen=True)
class Column:
    """A column's name in parts: sensor_1|abs__quantile__q_0.05."""

    channel: str
    derivation: str
    feature: str
    parameters: dict[str, str]

    @staticmethod
    def parse(name: str, features: set[str]) -> "Column":
        """Channels' names may hold `__` only where they are escaped, so the first part that is a feature is it."""
        parts = name.split("__")
        place = next(i for i, part in enumerate(parts) if i > 0 and part in features)
        channel, _, derivation = "__".join(parts[:place]).partition("|")
        # A word stands in quotes and may hold underscores; a number does not.
        parameters = dict(part.split('_"', 1) if part.endswith('"') else part.rsplit("_", 1) for part in parts[place + 1 :])
        return Column(channel, derivation, parts[place], parameters)


def is_integer_valued(values: np.ndarray) -> bool:
    return bool(np.all(values == np.round(values)))


def sample_tolerance(rule: Rule, expected: float, signal: Signal) -> float:
    """Integers: 1e-12 relative. Decimals: 1e-12 of the natural scale, max |x|^k; that of a sum is n times it."""
    values = signal.t if rule.on_time_axis else signal.x
    if is_integer_valued(values):
        return 1e-12 * abs(expected)
    scale = float(np.max(np.abs(values))) ** rule.exponent
    return 1e-12 * scale * (len(values) if rule.is_sum else 1)


def power_tolerance(power, total: float, precision: str):
    return 1e-5 * power + 1e-9 * total if precision == "float" else 1e-9 * power


def shape_range(column: Column, b: float, signal: Signal, precision: str) -> tuple[float, float]:
    """Relative, and in float precision what power's floor makes of a share and of a mean of logarithms."""
    if precision == "double":
        return b - 1e-9 * abs(b), b + 1e-9 * abs(b)
    low = high = b
    if column.feature == "relative_band_power":
        low, high = b - 1e-9, b + 1e-9
    if column.feature == "spectral_flatness":
        p = signal.spectrum[1][1:]
        high = math.exp(np.mean(np.log(p + power_tolerance(p, p.sum(), precision)))) / np.mean(p)
        low = b * b / high
    return low - 1e-5 * abs(b), high + 1e-5 * abs(b)


def is_tied_bin(column: Column, actual: float, expected: float, signal: Signal, precision: str) -> bool:
    """True where the bins tie within the tolerance of powers: any bins of a peak, neighbours of a share of the power."""
    f, p = signal.spectrum
    df = f[1]
    i, j = round(actual / df), round(expected / df)
    if not math.isclose(actual, i * df, rel_tol=1e-12) or not 1 <= i < len(f):
        return False
    total = p[1:].sum()
    if column.feature == "peak_frequency":
        return abs(p[i] - p[j]) <= power_tolerance(max(p[i], p[j]), total, precision)
    if abs(i - j) != 1:
        return False
    share = float(column.parameters.get("share", 0.5))
    # The lower bin of the two reaches the share, or just does not.
    reached = p[1 : min(i, j) + 1].sum()
    return abs(reached - share * total) <= power_tolerance(share * total, total, precision)


def violation(
    rule: Rule, column: Column, actual: float, expected: float, signal: Signal, precision: str = "float"
) -> str | None:
    """What is wrong with `actual`, or None. NaN stands for null on both sides."""
    if math.isnan(actual) or math.isnan(expected):
        return None if math.isnan(actual) and math.isnan(expected) else f"is {actual}, expected {expected}"
    kind = rule.kind
    if kind == "exact":
        allowed = 0.0
    elif kind == "sample":
        allowed = sample_tolerance(rule, expected, signal)
    elif kind == "standardised":
        allowed = 1e-12 * (abs(expected) + 1)
    elif kind == "power":
        f, p = signal.spectrum
        allowed = power_tolerance(expected, p[1:].sum() * f[1], precision)
    elif kind == "log_power":
        f, p = signal.spectrum
        power = 10.0**expected
        off = power_tolerance(power, p[1:].sum() * f[1], precision)
        low = math.log10(power - off) if off < power else -math.inf
        if low - 1e-12 <= actual <= math.log10(power + off) + 1e-12:
            return None
        allowed = math.log10(power + off) - expected
    elif kind == "shape":
        low, high = shape_range(column, expected, signal, precision)
        if low <= actual <= high:
            return None
        allowed = expected - low if actual < expected else high - expected
    elif kind == "bin":
        if is_tied_bin(column, actual, expected, signal, precision):
            return None
        allowed = 1e-12 * abs(expected)
    else:
        raise ValueError(f"no tolerance is called {kind}")
    if abs(actual - expected) <= allowed:
        return None
    return f"is {actual!r}, expected {expected!r}: off by {abs(actual - expected):.3g}, {kind} allows {allowed:.3g}"
