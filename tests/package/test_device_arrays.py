"""Arrays on a GPU, which is the host here: the module of CUDA is one that reads samples where tests say they lie."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pumice
import pytest
from fake_gpu import DlpackArray
from pumice.sklearn import FeatureExtractor

pytestmark = pytest.mark.filterwarnings("ignore::pumice.PumiceWarning")


def block(dtype=np.float64) -> np.ndarray:
    samples = np.random.default_rng(3).normal(scale=100, size=(4, 3, 700)).cumsum(axis=-1)
    return samples.astype(dtype)


def with_gaps() -> np.ndarray:
    samples = block()
    samples[1, 0, 30:60] = np.nan
    samples[2, 1, ::7] = np.inf
    samples[3, 2] = np.nan
    return samples


def check(got, samples, **options) -> None:
    expected = pumice.extract(samples, device="cpu", sample_rate=100, **options)
    assert list(got.columns) == list(expected.columns) and list(got.index) == list(expected.index)
    np.testing.assert_array_equal(got.to_numpy(), expected.to_numpy())


@pytest.mark.parametrize("missing", ["skip", "zero", "ffill", "interpolate", "nan"])
@pytest.mark.parametrize("device", ["auto", "cuda", "cuda:0"])
def test_a_block_is_read_where_it_lies(gpu, device, missing):
    samples = with_gaps()
    array = gpu.array(samples)
    got = pumice.extract(array, device=device, sample_rate=100, missing=missing)
    assert (gpu.residents(), gpu.copies()) == (4, 0)
    assert got.attrs["pumice"]["device"] == "cuda:0"
    check(got, samples, missing=missing)


@pytest.mark.parametrize("dtype", ["b", "B", "h", "H", "i", "I", "q", "Q", "f", "d", "?"])
def test_every_type_and_stride(gpu, dtype):
    samples = np.abs(block()).astype(dtype)
    for view in (samples, samples[:, ::2, ::-3], samples.transpose(0, 2, 1).copy().transpose(0, 2, 1), samples[:, 0]):
        got = pumice.extract(gpu.array(view), sample_rate=100, features="core")
        assert (gpu.residents(), gpu.copies()) == (4, 0)
        check(got, view)


def test_windows_and_channels(gpu):
    samples = with_gaps()
    options = dict(window="250n", hop="100n", channels=["channel_3", "channel_1"], features="basic")
    got = pumice.extract(gpu.array(samples), sample_rate=100, **options)
    assert (gpu.residents(), gpu.copies()) == (4 * 5, 0)
    check(got, samples, **options)


def test_ragged_lists_mappings_and_dlpack(gpu):
    cases = [with_gaps()[0], block()[1, :, :99], block()[2, :, :300]]
    for make in (gpu.array, lambda x: DlpackArray(gpu.array(x))):
        got = pumice.extract([make(case) for case in cases], sample_rate=100)
        assert (gpu.residents(), gpu.copies()) == (3, 0)
        check(got, cases)
    got = pumice.extract({name: gpu.array(case) for name, case in zip("xyz", cases)}, sample_rate=100)
    assert gpu.residents() == 3
    check(got, dict(zip("xyz", cases)))
    series = [case[0] for case in cases]
    check(pumice.extract([gpu.array(one) for one in series], sample_rate=100), series)
    assert gpu.residents() == 3


def test_what_another_device_computes_is_copied(gpu):
    samples = with_gaps()
    for device in ("cpu", "cuda:1", "cuda:0,1", "all"):
        check(pumice.extract(gpu.array(samples), sample_rate=100, device=device), samples)
        residents, copies = gpu.residents(), gpu.copies()
        assert copies > 0 if device in ("cpu", "cuda:1") else residents + copies > 0


def test_the_gpu_is_chosen_where_the_samples_lie(gpu):
    got = pumice.extract(gpu.array(block(), device=1), sample_rate=100)
    assert got.attrs["pumice"]["device"] == "cuda:1"
    assert (gpu.residents(), gpu.copies()) == (4, 0)


def test_arrays_in_several_places_are_copied(gpu):
    one, two = block()[0], block()[1]
    check(pumice.extract([gpu.array(one), gpu.array(two, device=1)], sample_rate=100), [one, two])
    assert (gpu.residents(), gpu.copies()) == (0, 2)
    check(pumice.extract([gpu.array(one), two], sample_rate=100), [one, two])
    assert (gpu.residents(), gpu.copies()) == (0, 1)


def test_types_that_are_not_read_there_are_copied(gpu):
    samples = (block() / 1000).astype(np.float16)
    check(pumice.extract(gpu.array(samples), sample_rate=100), samples)
    assert gpu.residents() == 0


class ReadableArray(DlpackArray):
    """As JAX has it: NumPy may ask for a copy, and the other attribute raises for some types."""

    @property
    def __cuda_array_interface__(self):
        raise NotImplementedError("no word for this type")

    def __array__(self, *_, **__):
        return self._array.get()


@pytest.mark.parametrize("dtype", ["?", "e"])
def test_types_that_dlpack_alone_has_are_copied(gpu, dtype):
    samples = (np.abs(block()) % 2).astype(dtype)
    check(pumice.extract(ReadableArray(gpu.array(samples)), sample_rate=100), samples)
    check(pumice.extract([ReadableArray(gpu.array(case)) for case in samples], sample_rate=100), samples)
    assert gpu.residents() == 0


@pytest.mark.parametrize("error", [AttributeError, NotImplementedError, RuntimeError, TypeError])
def test_an_interface_that_raises_is_none(error):
    class Array:
        @property
        def __cuda_array_interface__(self):
            raise error("no word for this type")

        def __array__(self, *_, **__):
            return np.ones((1, 200))

    assert pumice.extract(Array(), features="mean", output="numpy").tolist() == [[1.0]]


def test_bfloat16_of_pytorch_is_copied():
    class Tensor:
        dtype, shape = "torch.bfloat16", (1, 200)

        def __init__(self, device):
            self._device = device

        def __dlpack_device__(self):
            return self._device, 0

        def cpu(self):
            return Tensor(1)

        def float(self):
            return np.ones(self.shape, np.float32)

        def __array__(self, *_, **__):
            raise TypeError("Got unsupported ScalarType BFloat16")

    for device in (1, 2):  # the host, CUDA
        assert pumice.extract(Tensor(device), features="mean", output="numpy").tolist() == [[1.0]]


def test_bfloat16_of_jax_is_copied():
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    samples = block().astype(np.float32)
    got = pumice.extract(samples.astype(bfloat16), sample_rate=100)
    check(got, samples.astype(bfloat16).astype(np.float32))


def test_empty_cases_are_skipped_among_others(gpu):
    cases = [block()[0], np.empty((3, 0)), block()[1]]
    with pytest.warns(pumice.SkippedWarning, match="has no samples"):
        got = pumice.extract([gpu.array(cases[0]), cases[1], gpu.array(cases[2])], sample_rate=100)
    assert list(got.index) == [0, 2]
    assert (gpu.residents(), gpu.copies()) == (2, 0)


def test_infinite_samples_are_worth_a_warning(gpu):
    with pytest.warns(pumice.PumiceWarning, match="1 of 4 segments hold infinite values"):
        pumice.extract(gpu.array(with_gaps()), sample_rate=100)


def test_the_estimator_reads_them_there_too(gpu):
    samples = with_gaps()
    extractor = FeatureExtractor(sample_rate=100, features="basic").fit(gpu.array(samples))
    gpu.copies()
    expected = FeatureExtractor(sample_rate=100, features="basic").fit(samples).transform(samples)
    np.testing.assert_array_equal(extractor.transform(gpu.array(samples)), expected)
    assert (gpu.residents(), gpu.copies()) == (4, 0)
    ragged = [gpu.array(samples[0]), None, gpu.array(samples[1, :, :100])]
    with pytest.warns(pumice.SkippedWarning):
        got = extractor.transform(ragged)
    assert (gpu.residents(), gpu.copies()) == (2, 0)
    np.testing.assert_array_equal(got[0], expected[0])


def test_a_picture_of_one(gpu):
    samples = with_gaps()[0]
    assert pumice.plot.segment(gpu.array(samples), sample_rate=100) is not None
    assert gpu.copies() == 1


def test_memory_that_no_gpu_has_is_copied_by_its_owner(gpu):
    samples = block()
    array = gpu.array(samples)
    gpu.library.fake_gpu_forget(array._low)
    check(pumice.extract(array, sample_rate=100), samples)
    assert gpu.residents() == 0


def test_without_cuda_they_are_copied_by_their_owner(program):
    """In a process of its own, whose library looks for the module where there is none."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "import numpy as np, pumice\n"
        "from pumice import _device_arrays\n"
        "_device_arrays.MODULE_DIRECTORY = '/nonexistent'\n"
        "class Array:\n"
        "    __cuda_array_interface__ = dict(shape=(1, 200), typestr='<f8', data=(1 << 40, True), version=3)\n"
        "    shape = (1, 200)\n"
        "    def get(self): return np.ones((1, 200))\n"
        "print(pumice.extract(Array(), features='mean').iloc[0, 0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *sys.path], capture_output=True, text=True, timeout=100)
    assert done.stdout == "1.0\n", done.stderr
