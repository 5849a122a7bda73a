"""Numbers as the report and the picture print them."""

from __future__ import annotations

import math


def three_digits(value: float) -> str:
    """Three significant digits, as 0.210, 1.60, 14.4, 931 and 1,860."""
    digits = max(0, 2 - math.floor(math.log10(value)))
    return f"{value:,.{digits}f}"


def ratio_text(ratio: float) -> str:
    return f"×{ratio:.2f}" if ratio < 1 else f"×{ratio:.1f}" if ratio < 10 else f"×{ratio:.0f}"
