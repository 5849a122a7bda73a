#!/usr/bin/env python3
"""Draws the time a file of pumice, its limits and its peers.

    bench/plot.py bench/results/end_to_end.json -o docs/images/end_to_end.png
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, NullFormatter
from quantity import ratio_text, three_digits

ROOT = Path(__file__).resolve().parent.parent
PUMICE, PEER, LIMIT, TEXT, FAINT = "#d1495b", "#8d99ae", "#c9cdd4", "#22262e", "#6b7280"
BAR, HEADING, GAP = 1.0, 1.05, 0.25  # heights, in bars


def groups(result: dict) -> list[tuple[str, list[tuple[str, float, str]], str]]:
    """Heading, bars (label, seconds a file, colour), and the label that ratios are to."""
    measured, data, cpus = result["measurements"], result["data"], result["machine"]["cpus"]
    all_cpus = f"{cpus} cores" if cpus > 1 else "1 core"

    def bar(label: str, key: str, colour: str):
        return (label, measured[key]["per_file_s"], colour)

    def peers(features: str):
        present = {key: peer for key, peer in result["peers"].items() if peer.get("features") == features}
        fastest_first = sorted(present, key=lambda key: measured[key]["per_file_s"])
        return [bar(present[key]["name"], key, PEER) for key in fastest_first]

    return [
        (
            "reading, 1 core (× wc -l)",
            [
                bar("read alone", "read", LIMIT),
                bar("wc -l", "wc", LIMIT),
                bar("pumice, read and decode", "decode", PUMICE),
            ],
            "wc -l",
        ),
        (
            f"set basic, {data['columns']['basic']} columns, {all_cpus} (× pumice)",
            [bar("pumice", "basic_peers", PUMICE), *peers("basic")],
            "pumice",
        ),
        (
            f"set core, {data['columns']['core']} columns, {all_cpus} (× pumice)",
            [bar("pumice", "core_peers", PUMICE), *peers("core")],
            "pumice",
        ),
    ]


def draw(result: dict, output: Path) -> None:
    all_groups = groups(result)
    times = [seconds for _, bars, _ in all_groups for _, seconds, _ in bars]
    start = min(times) / 2
    height = sum(HEADING + len(bars) * BAR + GAP for _, bars, _ in all_groups)
    text = {"va": "center", "fontsize": 10.5}
    figure, axis = plt.subplots(figsize=(9, 0.33 * height + 1.0), dpi=100, layout="constrained")
    y = 0.0
    for heading, bars, reference in all_groups:
        axis.text(0, y, heading, transform=axis.get_yaxis_transform(), weight="bold", color=TEXT, **text)
        y += HEADING
        unit = next(seconds for label, seconds, _ in bars if label == reference)
        for label, seconds, colour in bars:
            axis.barh(y, seconds - start, left=start, height=0.74, color=colour)
            ours = colour == PUMICE
            style = {"color": PUMICE, "weight": "bold"} if ours else {"color": TEXT}
            axis.text(-0.01, y, label, transform=axis.get_yaxis_transform(), ha="right", **style, **text)
            milliseconds = f"{three_digits(seconds * 1e3)} ms"
            beside = {"xytext": (6, 0), "textcoords": "offset points", "color": TEXT}
            value = axis.annotate(milliseconds, (seconds, y), **beside, **text)
            if label != reference:
                axis.annotate("  " + ratio_text(seconds / unit), (1, 0.5), xycoords=value, color=FAINT, **text)
            y += BAR
        y += GAP
    axis.set_xscale("log")
    axis.set_xlim(start, max(times) * 4)
    axis.set_ylim(y - GAP - 0.4, -0.7)
    axis.set_yticks([])
    axis.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds * 1e3:g} ms"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.tick_params(axis="x", colors=FAINT, labelsize=9.5)
    axis.grid(axis="x", color="#eceef1", linewidth=0.8)
    axis.set_axisbelow(True)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.spines["bottom"].set_color(LIMIT)
    size = result["data"]["bytes"] / result["data"]["segments"]
    axis.set_xlabel(
        f"time a file of {result['data']['rows']:,} rows × {result['data']['channels']} sensors "
        f"({size / 1e6:.1f} MB), logarithmic. Shorter is better.",
        fontsize=10,
        color=FAINT,
        loc="left",
    )
    figure.get_layout_engine().set(w_pad=0.12)
    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, metadata={"Software": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("result", type=Path, nargs="?", default=ROOT / "bench/results/end_to_end.json")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs/images/end_to_end.png")
    options = parser.parse_args()
    draw(json.loads(options.result.read_text()), options.output)


if __name__ == "__main__":
    main()
