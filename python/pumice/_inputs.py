"""What was given to `extract`: files, or samples in memory."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from decimal import Context, Decimal
from numbers import Real
from typing import Any

import numpy as np

from ._device_arrays import DeviceArray, device_array, host_array, in_one_place, is_on_device, to_host
from ._errors import UsageError, check_text

# Of decimals: more than those of Arrow and of databases have.
_DIGITS = Context(prec=100)


@dataclass
class Cases:
    """Samples in memory. `arrays`: their rows, in order, are [cases][channels], the last axis is time."""

    channels: list[str]
    ids: list[str]
    arrays: list[np.ndarray | DeviceArray]  # all on one GPU, or all on the host
    pieces: np.ndarray | None = None  # int64 [cases * channels][3]: row of the arrays, first sample, samples


def is_path(x: Any) -> bool:
    return isinstance(x, (str, os.PathLike))


def listed(x: Any) -> Any:
    """What an iterator gives, which can be asked but once; anything else as it is."""
    return list(x) if isinstance(x, Iterator) else x


def as_paths(x: Any) -> list[str] | None:
    """Paths, directories and patterns, or None where `x` is something else."""
    if is_path(x):
        return [_path_text(x)]
    x = listed(x)
    if not (isinstance(x, Sized) and isinstance(x, Iterable)) or getattr(x, "ndim", 1) != 1:
        return None
    if isinstance(x, (Mapping, bytes)) or hasattr(x, "columns"):
        return None
    if not isinstance(x, np.ndarray) and (hasattr(x, "__dlpack__") or is_on_device(x)):
        return None
    if not is_path(next(iter(x), None)):  # numbers, which are many
        return None
    items = list(x)
    return [_path_text(item) for item in items] if all(map(is_path, items)) else None


def _path_text(x: str | os.PathLike[str]) -> str:
    text = os.fsdecode(x)
    check_text("a path", text)
    if "\0" in text:
        raise UsageError(f"a path: {text!r} holds a NUL, which no name of a file does")
    return text


def real_array(x: Any, what: str) -> np.ndarray:
    """A NumPy array over `x`'s memory where that can be, of a type that the library reads. What lies on a GPU is
    copied."""
    if not isinstance(x, np.ndarray):
        x = to_host(x) if is_on_device(x) else _numpy_array(x, what)
    if np.ma.isMaskedArray(x):
        x = x.astype(np.float64).filled(np.nan)
    if x.dtype.kind == "b":
        return x.view(np.uint8)
    if x.dtype.kind == "O":
        try:
            return x.astype(np.float64)
        except (TypeError, ValueError):
            pass
        try:
            return np.vectorize(lambda one: np.nan if type(one).__name__ == "NAType" else one, "d")(x)
        except (TypeError, ValueError):
            raise UsageError(f"{what} holds something else than numbers") from None
    if x.dtype.kind not in "iuf":
        if x.dtype.name == "bfloat16":  # of ml_dtypes, as JAX has it
            return x.astype(np.float32)
        raise UsageError(f"{what} is of type {x.dtype}: samples are integers or real numbers")
    if x.dtype.kind == "f" and x.dtype.itemsize not in (4, 8):
        return x.astype(np.float32 if x.dtype.itemsize < 4 else np.float64)
    if not x.dtype.isnative:
        return x.astype(x.dtype.newbyteorder("="))
    return x if _is_on_grid(x) else x.copy()


def _numpy_array(x: Any, what: str) -> np.ndarray:
    if type(x).__name__ == "LazyFrame":
        raise UsageError(f"{what} is a LazyFrame, which has no samples yet: say .collect()")
    try:
        # Of pandas; NumPy asks it for several things first, which takes five times as long.
        array = x.to_numpy() if hasattr(x, "isna") and hasattr(x, "to_numpy") else host_array(x)
    except (TypeError, ValueError) as error:
        is_ragged = isinstance(x, (list, tuple)) and isinstance(error, ValueError)
        raise UsageError(f"{what} is no array: {'its rows differ in length' if is_ragged else error}") from None
    if array.dtype.kind == "O" and getattr(getattr(x, "dtype", None), "kind", "") == "b":  # pandas' booleans with gaps
        return x.to_numpy(np.float64, na_value=np.nan)
    return array


def _is_ready(x: Any) -> bool:
    """True where real_array would give `x` itself."""
    return type(x) is np.ndarray and x.dtype.char in "bBhHiIlLqQfd" and x.dtype.isnative and _is_on_grid(x)


def _is_on_grid(x: np.ndarray) -> bool:
    """Not a field of packed structures, from one of which to the next is no whole number of samples."""
    return all(stride % x.itemsize == 0 for stride in x.strides)


def _samples(x: Any, what: str) -> np.ndarray | DeviceArray:
    """real_array, or the array where it lies on a GPU."""
    if _is_ready(x):
        return x
    on_device = device_array(x)
    return real_array(x, what) if on_device is None else on_device


def as_cases(
    x: Any, channel_names: Iterable[str] | None, ids: Iterable[Any] | None, wanted: Sequence[str] | None = None
) -> Cases:
    """Arrays (cases, channels, time), (cases, time) or (time); a frame; a sequence, or a mapping from ids, of arrays
    (channels, time), of series (time) or of frames, each as long as it likes.

    wanted: only these channels, in this order; other columns of frames may hold anything.
    """
    if isinstance(x, Cases):
        return x if wanted is None else select(x, wanted)
    if isinstance(x, Mapping):
        if ids is not None:
            raise UsageError("ids are the keys already: leave ids out")
        ids = list(x.keys())
        x = list(x.values())
    if is_frame(x):
        x = [x]
    elif _holds_cases(x):
        x = list(x)
    names = given_names(channel_names)
    if isinstance(x, (list, tuple)) and len(x) == 0:
        raise UsageError("there is no case")
    if isinstance(x, (list, tuple)) and is_frame(x[0]):
        names, arrays = _of_frames([in_pandas(frame) for frame in x], names, wanted)
        count, channels, wanted = len(x), len(names), None
    elif isinstance(x, (list, tuple)):
        arrays = [_series(x)] if _is_number(x[0]) else _ragged(x)
        channels = 1 if _all_flat(arrays) else arrays[0].shape[0]
        count = len(arrays)
    else:
        block = _block(x)
        arrays, count, channels = [block], block.shape[0], block.shape[1]
    if names is None:
        names = [f"channel_{i + 1}" for i in range(channels)]
    for name in names:
        check_text("channel_names", name)
    if len(names) != channels:
        raise UsageError(f"{len(names)} channel names for {channels} channels")
    cases = Cases(names, _ids(ids, count), arrays)
    return cases if wanted is None else select(cases, wanted)


def given_names(channel_names: Iterable[str] | None) -> list[str] | None:
    """`channel_names` as a list."""
    if isinstance(channel_names, (str, bytes)):
        raise UsageError(f"channel_names={channel_names!r}: a list was expected, a name a channel")
    return None if channel_names is None else [str(name) for name in channel_names]


def _series(x: Sequence) -> np.ndarray:
    """The numbers of one series."""
    try:
        return real_array(x, "case 0")
    except UsageError:
        for i, one in enumerate(x):
            if not isinstance(one, (Real, Decimal, np.generic)):
                raise UsageError(
                    f"item {i} of the list is {reprlib.repr(one)}, of type {type(one).__name__}: a list holds arrays, "
                    "series or frames, a case each, or the numbers of one series"
                ) from None
        raise


def _block(x: Any) -> np.ndarray | DeviceArray:
    """As (cases, channels, time)."""
    block = _samples(x, "the array")
    if block.ndim not in (1, 2, 3):
        raise UsageError(f"an array has {block.ndim} axes: say (cases, channels, time), (cases, time) or (time)")
    if isinstance(block, DeviceArray):
        return block.with_axes()
    block = block[None] if block.ndim == 1 else block
    return block[:, None] if block.ndim == 2 else block


def _holds_cases(x: Any) -> bool:
    """A series or an array of objects, or a series of lists of polars, that holds an array, a list or a frame a
    case."""
    if type(x).__name__ == "Series" and str(x.dtype).startswith("List("):
        return True
    if len(getattr(x, "shape", ())) != 1 or len(x) == 0 or getattr(getattr(x, "dtype", None), "kind", "") != "O":
        return False
    return not any(map(_is_number, x))


def _is_number(x: Any) -> bool:
    """Not of lists, whose axes NumPy cannot tell where they differ in length."""
    return not isinstance(x, (list, tuple)) and not is_on_device(x) and np.ndim(x) == 0


def is_frame(x: Any) -> bool:
    """A frame of pandas or polars, or a table of Arrow."""
    return len(getattr(x, "shape", ())) == 2 and hasattr(x, "columns")


def column_names(frame: Any) -> list[str]:
    """Of what is_frame takes, as texts."""
    names = frame.column_names if hasattr(type(frame), "column_names") else frame.columns
    return [str(name) for name in names]


def in_pandas(frame: Any) -> Any:
    """A table of Arrow as pandas has it; other frames as they are."""
    return frame.to_pandas() if hasattr(type(frame), "column_names") and hasattr(frame, "to_pandas") else frame


def _all_flat(arrays: list[np.ndarray]) -> bool:
    return bool(arrays) and arrays[0].ndim == 1


def _of_frames(
    frames: Sequence, names: list[str] | None, wanted: Sequence[str] | None
) -> tuple[list[str], list[np.ndarray]]:
    """Channels, and a column each of every frame. `names` are of the first one's columns."""
    columns = [str(name) for name in frames[0].columns]
    if not columns:
        raise UsageError("case 0 is a frame without columns")
    names = columns if names is None else names
    if len(names) != len(columns):
        raise UsageError(f"{len(names)} channel names for {len(columns)} channels")
    taken = columns if wanted is None else [columns[place] for place in places_of(names, wanted)]
    advice = "; `channels` says which columns are samples" if wanted is None and len(columns) > 1 else ""
    arrays = []
    for i, frame in enumerate(frames):
        given = list(frame.columns) if is_frame(frame) else []
        own = {str(name): name for name in given}
        has_others = wanted is None and len(given) > len(taken)
        if has_others or len(own) < len(given) or not own.keys() >= set(taken):
            raise UsageError(f"case {i} is no frame with the columns of the first one: {', '.join(taken)}")
        for name in taken:
            try:
                arrays.append(real_array(frame[own[name]], f"column {name} of case {i}"))
            except UsageError as error:
                raise UsageError(f"{error}{advice}") from None
    return names if wanted is None else list(wanted), arrays


def _ragged(x: Sequence) -> list[np.ndarray | DeviceArray]:
    arrays = in_one_place([_samples(item, f"case {i}") for i, item in enumerate(x)])
    axes = arrays[0].ndim
    if axes not in (1, 2):
        raise UsageError(f"case 0 has {axes} axes: a list holds arrays (channels, time) or series (time)")
    for i, array in enumerate(arrays):
        if array.ndim != axes or (axes == 2 and array.shape[0] != arrays[0].shape[0]):
            raise UsageError(
                f"case {i} has the shape {array.shape}, case 0 {arrays[0].shape}: channels must be as many"
            )
    return arrays


def lenient_cases(
    x: list[Any], names: list[str], wanted: list[str], columns: Mapping[str, str]
) -> tuple[Cases, dict[int, str]]:
    """Cases of a list, of channels that are known, and what is wrong with those that have no samples for it.

    Arrays hold `names`; of these, and of the columns of frames, `wanted` are taken. `columns` says which column a
    channel is where it is not that of its name.
    """
    places = [names.index(name) for name in wanted]
    own = [columns.get(name, name) for name in wanted]
    places = [] if places == list(range(len(names))) else places
    arrays: list[np.ndarray] = []
    problems: dict[int, str] = {}
    for i, item in enumerate(x):
        try:
            rows = _rows(item, names, own, places)
            if rows[0].shape[-1] == 0:
                raise UsageError("has no samples")
            arrays += rows
        except (TypeError, ValueError) as error:
            problems[i] = str(error)
            arrays.append(np.empty((len(wanted), 0)))
    return Cases(wanted, [str(i) for i in range(len(x))], in_one_place(arrays)), problems


def _rows(case: Any, names: list[str], columns: list[str], places: list[int]) -> list[np.ndarray]:
    if is_frame(case):
        case = in_pandas(case)
        given = column_names(case)
        for name in columns:
            if given.count(name) != 1:
                raise UsageError(f"has {'two columns' if name in given else 'no column'} `{name}`")
        own = dict(zip(given, case.columns))
        return [real_array(case[own[name]], f"its column `{name}`") for name in columns]
    if not isinstance(case, (Sequence, np.ndarray)) and not hasattr(case, "shape"):
        raise UsageError(f"is no case: {case!r}")
    array = _samples(case, "it")
    if array.ndim not in (1, 2):
        raise UsageError(f"has {array.ndim} axes: say (channels, time) or (time)")
    count = 1 if array.ndim == 1 else array.shape[0]
    if count != len(names):
        raise UsageError(f"has {count} channels instead of {len(names)}: {', '.join(names)}")
    if not places:
        return [array]
    return array.rows(places) if isinstance(array, DeviceArray) else [array[places]]


def _ids(ids: Iterable[Any] | None, count: int) -> list[str]:
    if ids is None:
        return [str(i) for i in range(count)]
    if isinstance(ids, (str, bytes)) or not isinstance(ids, Iterable):
        raise UsageError(f"ids={ids!r}: a list was expected, an id a case")
    ids = list(ids)
    for one in ids:
        if not isinstance(one, Hashable):  # a list, an array
            raise UsageError(f"ids: an id is a number or a text, not {one!r}")
    out = [id_text(i) for i in ids]
    if len(out) != count:
        raise UsageError(f"{len(out)} ids for {count} cases")
    for one in out:
        check_text("ids", one)
    return out


def id_text(one: Any) -> str:
    """As the library names ids: a whole number without its ".0", so that 2, 2.0 and Decimal("2.00") are one id."""
    if isinstance(one, Decimal) and one.is_finite():
        if one.adjusted() < _DIGITS.prec and one == one.to_integral_value(context=_DIGITS):
            return str(int(one))
        real = str(float(one))
        return real if Decimal(real) == one else str(one.normalize(_DIGITS))
    if isinstance(one, (float, np.floating)) and one.is_integer() and abs(float(one)) < 1e100:
        return str(int(one))
    return str(one)


def places_of(names: list[str], wanted: Sequence[str]) -> list[int]:
    """Where these channels stand among `names`."""
    for name in wanted:
        if name not in names:
            raise UsageError(f"what was given has no channel `{name}`; it has {', '.join(names)}")
    return [names.index(name) for name in wanted]


def select(cases: Cases, channels: Sequence[str]) -> Cases:
    """Only these channels, in this order."""
    places = places_of(cases.channels, channels)
    if places == list(range(len(cases.channels))):
        return cases
    width = len(cases.channels)
    if cases.pieces is not None:
        pieces = cases.pieces.reshape(-1, width, 3)[:, places].reshape(-1, 3)
        return Cases(list(channels), cases.ids, cases.arrays, np.ascontiguousarray(pieces))
    if _all_flat(cases.arrays):
        arrays = [cases.arrays[first + place] for first in range(0, len(cases.arrays), width) for place in places]
    else:
        arrays = []
        for array in cases.arrays:
            arrays += array.rows(places) if isinstance(array, DeviceArray) else [array[..., places, :]]
    return Cases(list(channels), cases.ids, arrays)
