"""Pictures of segments and tables: `pip install 'pumice[plot]'`.

    import pumice
    pumice.plot.segment("train/1000015382.csv")
    pumice.plot.psd("train/1000015382.csv", channels=["sensor_1", "sensor_4"])
    table = pumice.extract("train/", labels="train.csv")
    pumice.plot.feature(table, "sensor_4__spectral_centroid", against="time_to_eruption")
    pumice.plot.missing(table)
    pumice.plot.correlation(table)

Each takes the axes to draw in or makes a figure, and follows the style that is set, as by
`plt.style.use("dark_background")`. A segment is a file, a frame with a column a channel, or an array (channels, time).
A table is a frame as pumice.extract or pumice.read_table gives it, or its file. `unit` is that of the samples.
"""

from ._segments import BANDS, psd, segment, spectrogram
from ._tables import correlation, distributions, feature, missing

__all__ = ["BANDS", "correlation", "distributions", "feature", "missing", "psd", "segment", "spectrogram"]
