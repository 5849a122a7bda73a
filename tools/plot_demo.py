#!/usr/bin/env python3
"""Draws the README's pictures from what scripts/demo made:

.venv/bin/python tools/plot_demo.py data/demo-core.parquet data/demo/train docs/images
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pumice

DAYS = {"against": "time_to_eruption", "scale": 1 / 8_640_000, "against_unit": "days", "unit": "counts"}
PANELS = ("log_band_power__from_2__to_4.5", "spectral_centroid", "quantile__q_0.99")


def save(figure, path: Path) -> None:
    figure.savefig(path, dpi=100, metadata={"Software": None})
    plt.close(figure)


def main(table_file: str, segments: str, folder: str) -> None:
    table = pumice.read_table(table_file)
    # A dead sensor's zeros would hide how the others spread.
    alive = table[(table["sensor_4__is_constant"] == 0) & (table["sensor_6__is_constant"] == 0)]
    figure, axes = plt.subplots(1, len(PANELS), figsize=(12, 4), layout="constrained")
    for ax, feature in zip(axes, PANELS):
        pumice.plot.feature(alive, [f"{sensor}__{feature}" for sensor in ("sensor_4", "sensor_6")], ax=ax, **DAYS)
    save(figure, Path(folder) / "band_power.png")

    # The segment in which most channels have something missing, of those that hold a dead one.
    gaps = sum((table[f"sensor_{i}__n_missing"] > 0).astype(int) for i in range(1, 11))
    dead = sum(table[f"sensor_{i}__is_constant"] for i in range(1, 11)) > 0
    segment = Path(segments) / f"{gaps[dead].idxmax()}.csv"
    save(pumice.plot.segment(segment, unit="counts"), Path(folder) / "segment.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
