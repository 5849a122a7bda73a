"""Segments as people have them, made from fixed seeds: each set is a function that writes files into a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.signal

SEED = 20200101


def tremor(rng: np.random.Generator, n: int, scale: float) -> np.ndarray:
    """Low-frequency noise with a resonance at 2 Hz, as a volcano's."""
    noise = rng.standard_normal(n + 500)
    low = scipy.signal.lfilter([1], [1, -0.95], noise)
    resonant = scipy.signal.lfilter([1], [1, -2 * 0.97 * np.cos(2 * np.pi * 2 / 100), 0.97**2], noise)
    return scale * (low + resonant)[500:]


def cell(value: float, integer: bool) -> str:
    if np.isnan(value):
        return ""
    if np.isinf(value):
        return repr(float(value))
    return f"{int(value)}.0" if integer else repr(float(value))


def write(path: Path, channels: dict[str, np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = []
    for values in channels.values():
        present = values[~np.isnan(values)]
        integer = bool(np.all(present == np.round(present)))
        columns.append([cell(value, integer) for value in values])
    lines = [",".join(channels), *(",".join(row) for row in zip(*columns))]
    path.write_text("\n".join(lines) + "\n")


def gaps(folder: Path) -> None:
    """The INGV shape in small: integers, single blanks, long gaps, a dead sensor, one without a sample."""
    rng = np.random.default_rng(SEED)
    n = 8192
    for segment in (7, 11):
        whole, blanks, long_gap, edges = (np.clip(np.round(tremor(rng, n, 200)), -32767, 32767) for _ in range(4))
        blanks[rng.random(n) < 1 / 154] = np.nan
        long_gap[2000:5000] = np.nan
        edges[:50] = edges[-1300:] = np.nan
        channels = {"sensor_1": whole, "sensor_2": blanks, "sensor_3": long_gap, "sensor_4": edges}
        channels |= {"dead": np.zeros(n), "absent": np.full(n, np.nan)}
        write(folder / f"{segment}.csv", channels)


def decimals(folder: Path) -> None:
    """Values with a fraction, small, large and with exponents; a constant that is not an integer."""
    rng = np.random.default_rng(SEED + 1)
    n = 6000
    small = np.round(tremor(rng, n, 0.01), 6)
    gapped = np.round(tremor(rng, n, 3), 3)
    gapped[100:140] = gapped[4000:4900] = np.nan
    channels = {"small": small, "gapped": gapped, "tiny": tremor(rng, n, 1e-9), "constant": np.full(n, 0.1)}
    channels["large"] = tremor(rng, n, 1e12)
    write(folder / "1.csv", channels)


def offset(folder: Path) -> None:
    """A large mean with little on it: where sums of powers lose their digits."""
    rng = np.random.default_rng(SEED + 2)
    n = 5000
    channels = {
        "integers": np.round(1e6 + tremor(rng, n, 3)),
        # Lopsided, so that an error of the mean does not cancel in the distances from it.
        "counts": np.round(2.6e6 + rng.exponential(2, n)),
        "large_counts": np.round(1e9 + rng.exponential(2, n)),
        "large_integers": np.round(1e9 + tremor(rng, n, 50)),
        "decimals": np.round(12345.678 + tremor(rng, n, 0.01), 5),
        "negative": np.round(-40000 + tremor(rng, n, 20)),
    }
    write(folder / "1.csv", channels)


def short(folder: Path) -> None:
    """Too short for a spectrum of 1024 samples, or for anything."""
    rng = np.random.default_rng(SEED + 3)
    for n in (1, 2, 3, 5, 100, 1023):
        blank = np.round(tremor(rng, n, 100))
        blank[n // 2] = np.nan
        decimal = np.round(tremor(rng, n, 1), 3)
        write(folder / f"{n}.csv", {"integers": np.round(tremor(rng, n, 100)), "blank": blank, "decimals": decimal})


def extremes(folder: Path) -> None:
    """Integers of 25 and of 32 bits, and infinities, which are missing."""
    rng = np.random.default_rng(SEED + 4)
    n = 1500
    wide = np.round(rng.uniform(-(2**24), 2**24, n))
    widest = np.round(rng.uniform(-(2**31), 2**31 - 1, n))
    widest[[40, 900]] = -(2**31), 2**31 - 1
    infinite = np.round(tremor(rng, n, 100))
    infinite[[3, 700, 701, 1499]] = np.inf, -np.inf, np.inf, -np.inf
    write(folder / "1.csv", {"wide": wide, "widest": widest, "infinite": infinite})


def repeats(folder: Path) -> None:
    """Decimals of which many are equal and others nearly so: a sensor at its stop, a quiet one, one of few levels."""
    rng = np.random.default_rng(SEED + 5)
    n = 9001
    noise = rng.standard_normal(n)
    channels = {
        "saturated": np.clip(np.round(noise, 6), -5, 0.2),
        "strain": np.where(rng.random(n) < 0.75, 0, noise * 1e-18),
        "spikes": np.where(rng.random(n) < 0.99, 0.7, noise),
        "levels": np.round(noise * 8) * 0.00244140625 + 1.1,
        "ramps": np.round(
            np.interp(np.arange(n), np.arange(0, n, 7), np.round(rng.standard_normal(1 + (n - 1) // 7))), 15
        ),
        "neighbours": 1e-17 * rng.integers(-3, 4, n),
    }
    channels["gapped"] = np.where(rng.random(n) < 0.5, np.nan, channels["levels"])
    write(folder / "1.csv", channels)


SETS = {function.__name__: function for function in (gaps, decimals, offset, short, extremes, repeats)}
