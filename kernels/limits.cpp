#include "limits.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>

#include "backend.hpp"
#include "check.hpp"
#include "core/read_files.hpp"
#include "device_probe.hpp"
#include "device_state.hpp"
#include "host_buffer.hpp"
#include "launch.hpp"
#include "pumice/error.hpp"
#include "resources.hpp"
#include "transforms.hpp"

namespace pumice::cuda {
namespace {

/// Large enough that a copy's start does not count, small enough for any card.
constexpr std::size_t kBytes = std::size_t{256} << 20;
constexpr int kRepetitions = 5;

using Clock = std::chrono::steady_clock;

template <class Work>
double seconds_of(const Work& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Bytes a second of the fastest copy: the limit, not what is usual.
double rate_of_copies(void* to, const void* from, cudaMemcpyKind kind, const Stream& stream) {
  double fastest = std::numeric_limits<double>::infinity();
  for (int i = 0; i <= kRepetitions; ++i) {
    const double seconds = seconds_of([&] {
      PUMICE_CUDA(cudaMemcpyAsync(to, from, kBytes, kind, stream.get()));
      PUMICE_CUDA(cudaStreamSynchronize(stream.get()));
    });
    fastest = i == 0 ? fastest : std::min(fastest, seconds);  // the first is not counted
  }
  return static_cast<double>(kBytes) / fastest;
}

/// But for CUB's, which sort decimals.
void load_kernels(const CudaWork& work) {
  load_parsing_kernels();
  load_derive_kernel();
  load_moments_kernel();
  load_counting_kernel();
  if (work.transform_length > 0) {
    load_spectrum_kernels(work.precision == Precision::kDouble);
  }
  for (const SampleType type : work.types) {
    switch (type) {
      case SampleType::kInt16:
        load_features<std::int16_t>();
        break;
      case SampleType::kInt32:
        load_features<std::int32_t>();
        break;
      case SampleType::kFloat64:
        load_features<double>();
        break;
    }
  }
}

void transform_once(const CudaWork& work, const Stream& stream) {
  if (work.transform_length > 0) {
    Transforms transforms(work.precision, 1.0, stream);
    transforms.execute(transforms.get(work.transform_length, Taper::kHann));
    PUMICE_CUDA(cudaStreamSynchronize(stream.get()));
  }
}

/// Locks `host`, which is empty; returns the seconds that it took.
double seconds_to_lock(HostBuffer& host, const DeviceState& device, std::size_t bytes) {
  const std::size_t before = device.pinned.taken();
  const double seconds = seconds_of([&] { host.reserve(bytes); });
  if (device.pinned.taken() == before) {
    throw UnavailableError("the host locks no memory of its own (see `ulimit -l`)");
  }
  return seconds;
}

std::size_t ring_bytes_of(int ordinal, const CudaWork& work) {
  CudaBackend backend(ordinal, work.settings);
  return std::max(work.ring_bytes(backend), static_cast<std::size_t>(work.threads));
}

/// Bytes a second of the fastest run: the limit, not what is usual.
double rate_of_reading(const CudaWork& work, std::byte* memory, std::size_t bytes) {
  double fastest = 0;
  for (int run = 0; run < work.runs; ++run) {
    const FilesRead done = read_files(work.paths, work.threads, {memory, bytes});
    fastest = std::max(fastest, static_cast<double>(done.bytes) / done.seconds);
  }
  return fastest;
}

}  // namespace

CudaLimits measure_limits(int ordinal, const CudaWork& work) {
  CudaLimits limits;
  DeviceCount found;
  limits.context_s = seconds_of([&] {
    found = count_devices();
    if (ordinal < found.count) {
      PUMICE_CUDA(cudaSetDevice(ordinal));
      PUMICE_CUDA(cudaFree(nullptr));
    }
  });
  std::string reason;
  limits.kernels_s = seconds_of([&] { reason = found.count == 0 ? found.reason : why_not(ordinal, found.count); });
  if (!reason.empty()) {
    throw UnavailableError(reason);
  }
  limits.kernels_s += seconds_of([&] { load_kernels(work); });
  const Stream stream;
  limits.plan_s = seconds_of([&] { transform_once(work, stream); });
  const std::size_t ring_bytes = ring_bytes_of(ordinal, work);
  DeviceState device(ordinal, kBytes, 2 * kBytes + 2 * ring_bytes, {});
  HostBuffer ring(device);
  limits.ring_s = seconds_to_lock(ring, device, ring_bytes);
  limits.ring_bytes = static_cast<std::int64_t>(ring.capacity());
  limits.readers = work.threads;
  limits.read_bytes_per_s = rate_of_reading(work, ring.get(), ring.capacity());
  HostBuffer host(device);
  limits.pin_bytes_per_s = static_cast<double>(kBytes) / seconds_to_lock(host, device, kBytes);
  std::memset(host.get(), 1, kBytes);
  DeviceBuffer a;
  DeviceBuffer b;
  a.reserve(kBytes);
  b.reserve(kBytes);
  limits.host_to_device_bytes_per_s = rate_of_copies(a.get(), host.get(), cudaMemcpyHostToDevice, stream);
  limits.device_to_host_bytes_per_s = rate_of_copies(host.get(), a.get(), cudaMemcpyDeviceToHost, stream);
  limits.device_copy_bytes_per_s = rate_of_copies(b.get(), a.get(), cudaMemcpyDeviceToDevice, stream);
  return limits;
}

}  // namespace pumice::cuda
