"""One HTML page with nothing outside it: texts escaped, pictures inside, light or dark by the reader's choice."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..plot._drawing import pyplot

_LIGHT = {"figure.facecolor": "#ffffff", "axes.facecolor": "#ffffff", "savefig.facecolor": "#ffffff"}
_DARK = {"figure.facecolor": "#16191d", "axes.facecolor": "#16191d", "savefig.facecolor": "#16191d"}
_DOTS_AN_INCH = 120

_STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --text: #1b1f24; --faint: #5b6470; --line: #d5d9de;
        --band: #f4f5f7; --link: #0a58a8; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16191d; --text: #e6e8eb; --faint: #a3abb5; --line: #3a4048; --band: #1f242a; --link: #7cc0f5; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(0.8rem, 4vw, 2.5rem) 4rem; max-width: 72rem; background: var(--ground);
       color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 0.3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 0.6rem; padding-top: 0.8rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 0.4rem; overflow-wrap: anywhere; }
p { max-width: 46rem; margin: 0.5rem 0; overflow-wrap: anywhere; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; padding: 0; margin: 0.8rem 0 0; list-style: none; }
.note { color: var(--faint); font-size: 0.9rem; }
.wide { overflow-x: auto; margin: 0.8rem 0; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--faint); padding-bottom: 0.3rem; }
th, td { padding: 0.25rem 0.9rem 0.25rem 0.4rem; text-align: left; vertical-align: top;
         border-bottom: 1px solid var(--line); }
thead th { white-space: nowrap; }
tbody tr:nth-child(even) { background: var(--band); }
th[scope=row] { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
.name { overflow-wrap: anywhere; min-width: 14rem; }
figure { margin: 1rem 0; }
figure img { display: block; width: 100%; min-width: 34rem; height: auto; }
figcaption { color: var(--faint); font-size: 0.9rem; max-width: 46rem; }
"""


def text(value: Any) -> str:
    """Of data: no mark of HTML in it has a meaning."""
    return html.escape(str(value), quote=True)


def paragraph(value: str, of_class: str = "") -> str:
    return f'<p class="{of_class}">{text(value)}</p>' if of_class else f"<p>{text(value)}</p>"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = ()) -> str:
    """The first cell of a row is its heading. `numbers`: columns that are aligned right."""

    def of_class(i: int) -> str:
        return ' class="number"' if i in numbers else ' class="name"' if i == 0 else ""

    head = "".join(f'<th scope="col"{of_class(i)}>{text(name)}</th>' for i, name in enumerate(heads))
    body = []
    for row in rows:
        # Names of columns break between their parts where a page is narrow.
        heading = text(row[0]).replace("__", "__<wbr>")
        cells = [f'<th scope="row"{of_class(0)}>{heading}</th>']
        cells += [f"<td{of_class(i)}>{text(cell)}</td>" for i, cell in enumerate(row[1:], 1)]
        body.append(f"<tr>{''.join(cells)}</tr>")
    # A region that scrolls is reached by the keyboard too.
    return (
        f'<div class="wide" role="region" aria-label="{text(caption)}" tabindex="0"><table><caption>{text(caption)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def picture(draw: Callable[[], Any], description: str, caption: str) -> str:
    """`draw` makes a figure, once for light pages and once for dark ones."""
    light, dark = (_png(draw, style, colours) for style, colours in (("default", _LIGHT), ("dark_background", _DARK)))
    return (
        f'<figure><div class="wide" role="region" aria-label="{text(description)}" tabindex="0"><picture>'
        f'<source media="(prefers-color-scheme: dark)" srcset="{dark}"><img src="{light}" alt="{text(description)}">'
        f"</picture></div><figcaption>{text(caption)}</figcaption></figure>"
    )


def _png(draw: Callable[[], Any], style: str, colours: dict[str, str]) -> str:
    plt = pyplot()
    with plt.style.context(["default", style, colours]):
        figure = draw()
        try:
            out = io.BytesIO()
            figure.savefig(out, format="png", dpi=_DOTS_AN_INCH, metadata={"Software": None})
        finally:
            plt.close(figure)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def page(title: str, lead: str, sections: Sequence[tuple[str, str, str]]) -> str:
    """sections: (id, heading, HTML)."""
    links = "".join(f'<li><a href="#{name}">{text(heading)}</a></li>' for name, heading, _ in sections)
    body = "\n".join(
        f'<section aria-labelledby="{name}"><h2 id="{name}">{text(heading)}</h2>\n{content}\n</section>'
        for name, heading, content in sections
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header><h1>{text(title)}</h1>
{paragraph(lead)}
<nav aria-label="Sections"><ul>{links}</ul></nav></header>
<main>
{body}
</main>
</body>
</html>
"""
