#!/usr/bin/env python3
"""Draws the README's picture from the demo's table: tools/plot_demo.py data/demo-core.parquet docs/images/band_power.png"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

CENTISECONDS_A_DAY = 100 * 86400

table = pd.read_parquet(sys.argv[1])
days = table["time_to_eruption"] / CENTISECONDS_A_DAY
panels = {
    "log_band_power__from_2__to_4.5": "power in 2-4.5 Hz,\nlog10 counts$^2$",
    "spectral_centroid": "spectral centroid, Hz",
    "quantile__q_0.99": "99 % quantile, counts",
}

figure, axes = plt.subplots(1, len(panels), figsize=(9, 3), dpi=110, layout="constrained")
for axis, (feature, label) in zip(axes, panels.items()):
    for channel in ("sensor_4", "sensor_6"):
        values = table[f"{channel}__{feature}"]
        dead = table[f"{channel}__is_constant"] == 1
        axis.plot(days[~dead], values[~dead], "o", markersize=4, alpha=0.7, label=channel)
    axis.set_xlabel("time to eruption, days")
    axis.set_ylabel(label)
    axis.spines[["top", "right"]].set_visible(False)
axes[0].legend(frameon=False, fontsize=8)
figure.savefig(sys.argv[2])
