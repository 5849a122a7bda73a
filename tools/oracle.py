#!/usr/bin/env python3
"""Expected tables from independent tools: the catalogue's Python expressions, evaluated with NumPy, SciPy and pandas.

    pumice features --format json > features.json
    tools/oracle.py FILE... --catalogue features.json --columns-of table.parquet -o expected.parquet --missing zero

Every feature of the catalogue carries its definition as an expression of an independent tool. This reads the segments,
applies the missing-value policy in its own slow way, evaluates the expression of every column of a table that pumice
made, and writes what the table should hold; with no -o it compares and lists what is wrong. The expressions themselves
are checked against oracle_core.py, which is written by hand.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.csv
import scipy
import scipy.signal
import scipy.stats

from oracle_core import SUMS
from oracle_signal import POLICIES, Signal, Welch, read_segments
from oracle_tolerance import Column, Rule, violation

# Expressions may use a comprehension or a lambda, so their names are globals of theirs.
TOOLS = {"np": np, "pd": pd, "scipy": scipy, "math": math}


def load_catalogue(path: Path) -> dict[str, dict]:
    """The output of `pumice features --format json`, by name."""
    return {feature["name"]: feature for feature in json.loads(Path(path).read_text())["features"]}


def output_of(feature: dict, column: Column) -> int:
    """Which of a feature's outputs a column holds: the one that it names in quotes."""
    named = [value.strip('"') for value in column.parameters.values()]
    return next((k for k, output in enumerate(feature["outputs"]) if output in named), 0)


def rule_of(feature: dict, column: Column) -> Rule:
    """The rule that a column is compared by, from what the catalogue says of the feature."""
    unit = feature["units"][output_of(feature, column)]
    exponent = 2 if "{x}^2" in unit else 1 if "{x}" in unit else 0
    return Rule(feature["tolerance"], exponent, "time axis" in feature["needs"], feature["name"] in SUMS)


def walked_samples(feature: dict, signal: Signal) -> int:
    """Samples of what the feature looks at: below its minimum there is no value."""
    needs = set(feature["needs"])
    if "Welch spectrum" in needs:
        # Of one sample there is the mean alone, which no feature of a spectrum looks at.
        return 0 if signal.spectrum is None or len(signal.spectrum[0]) < 2 else len(signal.spectrum[0])
    if "time axis" in needs:
        return len(signal.t)
    if needs <= {"intake"}:
        return len(signal.raw)
    return len(signal.x)


def evaluate(feature: dict, column: Column, signal: Signal) -> float:
    """The value of one column, NaN where there is none."""
    if walked_samples(feature, signal) < feature["min_n"]:
        return math.nan
    f, p = signal.spectrum if signal.spectrum is not None else (None, None)
    names = {"x": signal.x, "t": signal.t, "raw": signal.raw, "fs": signal.fs, "f": f, "p": p}
    # `from` is a word of Python's: the parameter of that name is from_.
    names |= {
        key + "_" if key == "from" else key: float(value)
        for key, value in column.parameters.items()
        if key in feature["parameters"]
    }
    with np.errstate(all="ignore"):
        value = eval(feature["oracle"], TOOLS | names)  # noqa: S307 - the project's own catalogue
    return float(value[output_of(feature, column)] if feature["outputs"] else value)


def expected_table(paths, columns, catalogue, policy, fs, welch=Welch(), length=None, hop=None, **read_options):
    """Yields (row key, channel signals, {column: value}) for every segment."""
    parsed = {name: Column.parse(name, set(catalogue)) for name in columns}
    for segment_id, number, first, frame in read_segments(paths, length, hop, **read_options):
        signals = {}
        values = {}
        for name, column in parsed.items():
            key = (column.channel, column.derivation)
            if key not in signals:
                raw = frame[column.channel].to_numpy()
                signals[key] = Signal(raw, policy, fs, welch, column.derivation)
            values[name] = evaluate(catalogue[column.feature], column, signals[key])
        yield (segment_id, number, first), signals, values


def read_table(path: Path) -> pd.DataFrame:
    """A table as it was written: Arrow reads the numbers of a CSV file exactly, pandas not in every version."""
    return pyarrow.csv.read_csv(path).to_pandas() if path.suffix == ".csv" else pd.read_parquet(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("inputs", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--catalogue", type=Path, required=True, help="output of `pumice features --format json`")
    parser.add_argument("--columns-of", type=Path, required=True, help="a table made by pumice: .parquet or .csv")
    parser.add_argument("-o", "--output", type=Path, help="write the expected table here instead of comparing")
    parser.add_argument("--missing", choices=POLICIES, default="skip")
    parser.add_argument("--sample-rate", type=float, default=100.0)
    parser.add_argument("--precision", choices=("float", "double"), default="float")
    options = parser.parse_args()

    catalogue = load_catalogue(options.catalogue)
    table = read_table(options.columns_of)
    columns = [name for name in table.columns if "__" in name]
    actual = table.set_index(table["segment_id"].astype(str))
    rows, wrong = {}, 0
    for (segment_id, _, _), signals, values in expected_table(
        options.inputs, columns, catalogue, options.missing, options.sample_rate
    ):
        rows[segment_id] = values
        if options.output:
            continue
        for name, value in values.items():
            column = Column.parse(name, set(catalogue))
            signal = signals[column.channel, column.derivation]
            rule = rule_of(catalogue[column.feature], column)
            problem = violation(rule, column, actual.at[segment_id, name], value, signal, options.precision)
            if problem:
                wrong += 1
                print(f"{segment_id} {name} {problem}")
    if options.output:
        frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("segment_id").reset_index()
        frame.to_csv(options.output, index=False) if options.output.suffix == ".csv" else frame.to_parquet(options.output)
    else:
        print(f"{len(rows)} segments x {len(columns)} columns: {wrong} values are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
