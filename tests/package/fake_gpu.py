"""GPUs that are the host, and arrays on them: a module of CUDA for tests, built beside those in C++."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np


class Gpu:
    """The fake module, as ctypes has it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.library = ctypes.CDLL(str(folder / "libpumice_cuda.so"))
        for name in ("residents", "copies", "backends"):
            getattr(self.library, f"fake_gpu_{name}").restype = ctypes.c_int64

    def array(self, samples: np.ndarray, device: int = 0) -> CudaArray:
        return CudaArray(self, samples, device)

    def residents(self) -> int:
        """Segments that were read where they lie since this was asked last."""
        return self.library.fake_gpu_residents()

    def copies(self) -> int:
        return self.library.fake_gpu_copies()

    def backends(self) -> int:
        """Times that the GPUs were started since this was asked last."""
        return self.library.fake_gpu_backends()


class CudaArray:
    """What CuPy and Numba give: samples of the host, which nobody but the GPU may read."""

    def __init__(self, gpu: Gpu, samples: np.ndarray, device: int):
        self._gpu, self._samples = gpu, samples
        low, high = np.lib.array_utils.byte_bounds(samples)
        self._low = ctypes.c_void_p(low)
        gpu.library.fake_gpu_name(self._low, ctypes.c_size_t(high - low), device)

    def __del__(self):
        self._gpu.library.fake_gpu_forget(self._low)

    @property
    def shape(self):
        return self._samples.shape

    @property
    def ndim(self):
        return self._samples.ndim

    @property
    def dtype(self):
        return self._samples.dtype

    def __len__(self):
        return len(self._samples)

    def __iter__(self):
        raise AssertionError("every item would be an array of its own")

    @property
    def __cuda_array_interface__(self):
        x = self._samples
        strides = None if x.flags.c_contiguous else x.strides
        return dict(shape=x.shape, strides=strides, typestr=x.dtype.str, data=(x.ctypes.data, True), version=3)

    def get(self):
        return self._samples.copy()

    def __array__(self, *_, **__):
        raise TypeError("it lies on a GPU")


class DlpackArray:
    """What has DLPack's protocol alone."""

    def __init__(self, array: CudaArray, device: int = 0):
        self._array, self._device = array, device
        self.shape, self.ndim, self.dtype = array.shape, array.ndim, array.dtype

    def __len__(self):
        return self.shape[0]

    def __dlpack_device__(self):
        return 2, self._device

    def __dlpack__(self, **_):
        capsule = self._array._samples.__dlpack__()
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        device = (ctypes.c_int32 * 2).from_address(pointer(capsule, b"dltensor") + ctypes.sizeof(ctypes.c_void_p))
        device[0], device[1] = self.__dlpack_device__()
        return capsule
