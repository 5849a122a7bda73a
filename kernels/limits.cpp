#include "limits.hpp"

#include <cuda_runtime_api.h>
#include <cufft.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>

#include "check.hpp"
#include "device_probe.hpp"
#include "device_state.hpp"
#include "host_buffer.hpp"
#include "pumice/error.hpp"
#include "resources.hpp"
#include "transform_batch.hpp"

namespace pumice::cuda {
namespace {

/// Large enough that a copy's start does not count, small enough for any card.
constexpr std::size_t kBytes = std::size_t{256} << 20;
constexpr int kRepetitions = 5;
constexpr int kUsualBlock = 1024;  // samples of a block of Welch's

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

}  // namespace

CudaLimits measure_limits(int ordinal) {
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
  const Stream stream;
  limits.plan_s = seconds_of([] { const FftPlan plan(kUsualBlock, transform_batch(kUsualBlock), CUFFT_R2C); });
  DeviceState device(ordinal, kBytes, 2 * kBytes, {});
  HostBuffer host(device);
  const double locking = seconds_of([&] { host.reserve(kBytes); });
  if (device.pinned.taken() == 0) {
    throw UnavailableError("the host locks no memory of its own (see `ulimit -l`)");
  }
  limits.pin_bytes_per_s = static_cast<double>(kBytes) / locking;
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
