"""Arrays that lie on a GPU (CuPy, PyTorch, Numba, JAX, cuDF): read where they are, or copied to the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _core
from ._errors import UnavailableError, UsageError

# Where the module of CUDA is looked for; None: beside the library.
MODULE_DIRECTORY: str | None = None

_DLPACK_CUDA = (2, 13)  # memory of a GPU, and memory that is managed
_KINDS = "iufb"
_SIZES = {"i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (4, 8), "b": (1,)}


@dataclass(frozen=True)
class DeviceArray:
    """Real numbers on a GPU. `strides` are of bytes; `owner` keeps the memory."""

    owner: Any
    pointer: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    kind: str  # NumPy's: i, u or f
    itemsize: int
    device: int

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, place: int) -> DeviceArray:
        """What stands at a place of the first axis."""
        if not 0 <= place < self.shape[0]:
            raise IndexError(place)
        return self._view(self.pointer + place * self.strides[0], self.shape[1:], self.strides[1:])

    def rows(self, places: Sequence[int]) -> list[DeviceArray]:
        """These channels of each case, one after the other; the last two axes are channels and time."""
        if self.ndim == 3:
            return [row for case in range(self.shape[0]) for row in self[case].rows(places)]
        return [self[place] for place in places]

    def with_axes(self) -> DeviceArray:
        """As (cases, channels, time), where it is (cases, time) or (time)."""
        shape, strides = self.shape, self.strides
        if self.ndim == 1:
            shape, strides = (1, *shape), (0, *strides)
        if self.ndim < 3:
            shape, strides = (shape[0], 1, *shape[1:]), (strides[0], 0, *strides[1:])
        return self._view(self.pointer, shape, strides)

    def to_core(self) -> tuple[int, tuple[int, ...], tuple[int, ...], str, int]:
        return self.pointer, self.shape, self.strides, self.kind, self.itemsize

    def _view(self, pointer: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> DeviceArray:
        return DeviceArray(self.owner, pointer, shape, strides, self.kind, self.itemsize, self.device)


def _cuda_interface(x: Any) -> dict[str, Any] | None:
    """None also where the attribute raises, as those of JAX and cuDF do for types that it has no word for."""
    try:
        return x.__cuda_array_interface__
    except Exception:
        return None


def is_on_device(x: Any) -> bool:
    """True for what lies on a GPU."""
    if isinstance(x, (DeviceArray, np.ndarray)):
        return isinstance(x, DeviceArray)
    if hasattr(x, "__dlpack_device__"):  # PyTorch's arrays on the host have the other attribute, which raises
        try:
            return x.__dlpack_device__()[0] in _DLPACK_CUDA
        except (BufferError, RuntimeError, ValueError):  # somewhere else
            return False
    return _cuda_interface(x) is not None


def device_array(x: Any) -> DeviceArray | None:
    """`x` as it lies on a GPU; None where it does not, or where the library cannot read it there."""
    if isinstance(x, DeviceArray) or not is_on_device(x):
        return x if isinstance(x, DeviceArray) else None
    if getattr(x, "requires_grad", False):
        x = x.detach()
    described = _cuda_interface(x)
    if described is not None:
        if described.get("mask") is not None:
            return None
        shape, strides, text = tuple(described["shape"]), described.get("strides"), described["typestr"]
        pointer, kind, size = described["data"][0] or 0, text[1], int(text[2:])
        if text[0] == ">" or kind not in _KINDS or size not in _SIZES[kind]:
            return None
        owner = x
    else:
        try:
            owner = _core.dlpack_view(x)
            kind, size = owner.kind, owner.itemsize
        except (TypeError, UsageError):  # samples of another type
            return None
        shape, strides, pointer = owner.shape, owner.strides, owner.pointer
    if strides is not None and any(stride % size for stride in strides):
        return None
    if strides is None:
        strides = tuple(int(size * np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape)))
    try:
        device = _core.device_of(pointer, MODULE_DIRECTORY or "") if 0 not in shape else -1
    except UnavailableError:  # a library without CUDA
        return None
    if device < 0:
        return None
    return DeviceArray(owner, pointer, tuple(shape), tuple(strides), "u" if kind == "b" else kind, size, device)


def to_host(x: Any) -> np.ndarray:
    """The host's copy of an array on a GPU."""
    if isinstance(x, DeviceArray):
        return _core.copy_to_host(x.to_core(), x.device, MODULE_DIRECTORY or "")
    if getattr(x, "requires_grad", False):
        x = x.detach()
    if hasattr(x, "to_pandas"):  # of cuDF, perhaps with gaps
        return x.to_pandas().to_numpy(dtype=np.float64, na_value=np.nan)
    for method in ("get", "cpu", "copy_to_host"):  # CuPy, PyTorch, Numba
        if hasattr(x, method):
            return host_array(getattr(x, method)())
    return host_array(x)


def host_array(x: Any) -> np.ndarray:
    """NumPy's array of what lies on the host."""
    try:
        return np.asarray(x)
    except TypeError:
        if str(getattr(x, "dtype", "")) != "torch.bfloat16":
            raise
        return np.asarray(x.float())


def in_one_place(arrays: list[Any]) -> list[Any]:
    """The same where all lie on one GPU, or all on the host; else copies on the host. What is empty lies anywhere."""
    if not any(isinstance(array, DeviceArray) for array in arrays):
        return arrays
    places = {array.device if isinstance(array, DeviceArray) else -1 for array in arrays if array.size > 0}
    if len(places) == 1:
        return arrays
    return [to_host(array) if isinstance(array, DeviceArray) else array for array in arrays]
