"""Statistics of tables: rank correlation, drift between two samples, mutual information."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from ._optional import require

# Normal quantile of a 95 % interval.
_Z95 = 1.959963984540054
# Fewer pairs say nothing about a rank correlation, and its interval needs more than 3.
LEAST_PAIRS = 5
# Pairs of rows of two samples up to which the p-value of their distance is exact.
_EXACT_PAIRS = 1_000_000


@dataclass
class Rank:
    """Spearman's rank correlation of `pairs` pairs with its 95 % interval and p-value; NaN where there is none."""

    rho: float
    low: float
    high: float
    p: float
    pairs: int


def spearman(a: np.ndarray, b: np.ndarray) -> Rank:
    """Over rows where both have a value. Interval by Fisher's z with the standard error of Bonett and Wright (2000),
    p by Student's t on n - 2 degrees of freedom."""
    stats = require("scipy.stats", "plot")
    there = np.isfinite(a) & np.isfinite(b)
    n = int(there.sum())
    a, b = a[there], b[there]
    if n < LEAST_PAIRS or a.min() == a.max() or b.min() == b.max():
        return Rank(np.nan, np.nan, np.nan, np.nan, n)
    rho, p = stats.spearmanr(a, b)
    z = np.arctanh(np.clip(rho, -1 + 1e-15, 1 - 1e-15))
    error = np.sqrt((1 + rho**2 / 2) / (n - 3))
    return Rank(float(rho), float(np.tanh(z - _Z95 * error)), float(np.tanh(z + _Z95 * error)), float(p), n)


def adjusted(p: np.ndarray) -> np.ndarray:
    """p-values adjusted for their number (Benjamini and Hochberg 1995); NaN stays NaN and does not count."""
    out = np.full(len(p), np.nan)
    there = np.flatnonzero(~np.isnan(p))
    if len(there):
        out[there] = require("scipy.stats", "plot").false_discovery_control(p[there])
    return out


@dataclass
class Drift:
    """How far a feature's distribution moved. Shares are of rows without a value."""

    ks: float
    p: float
    psi: float
    share_a: float
    share_b: float


def drift(a: np.ndarray, b: np.ndarray) -> Drift:
    """Two-sample Kolmogorov-Smirnov distance with its p-value, and the population stability index. The p-value is exact
    where that is as quick; the asymptotic one calls it certain that a single row moved."""
    there_a, there_b = a[np.isfinite(a)], b[np.isfinite(b)]
    shares = (1 - len(there_a) / len(a), 1 - len(there_b) / len(b))
    if len(there_a) == 0 or len(there_b) == 0:
        return Drift(np.nan, np.nan, np.nan, *shares)
    method = "exact" if len(there_a) * len(there_b) <= _EXACT_PAIRS else "asymp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where the exact one fails, SciPy gives the asymptotic one
        result = require("scipy.stats", "plot").ks_2samp(there_a, there_b, method=method)
    return Drift(float(result.statistic), float(result.pvalue), stability_index(there_a, there_b), *shares)


def stability_index(a: np.ndarray, b: np.ndarray, bins: int = 10) -> float:
    """Sum of (q - p) ln(q / p) over the deciles of `a`, p and q being the shares of a and b with half a row added to
    each bin, so that an empty one stays finite."""
    edges = np.unique(np.quantile(a, np.linspace(0, 1, bins + 1)[1:-1]))
    counts = [np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(edges) + 1) for x in (a, b)]
    p, q = ((count + 0.5) / (count.sum() + 0.5 * len(count)) for count in counts)
    return float(np.sum((q - p) * np.log(q / p)))


def mutual_information(values: np.ndarray, label: np.ndarray, most_rows: int = 2000) -> float:
    """Nats that a feature tells about a label, by the estimate of nearest neighbours (Kraskov 2004) of scikit-learn;
    NaN without it or with too few rows. Of more than `most_rows` rows, as many evenly spread ones."""
    try:
        from sklearn.feature_selection import mutual_info_regression
    except ImportError:
        return np.nan
    there = np.flatnonzero(np.isfinite(values) & np.isfinite(label))
    if len(there) < 10:
        return np.nan
    if len(there) > most_rows:
        there = there[np.linspace(0, len(there) - 1, most_rows).astype(int)]
    column = values[there]
    if column.min() == column.max():
        return 0.0
    return float(mutual_info_regression(column[:, None], label[there], random_state=0)[0])


def rank_correlations(values: np.ndarray) -> np.ndarray:
    """Correlations [columns][columns] of the columns' ranks, each pair over the rows where both have a value (ranks are
    those within the column); NaN where a pair has too few, or one of the two does not change."""
    stats = require("scipy.stats", "plot")
    there = np.isfinite(values)
    ranks = np.where(there, stats.rankdata(np.where(there, values, np.nan), axis=0, nan_policy="omit"), 0.0)
    centre = ranks.sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    ranks = np.where(there, ranks - centre, 0.0)
    mask = there.astype(np.float64)
    pairs = mask.T @ mask
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = ranks.T @ mask / pairs  # mean of column i over the rows it shares with column j
        variance = (ranks**2).T @ mask / pairs - sums**2
        out = (ranks.T @ ranks / pairs - sums * sums.T) / np.sqrt(variance * variance.T)
    tiny = variance < 1e-9 * np.maximum(np.diag(variance)[:, None], 1e-300)
    out[(pairs < LEAST_PAIRS) | tiny | tiny.T] = np.nan
    return np.clip(out, -1, 1)


def cluster_correlated(values: np.ndarray, most: int) -> tuple[list[int], list[int], np.ndarray, int]:
    """(columns to show in the order of the tree, how many others each stands for, their correlations, columns that do
    not change and were left out)."""
    hierarchy = require("scipy.cluster.hierarchy", "plot")
    with_values = [i for i in range(values.shape[1]) if _changes(values[:, i])]
    left_out = values.shape[1] - len(with_values)
    if len(with_values) < 2:
        return [], [], np.zeros((0, 0)), left_out
    matrix = rank_correlations(values[:, with_values])
    distance = 1 - np.abs(np.nan_to_num(matrix))
    np.fill_diagonal(distance, 0)
    upper = np.triu_indices(len(with_values), 1)
    tree = hierarchy.linkage(distance[upper], "complete")
    place = np.empty(len(with_values), np.int64)
    place[hierarchy.leaves_list(tree)] = np.arange(len(with_values))
    groups = hierarchy.fcluster(tree, min(most, len(with_values)), "maxclust")
    shown = []
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        central = members[np.argmin(distance[np.ix_(members, members)].sum(axis=1))]
        shown.append((place[members].min(), int(central), len(members) - 1))
    shown.sort()
    chosen = [central for _, central, _ in shown]
    return [with_values[i] for i in chosen], [n for _, _, n in shown], matrix[np.ix_(chosen, chosen)], left_out


def _changes(column: np.ndarray) -> bool:
    there = column[np.isfinite(column)]
    return len(there) >= LEAST_PAIRS and there.min() < there.max()
