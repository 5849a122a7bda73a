"""The sets `basic` and `core`, written by hand from the text of docs/FEATURES.md.

A second witness: it is not made from the catalogue's expressions, which are checked against it, so that an error in a
feature's own expression cannot hide. Sums are taken in extended precision, since pandas' are not good to 1e-12.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from oracle_signal import Signal
from oracle_tolerance import Rule

BANDS = ((0.1, 0.5), (0.5, 1), (1, 2), (2, 4.5), (4.5, 8), (8, 16), (16, 25), (25, 50))
QUANTILES = (0.001, 0.01, 0.05, 0.1, 0.25, 0.75, 0.9, 0.95, 0.99, 0.999)
BASIC = ("maximum", "minimum", "mean", "median", "std", "var", "skewness", "kurtosis")

# Which rule of docs/FEATURES.md a value is compared by; `sample` where nothing is said.
TOLERANCE = {
    "exact": ("n_valid", "n_missing", "longest_gap", "is_constant", "maximum", "minimum", "range", "zero_crossing_rate"),
    "standardised": ("skewness", "kurtosis"),
    "power": ("band_power",),
    "log_power": ("log_band_power",),
    "shape": (
        "relative_band_power",
        "spectral_centroid",
        "spectral_spread",
        "spectral_entropy",
        "spectral_flatness",
        "spectral_bandwidth",
        "spectral_central_frequency",
    ),
    "bin": ("peak_frequency", "spectral_median_frequency", "spectral_rolloff"),
}
# Powers of the unit of the signal that a value has; 1 where nothing is said.
SQUARED = ("var", "abs_energy", "band_power")
SUMS = ("sum_values", "abs_energy")
ON_TIME_AXIS = ("mean_abs_change", "zero_crossing_rate", "slope")


def rule_of(feature: str) -> Rule:
    """The rule of docs/FEATURES.md that a feature's value is compared by."""
    kind = next((kind for kind, names in TOLERANCE.items() if feature in names), "sample")
    exponent = 2 if feature in SQUARED else 0 if kind in ("standardised", "shape", "bin") else 1
    return Rule(kind, exponent, feature in ON_TIME_AXIS, feature in SUMS)


def number(value: float) -> str:
    """As a column's name has it: 1, 4.5, 0.001."""
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def band_suffix(band: tuple[float, float]) -> str:
    return f"__from_{number(band[0])}__to_{number(band[1])}"


def intake(raw: np.ndarray) -> dict[str, float]:
    missing = np.isnan(raw)
    longest = run = 0
    for is_missing in missing:
        run = run + 1 if is_missing else 0
        longest = max(longest, run)
    valid = raw[~missing]
    return {
        "n_valid": len(valid),
        "n_missing": int(missing.sum()),
        "longest_gap": longest,
        "is_constant": float(len(valid) > 0 and np.all(valid == valid[0])),
    }


def central_moments(x: np.ndarray) -> tuple[float, float, float, float]:
    """Mean and the sums of the 2nd, 3rd and 4th power of the distance from it, correctly rounded or nearly so."""
    n = len(x)
    centre = np.round(np.mean(x)) if np.all(x == np.round(x)) else np.mean(x)
    d = x.astype(np.longdouble) - np.longdouble(centre)
    s1, s2, s3, s4 = (np.sum(d**k) for k in (1, 2, 3, 4))
    shift = s1 / n
    m2 = s2 - n * shift**2
    m3 = s3 - 3 * shift * s2 + 2 * n * shift**3
    m4 = s4 - 4 * shift * s3 + 6 * shift**2 * s2 - 3 * n * shift**4
    return math.fsum(x) / n, float(m2), float(m3), float(m4)


def moments(x: np.ndarray) -> dict[str, float]:
    n = len(x)
    mean, m2, m3, m4 = central_moments(x)
    constant = bool(np.all(x == x[0]))
    out = {"mean": float(x[0]) if constant else mean}
    if n >= 2:
        out["var"] = 0.0 if constant else m2 / (n - 1)
        out["std"] = math.sqrt(out["var"])
    if n >= 3:
        g1 = 0.0 if constant else (m3 / n) / (m2 / n) ** 1.5
        out["skewness"] = math.sqrt(n * (n - 1)) / (n - 2) * g1
    if n >= 4:
        g2 = (m4 / n) / (m2 / n) ** 2 - 3 if not constant else 0.0
        out["kurtosis"] = 0.0 if constant else (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6)
    return out


def mean_absolute_deviation(x: np.ndarray) -> float:
    """Of integers without a rounding before the last: mean |n x - sum x| / n."""
    if np.all(x == np.round(x)):
        values = [int(v) for v in x]
        n, total = len(values), sum(values)
        return float(Fraction(sum(abs(n * v - total) for v in values), n * n))
    d = x.astype(np.longdouble)
    return float(np.mean(np.abs(d - np.mean(d))))


def statistics(x: np.ndarray) -> dict[str, float]:
    out = {"maximum": x.max(), "minimum": x.min(), "median": np.median(x), "range": x.max() - x.min()}
    out |= moments(x)
    out["sum_values"] = math.fsum(x)
    out["abs_energy"] = math.fsum(x * x) if np.all(x == np.round(x)) else float(np.sum(x.astype(np.longdouble) ** 2))
    out["root_mean_square"] = math.sqrt(out["abs_energy"] / len(x))
    out["mean_absolute_deviation"] = mean_absolute_deviation(x)
    out["median_absolute_deviation"] = np.median(np.abs(x - out["median"]))
    quartiles = np.quantile(x, [0.25, 0.75])
    out["interquartile_range"] = quartiles[1] - quartiles[0]
    for q in QUANTILES:
        out[f"quantile__q_{number(q)}"] = np.quantile(x, q)
    return out


def exact_slope(t: np.ndarray) -> float:
    """Least squares on the index, in rational arithmetic: polyfit is 8e-10 off on offset data."""
    n = len(t)
    if np.all(t == np.round(t)):
        values = [int(v) for v in t]
    else:
        values = [Fraction(v) for v in t]
    sum_ix = sum(i * v for i, v in enumerate(values))
    return float(Fraction(12 * sum_ix - 6 * (n - 1) * sum(values)) / (n * (n * n - 1)))


def time_axis(t: np.ndarray) -> dict[str, float]:
    if len(t) < 2:
        return {}
    sign = t >= 0
    return {
        "mean_abs_change": float(np.mean(np.abs(np.diff(t.astype(np.longdouble))))),
        "zero_crossing_rate": np.count_nonzero(sign[1:] != sign[:-1]) / (len(t) - 1),
        "slope": exact_slope(t),
    }


def band_powers(f: np.ndarray, p: np.ndarray, fs: float, bands) -> dict[str, float]:
    df = f[1] if len(f) > 1 else fs
    total = p[1:].sum() * df
    out = {}
    for band in bands:
        low, high = band
        inside = (f >= low) & ((f < high) | ((high == fs / 2) & (f == high)))
        if high > fs / 2 or not inside.any():
            continue
        power = p[inside].sum() * df
        suffix = band_suffix(band)
        out["band_power" + suffix] = power
        if total > 0:
            out["relative_band_power" + suffix] = power / total
        if power > 0:
            out["log_band_power" + suffix] = math.log10(power)
    return out


def spectrum_shape(f: np.ndarray, p: np.ndarray) -> dict[str, float]:
    f, p = f[1:], p[1:]
    total = p.sum()
    if len(f) == 0 or total == 0:
        return {}
    share = p / total
    cumulative = np.cumsum(p)
    centroid = np.sum(f * share)
    spread = math.sqrt(np.sum((f - centroid) ** 2 * share))
    central_frequency = math.sqrt(np.sum(f**2 * share))
    out = {
        "peak_frequency": f[np.argmax(p)],
        "spectral_centroid": centroid,
        "spectral_spread": spread,
        "spectral_median_frequency": f[np.argmax(cumulative >= 0.5 * total)],
        "spectral_flatness": 0.0 if np.any(p == 0) else np.exp(np.mean(np.log(p))) / np.mean(p),
        # sqrt(1 - m1^2 / (m0 m2)), whose difference a narrow spectrum cancels, written without one.
        "spectral_bandwidth": spread / central_frequency,
        "spectral_central_frequency": central_frequency,
    }
    for q in (0.85, 0.95):
        out[f"spectral_rolloff__share_{number(q)}"] = f[np.argmax(cumulative >= q * total)]
    if len(f) > 1:
        out["spectral_entropy"] = -np.sum(share[share > 0] * np.log(share[share > 0])) / math.log(len(f))
    return out


def core(raw: np.ndarray, policy: str, fs: float, bands=BANDS, **settings) -> dict[str, float]:
    """Every core feature of one channel by its name after `<channel>`; those that do not exist are left out."""
    signal = Signal(raw, policy, fs, **settings)
    out = {"__" + name: value for name, value in intake(raw).items()}
    if len(signal.x):
        out |= {"__" + name: value for name, value in statistics(signal.x).items()}
        absolute = np.abs(signal.x)
        out |= {f"|abs__quantile__q_{number(q)}": np.quantile(absolute, q) for q in QUANTILES}
    out |= {"__" + name: value for name, value in time_axis(signal.t).items()}
    if signal.spectrum is not None:
        f, p = signal.spectrum
        out |= {"__" + name: value for name, value in band_powers(f, p, fs, bands).items()}
        out |= {"__" + name: value for name, value in spectrum_shape(f, p).items()}
    return {name: float(value) for name, value in out.items()}


def core_names(bands=BANDS) -> set[str]:
    """The 76 names after `<channel>` that a table of `core` has."""
    names = {"__" + name for names in TOLERANCE.values() for name in names}
    names -= {"__band_power", "__log_band_power", "__relative_band_power", "__spectral_rolloff"}
    names |= {"__" + name for name in BASIC + SUMS + ON_TIME_AXIS}
    names |= {"__root_mean_square", "__mean_absolute_deviation", "__median_absolute_deviation", "__interquartile_range"}
    names |= {f"{signal}__quantile__q_{number(q)}" for signal in ("", "|abs") for q in QUANTILES}
    names |= {f"__{kind}band_power{band_suffix(band)}" for kind in ("", "relative_", "log_") for band in bands}
    return names | {"__spectral_rolloff__share_0.85", "__spectral_rolloff__share_0.95"}
