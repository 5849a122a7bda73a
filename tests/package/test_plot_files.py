"""Pictures of files: the samples are those that `extract` reads, under the same names."""

from __future__ import annotations

from pathlib import Path

import pumice
import pytest

RATE = 100.0


def drawn(path: Path, **options) -> list[list[float]]:
    figure = pumice.plot.segment(path, sample_rate=RATE, **options)
    return [ax.lines[0].get_ydata().tolist() for ax in figure.axes]


def test_a_delimiter_at_the_end_of_rows_moves_no_column(tmp_path):
    path = tmp_path / "1.csv"
    path.write_text("a,b,c\n1,2,0.5,\n3,4,0.6,\n")
    assert drawn(path) == [[1, 3], [2, 4], [0.5, 0.6]]
    assert drawn(path, channels="c") == [[0.5, 0.6]]


@pytest.mark.parametrize("rows", ["1,2,0.5,7\n3,4,0.6,8\n", "1,2,0.5\n3,4,0.6,8\n"])
def test_samples_of_no_channel_are_an_error(rows, tmp_path):
    path = tmp_path / "1.csv"
    path.write_text("a,b,c\n" + rows)
    for channels in (None, "a", ["c", "a"]):
        with pytest.raises(pumice.InputError) as error:
            pumice.plot.segment(path, sample_rate=RATE, channels=channels)
        assert str(error.value).startswith(f"{path}: ")
        assert error.value.problem == {"file": str(path)}


@pytest.mark.parametrize(
    "content",
    [
        b'"a","b,x","c"\n1.5,2,0.5\n3,4,0.6\n',
        b'"a";"b,x,y,z";c\n"1,5";2;0,5\n3;4;0,6\n',
        b'"a" "b c" c\n1.5 2 0.5\n"3" 4 0.6\n',
        b"caf\xe9,t\xeate,\xb5\n1.5,2,0.5\n3,4,0.6\n",
    ],
)
def test_pictures_read_names_as_extract_does(content, tmp_path):
    path = tmp_path / "1.csv"
    path.write_bytes(content)
    table = pumice.extract(path, features="maximum", sample_rate=RATE, n_jobs=1)
    channels = [name.removesuffix("__maximum") for name in table.columns]
    figure = pumice.plot.segment(path, sample_rate=RATE)
    assert [ax.get_ylabel() for ax in figure.axes] == channels
    assert drawn(path) == [[1.5, 3], [2, 4], [0.5, 0.6]]
    assert drawn(path, channels=[channels[1]]) == [[2, 4]]
