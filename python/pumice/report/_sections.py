"""The sections of a report: each gives HTML."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import _core
from .._columns import Table, parsed, readable
from .._errors import InputError, UsageError
from .._recording import NPERSEG, OVERLAP, TAPER, read_recording
from .._statistics import adjusted, drift, mutual_information, spearman
from ..plot import _segments as of_segments
from ..plot import _tables as of_tables
from ..plot._drawing import pyplot
from ._page import paragraph, picture, table, text

LISTED = 20
DRAWN = 4
# What chance gives is told apart at this share of false findings.
FALSE_SHARE = 0.01


@dataclass
class Options:
    """`files`: of samples, by segment id. `label`: the column, None where the table has none that is a number."""

    name: str
    other_name: str | None = None
    label: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    examples: int = 3
    unit: str | None = None
    sample_rate: float | None = None


def content_section(of: Table, options: Options) -> str:
    frame, about = of.frame, of.metadata
    ids = of.segment_ids
    rows: list[tuple[str, Any]] = [("source", options.name), ("segments", f"{len(set(ids)):,}")]
    if len(frame) != len(set(ids)):
        rows.append(("rows (windows)", f"{len(frame):,}"))
    rows += [("channels", f"{len(of.channels)}: {', '.join(map(str, of.channels))}")]
    rate = about.get("sample_rate")
    rows.append(("sampling rate", f"{rate:g} Hz" if rate else "not known"))
    lengths = _lengths(of)
    if lengths is not None:
        few, most = int(lengths.min()), int(lengths.max())
        span = f"{few:,}" if few == most else f"{few:,} to {most:,} (median {np.median(lengths):,.0f})"
        rows.append(("samples a segment", span + (f", {most / rate:g} s at most" if rate else "")))
    rows.append(("features", f"{len(of.features):,}"))
    rows.append(("labels", ", ".join(of.labels) or "none"))
    for key, what in (
        ("missing", "missing samples"), ("names", "naming"), ("precision", "precision of spectra"),
        ("device", "computed on"), ("version", "by pumice"),
    ):  # fmt: skip
        if key in about:
            rows.append((what, about[key]))
    out = table("The data set and how its table was made", ("property", "value"), rows)
    skipped = about.get("skipped", [])
    if skipped:
        shown = [
            (*(one.get(key) or "" for key in ("file", "row", "column")), one.get("reason")) for one in skipped[:LISTED]
        ]
        title = (
            f"Inputs that were skipped ({len(skipped)}{', the first ' + str(LISTED) if len(skipped) > LISTED else ''})"
        )
        out += table(title, ("file", "row", "column", "reason"), shown, numbers=(1,))
    return out


def _lengths(of: Table) -> np.ndarray | None:
    """Samples of each segment, where the table says."""
    for channel in of.channels:
        gone, there = of.of_channel(channel, "n_missing"), of.of_channel(channel, "n_valid")
        if gone is not None and there is not None and np.isfinite(gone + there).any():
            total = gone + there
            return total[np.isfinite(total)]
    return None


def missing_section(of: Table, options: Options) -> str:
    try:
        channels, share, dead = of_tables.missing_shares(of)
    except UsageError as error:
        return paragraph(f"{str(error)[0].upper()}{str(error)[1:]}.")
    rows = []
    for i, channel in enumerate(channels):
        gone, there = of.of_channel(channel, "n_missing"), of.of_channel(channel, "n_valid")
        longest = of.of_channel(channel, "longest_gap")
        known = np.isfinite(share[i])
        total = np.nansum(gone + there)
        rows.append((
            channel,
            percent(np.nansum(gone) / total if total else np.nan),
            percent((share[i] > 0).sum() / known.sum()),
            f"{int((share[i] == 1).sum()):,} ({percent((share[i] == 1).sum() / known.sum())})",
            f"{int(dead[i].sum()):,} ({percent(dead[i].sum() / known.sum())})",
            "" if longest is None else f"{int(np.nanmax(np.where(share[i] < 1, longest, 0))):,}",
        ))  # fmt: skip
    with_gaps = f"{of.rows} with gaps"
    heads = ("channel", "samples missing", with_gaps, "wholly missing", "constant", "longest gap, samples")
    blank = int((np.nan_to_num(share) > 0).any(axis=0).sum())
    out = paragraph(f"{blank:,} of {share.shape[1]:,} {of.rows} have missing samples somewhere.")
    out += table("Missing and dead channels", heads, rows, numbers=(1, 2, 3, 4, 5))
    out += paragraph("The longest gap is that of those with any valid sample in the channel.", "note")
    return out + picture(
        lambda: of_tables.missing(of).figure,
        f"Map of samples missing by channel and segment: {blank} of {share.shape[1]} {of.rows} have gaps",
        f"Each column is one of the {of.rows}, in the order of the table.",
    )


def label_section(of: Table, options: Options) -> str:
    label = options.label
    if label is None:
        return paragraph("The table has no label that is a number: give --labels.")
    target = of.column(label)
    ranks = [spearman(of.column(name), target) for name in of.features]
    rho = np.array([rank.rho for rank in ranks])
    if np.isnan(rho).all():
        return paragraph(f"No feature has enough values beside {label} for a correlation.")
    by_chance = adjusted(np.array([rank.p for rank in ranks]))
    nats = np.array([mutual_information(of.column(name), target) for name in of.features])
    best = np.argsort(-np.abs(np.nan_to_num(rho)), kind="stable")
    found = int((by_chance < FALSE_SHARE).sum())
    out = paragraph(
        f"Against {label}, {int(np.isfinite(target).sum()):,} of {len(target):,} rows have a value. "
        f"{found:,} of {int(np.isfinite(rho).sum()):,} features are correlated with it beyond chance "
        f"(adjusted p < {FALSE_SHARE:g})."
    )
    rows = [
        (of.features[i], signed(rho[i]), f"{signed(ranks[i].low)} to {signed(ranks[i].high)}", short(by_chance[i]),
         short(nats[i]), f"{ranks[i].pairs:,}")
        for i in best[:LISTED] if np.isfinite(rho[i])
    ]  # fmt: skip
    heads = ("feature", "rank correlation", "95 % interval", "adjusted p", "mutual information, nats", "rows")
    out += table(f"Features by the rank correlation with {label}", heads, rows, numbers=(1, 2, 3, 4, 5))
    if np.isfinite(nats).any():
        most = [i for i in np.argsort(-np.nan_to_num(nats), kind="stable")[: LISTED // 2] if nats[i] > 0]
        rows = [(of.features[i], short(nats[i]), signed(rho[i])) for i in most]
        title = f"Features by the mutual information with {label}: relations that need not be monotone"
        out += table(title, ("feature", "mutual information, nats", "rank correlation"), rows, numbers=(1, 2))
    else:
        out += paragraph(
            "Mutual information is left out: scikit-learn is not installed, or there are too few rows.", "note"
        )
    drawn = _one_a_channel([of.features[i] for i in best if np.isfinite(rho[i])])

    def draw() -> Any:
        figure, axes = _grid(len(drawn))
        for name, ax in zip(drawn, axes):
            of_tables.feature(of, name, against=label, unit=options.unit, ax=ax)
        return figure

    names = ", ".join(map(readable, drawn))
    return out + picture(draw, f"{names} against {label}", "The strongest rank correlation of each channel.")


def drift_section(of: Table, other: Table, options: Options) -> str:
    others = set(other.features)
    common = [name for name in of.features if name in others]
    if not common:
        raise UsageError(f"{options.other_name} has no feature in common with {options.name}")
    drifts = [drift(of.column(name), other.column(name)) for name in common]
    ks = np.array([one.ks for one in drifts])
    by_chance = adjusted(np.array([one.p for one in drifts]))
    worst = [i for i in np.argsort(-np.nan_to_num(ks, nan=-1), kind="stable") if np.isfinite(ks[i])]
    out = paragraph(
        f"{options.name} ({len(of.frame):,} rows) against {options.other_name} ({len(other.frame):,} rows). "
        f"{int((by_chance < FALSE_SHARE).sum()):,} of {int(np.isfinite(ks).sum()):,} features are distributed "
        f"otherwise beyond chance (adjusted p < {FALSE_SHARE:g})."
    )
    absent = len(of.features) + len(other.features) - 2 * len(common)
    if absent:
        out += paragraph(f"{absent:,} features are in one of the two tables only and were left out.", "note")
    rows = [
        (common[i], short(ks[i]), short(by_chance[i]), short(drifts[i].psi), percent(drifts[i].share_a),
         percent(drifts[i].share_b))
        for i in worst[:LISTED]
    ]  # fmt: skip
    heads = ("feature", "KS distance", "adjusted p", "stability index", "no value, first", "no value, second")
    out += table("Features that drifted most", heads, rows, numbers=(1, 2, 3, 4, 5))
    gone = sorted(range(len(common)), key=lambda i: -abs(drifts[i].share_a - drifts[i].share_b))
    gone = [common.index(name) for name in _one_a_channel([common[i] for i in gone], LISTED)]
    rows = [
        (common[i], percent(drifts[i].share_a), percent(drifts[i].share_b))
        for i in gone if drifts[i].share_a != drifts[i].share_b
    ]  # fmt: skip
    if rows:
        heads = ("feature", "no value, first", "no value, second")
        title = "Where one of the two lacks values more often: the worst feature of each channel"
        out += table(title, heads, rows, numbers=(1, 2))
    drawn = _one_a_channel([common[i] for i in worst])
    if not drawn:
        return out

    def draw() -> Any:
        figure, axes = _grid(len(drawn))
        for name, ax in zip(drawn, axes):
            of_tables.distributions({"first": of, "second": other}, name, unit=options.unit, ax=ax)
        return figure

    names = ", ".join(map(readable, drawn))
    return out + picture(
        draw,
        f"Distributions of {names} in both sets",
        f"The largest KS distance of each channel. First: {options.name}; second: {options.other_name}.",
    )


def correlation_section(of: Table, options: Options) -> str:
    try:
        groups = of_tables.grouped(of)
    except UsageError as error:
        return paragraph(f"There is no correlation to show: {error}.")
    return picture(
        lambda: of_tables.draw_groups(groups).figure,
        "Rank correlations between groups of features",
        "Features that go together stand side by side; where there are too many, each group is shown by its most "
        "central member, with how many others it stands for.",
    )


def examples_section(of: Table, options: Options) -> str:
    ids = [str(one) for one in of.segment_ids]
    order = list(dict.fromkeys(ids))
    if options.label is not None:
        values = dict(zip(ids, of.column(options.label)))
        order.sort(key=lambda one: (np.isnan(values[one]), values[one]))
    order = [one for one in order if one in options.files]
    if not order or options.examples == 0:
        why = "none was asked for" if options.examples == 0 else "give --segments, where their files are"
        return paragraph(f"No segment is drawn: {why}.")
    places = np.unique(np.linspace(0, len(order) - 1, min(options.examples, len(order))).round().astype(int))
    out = ""
    for one in (order[i] for i in places):
        title = f"Segment {one}"
        if options.label is not None:
            title += f", {options.label} {values[one]:.10g}"
        out += f"<h3>{text(title)}</h3>\n"
        try:
            rate = options.sample_rate or of.metadata.get("sample_rate") or None  # 0: not known
            recording = read_recording(options.files[one], sample_rate=rate)
        except (InputError, UsageError) as error:
            out += paragraph(f"It is not drawn: {error}")
            continue
        out += picture(
            lambda recording=recording: of_segments.segment(recording, unit=options.unit),
            f"Samples of all channels of segment {one} over time",
            "Gaps are grey.",
        )
        if recording.rate is not None:
            settings = {key: of.metadata[key] for key in ("nperseg", "overlap", "taper") if key in of.metadata}
            out += picture(
                lambda recording=recording, settings=settings: (
                    of_segments.psd(recording, unit=options.unit, bands=bands_of(of), **settings).figure
                ),
                f"Power spectral density of the channels of segment {one}",
                "Bands of the features are shaded.",
            )
    return out


def bands_of(of: Table) -> list[tuple[float, float]]:
    """Those that the table was made with, else the catalogue's."""
    return [tuple(band) for band in of.metadata.get("bands") or of_segments.BANDS]


def methods_section(of: Table, options: Options) -> str:
    about = of.metadata
    nperseg, overlap, taper = about.get("nperseg", NPERSEG), about.get("overlap", OVERLAP), about.get("taper", TAPER)
    texts = [
        "Rank correlation is Spearman's, over rows where both have a value; its 95 % interval is by Fisher's z with "
        "the standard error of Bonett and Wright (2000). It says what goes with the label one feature at a time, not "
        "what a model would use, and segments that were cut from one record are not independent of each other.",
        "p-values are adjusted for the number of features (Benjamini and Hochberg 1995).",
        "Mutual information is the estimate of nearest neighbours (Kraskov 2004, 3 neighbours), from 2,000 evenly "
        "spread rows at most; near 0 it is noise.",
        "The KS distance is the largest difference between the two shares of segments at or below a value; its p-value "
        "is exact up to 1,000,000 pairs of a segment of each set, and asymptotic beyond. The stability index sums "
        "(q - p) ln(q / p) over the deciles of the first set, half a row added to each; above 0.25 it is usually "
        "called a shift, and with few rows chance alone reaches that.",
        f"Spectra are Welch's: blocks of {nperseg} samples that share {overlap}, taper {taper}, the mean of each block "
        "taken off, one-sided density. Gaps are bridged by straight lines, and blocks with more than 10 % missing are "
        "left out.",
        f"Made by pumice {_core.__version__} on {datetime.date.today().isoformat()}.",
    ]
    return "".join(map(paragraph, texts))


def _one_a_channel(names: list[str], most: int = DRAWN) -> list[str]:
    """The first of each channel: neighbours in a ranking are often the same thing twice."""
    first: dict[str, str] = {}
    for name in names:
        parts = parsed(name)
        first.setdefault(parts[0] if parts else name, name)
    return list(first.values())[:most]


def _grid(count: int) -> tuple[Any, list[Any]]:
    """Axes in two columns."""
    rows = -(-count // 2)
    figure = pyplot().figure(figsize=(11, 3.9 * rows), layout="constrained")
    axes = figure.subplots(rows, min(count, 2), squeeze=False)
    for ax in axes.flat[count:]:
        ax.set_visible(False)
    return figure, list(axes.flat[:count])


def percent(share: float) -> str:
    if not np.isfinite(share):
        return ""
    if 0 < share < 5e-5:
        return "< 0.01 %"
    return f"{100 * share:.2f} %" if 0 < share < 0.1 or 0.999 < share < 1 else f"{100 * share:.1f} %"


def signed(value: float) -> str:
    return "" if np.isnan(value) else f"{value:+.3f}"


def short(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3g}"
