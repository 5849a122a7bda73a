#!/usr/bin/env python3
"""Rewrites the tables of docs/PERFORMANCE.md and README.md from a result.

    bench/report.py bench/results/end_to_end.json

A table stands between `<!-- bench/report.py NAME: begin -->` and `<!-- bench/report.py NAME: end -->`; what is around
it is written by hand and is left alone.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from machine import QUIET
from quantity import ratio_text, three_digits

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "docs/PERFORMANCE.md", ROOT / "README.md"]


def milliseconds(seconds: float) -> str:
    return three_digits(seconds * 1e3) if seconds > 0 else f"{seconds * 1e3:.1f}"


def cpu_text(n: int) -> str:
    return "1 core" if n == 1 else f"{n} cores"


def table(header: list[str], rows: list[list[str]], texts: int = 1) -> str:
    """Markdown; the first columns are texts, the others numbers, which go to the right."""
    lines = [header, ["---"] * texts + ["---:"] * (len(header) - texts), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def present_peers(result: dict, features: str) -> list[str]:
    """Keys of the peers that made this set, the fastest first."""
    keys = [key for key, peer in result["peers"].items() if peer.get("features") == features]
    return sorted(keys, key=lambda key: result["measurements"][key]["per_file_s"])


def machine_text(result: dict) -> str:
    about, data, versions = result["machine"], result["data"], dict(result["versions"])
    named = about["cpu"]
    if about["cpu_family"]:
        named += f" (family {about['cpu_family']}, model {about['cpu_model']})"
    python, wc = versions.pop("python"), versions.pop("wc")
    others = ", ".join(f"{name} {version}" for name, version in versions.items())
    taken = result["taken_by_others"]
    warning = [
        f"**Not to be quoted: others took {100 * taken:.0f} % of the processors during this run.**",
        "",
    ]
    return "\n".join(
        [
            *(warning if taken > QUIET else []),
            f"- Processor: {named}, {cpu_text(about['cpus'])}{' of a virtual machine' if about['virtual'] else ''}, "
            f"{about['memory_bytes'] / 2**30:.0f} GiB; pumice's SIMD target: {about['simd']}",
            f"- {about['kernel']}; GCC {about['compiler']}; Python {python}; wc {wc}",
            f"- {others}" if others else "- no peers",
            f"- pumice {result['commit']}; {data['segments']:,} files of {data['rows']:,} rows and {data['channels']} "
            f"columns, {data['bytes'] / 1e9:.2f} GB, {data['distinct']} of them different; {data['peer_segments']} "
            f"beside peers",
            f"- medians of {result['rounds']} rounds; others took {100 * taken:.0f} % of the processors",
        ]
    )


def timings(result: dict, rows: list[tuple[str, str]], reference: str) -> str:
    measured = result["measurements"]
    unit = measured[reference]["per_file_s"]
    name = "`wc -l`" if reference == "wc" else "pumice"
    lines = []
    for label, key in rows:
        entry = measured[key]
        lines.append(
            [
                label,
                f"{entry['files']:,}",
                str(entry["cpus"]),
                milliseconds(entry["per_file_s"]),
                three_digits(entry["gb_per_s"]),
                "1" if key == reference else ratio_text(entry["per_file_s"] / unit).removeprefix("×"),
            ]
        )
    return table(["", "files", "cores", "ms a file", "GB/s", f"times {name}"], lines)


def limits_text(result: dict) -> str:
    rows = [
        ("reading alone", "read"),
        ("`wc -l`, a process of its own", "wc"),
        ("reading and counting lines, in pumice's process", "count_lines"),
        ("**pumice, reading and decoding**", "decode"),
    ]
    return timings(result, rows, "wc")


def set_text(result: dict, features: str) -> str:
    rows = [(f"**pumice**, `--features {features}`", f"{features}_peers"), ("pumice, on more files", features)]
    rows += [(result["peers"][key]["name"], key) for key in present_peers(result, features)]
    lines = [f"{result['data']['columns'][features]} columns a file."]
    lines += ["", timings(result, rows, f"{features}_peers"), ""]
    for key in present_peers(result, features):
        same = result["peers"][key]["agreement"]
        differ = same["columns_that_differ"]
        verdict = f"differs in {', '.join(differ)}" if differ else f"agrees within {same['tolerance']:g}"
        lines.append(f"- {result['peers'][key]['name']} {verdict}: {same['values']:,} values compared")
    lines += [f"- {key}: left out, {peer['absent']}" for key, peer in result["peers"].items() if "absent" in peer]
    return "\n".join(lines).rstrip()


def whole_text(result: dict) -> str:
    cpus = result["machine"]["cpus"]
    rows = [
        (f"`core`, {cpu_text(1)}", "core_1"),
        (f"`core`, {cpu_text(cpus)}", "core"),
        (f"`basic`, {cpu_text(cpus)}", "basic"),
    ]
    few, n = result["data"]["few"], result["data"]["segments"]
    costs = [
        [f"`{name}`, {cpu_text(cpus)}", milliseconds(cost["fixed_s"]), milliseconds(cost["per_file_s"])]
        for name, cost in result["fixed_cost"].items()
    ]
    return "\n".join(
        [
            timings(result, rows, "wc"),
            "",
            f"One core takes {result['threads_ratio']:.2f} times as long as {cpus} for `core` (median of the rounds' "
            f"ratios). The line through the medians at {few:,} and {n:,} files:",
            "",
            table(["", "fixed ms", "ms a file"], costs),
        ]
    )


def stages_text(result: dict) -> str:
    stages = result["stages_per_file_s"]
    total = sum(stages.values())
    rows = [[name, milliseconds(seconds), f"{100 * seconds / total:.0f} %"] for name, seconds in stages.items()]
    return table(["stage of `core`, 1 core", "ms a file", "share"], rows)


def formats_text(result: dict) -> str:
    if "formats" not in result:
        return "Not measured: `--formats` was not given."
    # Columns are what was measured of the first format; all have the same.
    formats = list(result["formats"].values())
    columns = {
        "decode": "pumice, 1 core",
        "maximum": f"pumice extract, {cpu_text(result['machine']['cpus'])}",
    }
    columns |= {
        key: f"{entry['what']}, {cpu_text(entry['cpus'])}"
        for key, entry in formats[0]["measurements"].items()
        if key not in columns and key not in ("read", "count_lines")
    }
    rows = [
        [each["what"], *(three_digits(each["measurements"][key]["gb_per_s"]) for key in columns)] for each in formats
    ]
    return table(["GB/s", *columns.values()], rows)


def summary_text(result: dict) -> str:
    """The README's lines: what each peer takes beside pumice."""
    measured = result["measurements"]
    cpus = cpu_text(result["machine"]["cpus"])
    wc = measured["wc"]["per_file_s"] / measured["decode"]["per_file_s"]
    rows = [["reading and decoding, 1 core", "`wc -l`", *pair(measured, "wc", "decode"), ratio_text(wc)]]
    for features in ("basic", "core"):
        for key in present_peers(result, features):
            peer = result["peers"][key]
            what = f"`{features}`, {result['data']['columns'][features]} columns, {cpus}"
            rows.append([what, peer["name"], *pair(measured, key, f"{features}_peers"), ratio_text(peer["ratio"])])
    warning = "**Not to be quoted: the machine was busy.**\n\n" if result["taken_by_others"] > QUIET else ""
    return warning + table(["ms a file", "", "theirs", "pumice", "theirs / pumice"], rows, texts=2)


def pair(measured: dict, theirs: str, ours: str) -> list[str]:
    return [milliseconds(measured[key]["per_file_s"]) for key in (theirs, ours)]


def rewrite(path: Path, result: dict) -> None:
    blocks = {
        "machine": machine_text,
        "limits": limits_text,
        "basic": lambda each: set_text(each, "basic"),
        "core": lambda each: set_text(each, "core"),
        "whole": whole_text,
        "stages": stages_text,
        "formats": formats_text,
        "summary": summary_text,
    }

    def block(found: re.Match) -> str:
        return f"{found[1]}\n\n{blocks[found[2]](result)}\n\n{found[3]}"

    marked = r"(<!-- bench/report\.py (\w+): begin -->).*?(<!-- bench/report\.py \2: end -->)"
    text, n = re.subn(marked, block, path.read_text(), flags=re.DOTALL)
    if n == 0:
        raise SystemExit(f"{path}: has no block that bench/report.py writes")
    path.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("result", type=Path, nargs="?", default=ROOT / "bench/results/end_to_end.json")
    parser.add_argument("--documents", type=Path, nargs="+", default=DOCUMENTS)
    options = parser.parse_args()
    result = json.loads(options.result.read_text())
    for path in options.documents:
        rewrite(path, result)


if __name__ == "__main__":
    main()
