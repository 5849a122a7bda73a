"""The tolerances themselves: what they let pass and what they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from oracle_tolerance import Column, Rule, violation

SHAPE = Rule("shape", 0)


@dataclass
class Spectrum:
    """A signal as the tolerances see it; the power at zero frequency is not looked at."""

    p: list[float]

    @property
    def spectrum(self):
        return np.arange(len(self.p)) * 0.5, np.array(self.p)


def flatness(p) -> float:
    return float(np.exp(np.mean(np.log(p))) / np.mean(p))


def column(feature: str) -> Column:
    return Column("x", "", feature, {})


@pytest.mark.parametrize(("precision", "passes"), [("float", True), ("double", False)])
def test_flatness_inherits_the_floor_of_bins_below_it(precision, passes):
    p = np.array([1, 2, 1e-11, 3])
    moved = flatness(p + [0, 0, 1e-9, 0])
    signal = Spectrum([0, *p])
    assert (violation(SHAPE, column("spectral_flatness"), moved, flatness(p), signal, precision) is None) == passes
    too_far = flatness(p + [0, 0, 1e-8, 0])
    assert violation(SHAPE, column("spectral_flatness"), too_far, flatness(p), signal, precision)


def test_a_share_of_power_has_the_floor_of_power_and_a_centroid_has_none():
    signal = Spectrum([0, 1, 2, 3])
    assert violation(SHAPE, column("relative_band_power"), 1.9e-9, 1e-9, signal) is None
    assert violation(SHAPE, column("relative_band_power"), 2.1e-9, 1e-9, signal)
    assert violation(SHAPE, column("spectral_centroid"), 1.9e-9, 1e-9, signal)


def test_a_peak_may_be_any_bin_that_ties_with_the_highest():
    rule = Rule("bin", 0)
    signal = Spectrum([0, 2, 1, 2 * (1 - 1e-6), 1.9])
    assert violation(rule, column("peak_frequency"), 1.5, 0.5, signal) is None
    assert violation(rule, column("peak_frequency"), 1.0, 0.5, signal)
    assert violation(rule, column("peak_frequency"), 2.0, 0.5, signal)
