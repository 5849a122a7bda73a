#!/usr/bin/env python3
"""A first model on a table of features: does it beat the guess of the median?

    pumice synth data/baseline --segments 500 --seed 1
    pumice extract data/baseline/train -o data/baseline.parquet --labels data/baseline/train.csv
    examples/train_baseline.py data/baseline.parquet

Cross-validated, gradient-boosted trees of scikit-learn (bench/requirements.txt has it) on the columns as they are:
nulls stay nulls. Exits with 1 where the model is not at least 30 % better than the median guess.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import KFold, cross_val_predict


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("table", help="a table that `pumice extract --labels` made")
    parser.add_argument("--label", default="time_to_eruption")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--at-least", type=float, default=0.30, help="improvement that is expected")
    options = parser.parse_args()

    table = pd.read_parquet(options.table).dropna(subset=[options.label])
    label = table[options.label].to_numpy(np.float64)
    features = table.drop(columns=["segment_id", options.label]).to_numpy(np.float64)

    folds = KFold(options.folds, shuffle=True, random_state=0)
    # Mean absolute error is what is scored, so it is what is fitted.
    model = HistGradientBoostingRegressor(loss="absolute_error", max_iter=120, learning_rate=0.1, random_state=0)
    predicted = cross_val_predict(model, features, label, cv=folds)
    guessed = np.empty_like(label)
    for train, test in folds.split(label):
        guessed[test] = np.median(label[train])

    of_model = np.mean(np.abs(predicted - label))
    of_guess = np.mean(np.abs(guessed - label))
    better = 1 - of_model / of_guess
    print(f"{len(table)} segments x {features.shape[1]} features, {options.folds} folds, mean absolute error:")
    print(f"  guess of the median  {of_guess:14,.0f}")
    print(f"  gradient boosting    {of_model:14,.0f}   {better:.0%} better")
    return 0 if better >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
