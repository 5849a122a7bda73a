#include <algorithm>

#include "check.hpp"
#include "launch.hpp"
#include "load_kernels.hpp"
#include "stages/derive.hpp"

namespace pumice::cuda {

namespace {

constexpr int kThreads = 256;
constexpr std::int64_t kSamplesPerBlock = 8 * kThreads;

template <class From, class To>
__device__ void derive_column(const DeriveTask& task) {
  const From* from = task.from.as<From>();
  To* to = const_cast<To*>(task.to.as<To>());
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.y) * kThreads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.y) * kThreads + threadIdx.x; i < task.to.n; i += stride) {
    switch (task.derivation) {
      case Derivation::kNone:
        to[i] = static_cast<To>(from[i]);
        break;
      case Derivation::kAbs:
        to[i] = static_cast<To>(stages::absolute(from[i]));
        break;
      case Derivation::kDiff:
        to[i] = static_cast<To>(stages::difference(from, i));
        break;
    }
  }
}

/// Samples of a type become samples of the same type (|x|), of int32 (differences of int16) or of double.
__global__ void __launch_bounds__(kThreads) derive(const DeriveTask* tasks) {
  const DeriveTask& task = tasks[blockIdx.x];
  const SampleType to = task.to.type;
  switch (task.from.type) {
    case SampleType::kInt16:
      if (to == SampleType::kInt16) {
        derive_column<std::int16_t, std::int16_t>(task);
      } else if (to == SampleType::kInt32) {
        derive_column<std::int16_t, std::int32_t>(task);
      } else {
        derive_column<std::int16_t, double>(task);
      }
      break;
    case SampleType::kInt32:
      if (to == SampleType::kInt32) {
        derive_column<std::int32_t, std::int32_t>(task);
      } else {
        derive_column<std::int32_t, double>(task);
      }
      break;
    case SampleType::kFloat64:
      derive_column<double, double>(task);
      break;
  }
}

}  // namespace

void load_derive_kernel() { load_kernel(derive); }

void launch_derive(const DeriveTask* tasks, int count, std::int64_t longest, cudaStream_t stream) {
  if (count == 0) {
    return;
  }
  const auto parts = std::clamp<std::int64_t>((longest + kSamplesPerBlock - 1) / kSamplesPerBlock, 1, 1024);
  derive<<<dim3(static_cast<unsigned>(count), static_cast<unsigned>(parts)), kThreads, 0, stream>>>(tasks);
  PUMICE_CUDA(cudaGetLastError());
}

}  // namespace pumice::cuda
