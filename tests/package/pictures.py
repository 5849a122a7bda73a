"""What tests look for in pictures."""

from __future__ import annotations

import itertools

from matplotlib.text import Text


def overlaps(figure) -> list[tuple[str, str]]:
    """Pairs of visible texts whose boxes share more than a pixel, and texts that leave the figure."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    # Labels of ticks beyond the limits of an axis exist and are not drawn.
    hidden = set()
    for axis in [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]:
        low, high = sorted(axis.get_view_interval())
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        hidden |= {label for tick in ticks if not low <= tick.get_loc() <= high for label in (tick.label1, tick.label2)}
    texts = [one for one in figure.findobj(Text) if one.get_visible() and one.get_text().strip() and one not in hidden]
    shown = [(one.get_text(), one.get_window_extent(renderer)) for one in texts]
    assert shown
    found = [
        (a, b)
        for (a, box), (b, other) in itertools.combinations(shown, 2)
        if min(box.x1, other.x1) - max(box.x0, other.x0) > 1 and min(box.y1, other.y1) - max(box.y0, other.y0) > 1
    ]
    whole = figure.bbox
    found += [
        (name, "the edge") for name, box in shown
        if box.x0 < -1 or box.y0 < -1 or box.x1 > whole.x1 + 1 or box.y1 > whole.y1 + 1
    ]  # fmt: skip
    return found
