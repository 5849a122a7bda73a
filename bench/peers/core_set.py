"""What the peers that make the set `core` share: its parameters, and its spectra by the array module that is given."""

from __future__ import annotations

from types import ModuleType

import numpy as np

FS = 100.0
BANDS = ((0.1, 0.5), (0.5, 1), (1, 2), (2, 4.5), (4.5, 8), (8, 16), (16, 25), (25, 50))
QUANTILES = (0.001, 0.01, 0.05, 0.1, 0.25, 0.75, 0.9, 0.95, 0.99, 0.999)


def longest_gap(missing: np.ndarray) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], missing.view(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0


def spectrum(xp: ModuleType, signal: ModuleType, x) -> dict:
    """x: [n, signals] of float64. One call of welch serves all signals."""
    f, p = signal.welch(x, FS, nperseg=1024, axis=0)
    df = f[1]
    total = p[1:].sum(axis=0)
    out = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for low, high in BANDS:
            inside = (f >= low) & ((f < high) | ((f == high) & (high == FS / 2)))
            power = p[inside].sum(axis=0) * df
            name = f"band_power__from_{low:g}__to_{high:g}"
            out[name] = power
            out["relative_" + name] = power / (total * df)
            out["log_" + name] = xp.where(power > 0, xp.log10(power), xp.nan)
        f, p = f[1:, None], p[1:]
        share = p / total
        cumulative = xp.cumsum(p, axis=0)
        m1, m2 = (f * p).sum(axis=0), (f**2 * p).sum(axis=0)
        centroid = m1 / total
        shape = {
            "peak_frequency": f[xp.argmax(p, axis=0), 0],
            "spectral_centroid": centroid,
            "spectral_spread": xp.sqrt(((f - centroid) ** 2 * share).sum(axis=0)),
            "spectral_median_frequency": f[xp.argmax(cumulative >= 0.5 * total, axis=0), 0],
            "spectral_rolloff__share_0.85": f[xp.argmax(cumulative >= 0.85 * total, axis=0), 0],
            "spectral_rolloff__share_0.95": f[xp.argmax(cumulative >= 0.95 * total, axis=0), 0],
            "spectral_entropy": -(share * xp.log(share)).sum(axis=0) / np.log(len(f)),
            "spectral_flatness": xp.exp(xp.log(p).mean(axis=0)) / p.mean(axis=0),
            "spectral_bandwidth": xp.sqrt(1 - m1**2 / (total * m2)),
            "spectral_central_frequency": xp.sqrt(m2 / total),
        }
    return out | {name: xp.where(total > 0, values, xp.nan) for name, values in shape.items()}
