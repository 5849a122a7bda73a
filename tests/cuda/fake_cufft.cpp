/// The calls of cuFFT that a slot's transforms take, on the fake runtime.
#include <cufft.h>

#include <algorithm>
#include <complex>
#include <cstring>
#include <map>
#include <mutex>

#include "cuda/fake_cuda_runtime.hpp"
#include "cuda/host_kernels.hpp"

namespace {

struct Plan {
  int length = 0;
  int batch = 0;
  std::size_t work_bytes = 0;
  std::byte* work = nullptr;
  cudaStream_t stream = nullptr;
};

std::mutex mutex;
std::map<cufftHandle, Plan> plans;
cufftHandle last_handle = 0;

bool call_fails() {
  const bool fails = pumice::test::next_fake_cuda_call() != cudaSuccess;
  static_cast<void>(cudaGetLastError());  // cuFFT has codes of its own
  return fails;
}

/// Lets `body` change the plan.
template <class Body>
cufftResult change(cufftHandle handle, cufftResult failure, Body body) {
  const std::lock_guard lock(mutex);
  const auto plan = plans.find(handle);
  if (plan == plans.end()) {
    return CUFFT_INVALID_PLAN;
  }
  if (call_fails()) {
    return failure;
  }
  body(plan->second);
  return CUFFT_SUCCESS;
}

/// Zeros have a spectrum of zeros: most of a batch is nothing else.
template <class Real>
void transform_all(const Plan& plan, const Real* x, std::complex<Real>* out) {
  std::memset(plan.work, 0x5a, plan.work_bytes);
  const int bins = plan.length / 2 + 1;
  for (int b = 0; b < plan.batch; ++b, x += plan.length, out += bins) {
    if (std::all_of(x, x + plan.length, [](Real value) { return value == 0; })) {
      std::fill_n(out, bins, std::complex<Real>());
    } else {
      pumice::test::transform(x, plan.length, out);
    }
  }
}

template <class Real>
cufftResult execute(cufftHandle handle, const Real* x, void* complex) {
  Plan plan;
  if (const cufftResult error = change(handle, CUFFT_EXEC_FAILED, [&](const Plan& found) { plan = found; });
      error != CUFFT_SUCCESS) {
    return error;
  }
  const auto rows = static_cast<std::size_t>(plan.batch) * sizeof(Real);
  if (!pumice::test::is_in_one_block(x, rows * static_cast<std::size_t>(plan.length)) ||
      !pumice::test::is_in_one_block(complex, rows * 2 * static_cast<std::size_t>(plan.length / 2 + 1)) ||
      !pumice::test::is_in_one_block(plan.work, std::max<std::size_t>(plan.work_bytes, 1))) {
    return CUFFT_INVALID_VALUE;
  }
  const cudaError_t error = pumice::test::launch_on_fake_cuda(
      plan.stream, [=] { transform_all(plan, x, static_cast<std::complex<Real>*>(complex)); });
  static_cast<void>(cudaGetLastError());
  return error == cudaSuccess ? CUFFT_SUCCESS : CUFFT_EXEC_FAILED;
}

}  // namespace

extern "C" {

cufftResult cufftCreate(cufftHandle* handle) {
  const std::lock_guard lock(mutex);
  if (call_fails()) {
    return CUFFT_ALLOC_FAILED;
  }
  *handle = ++last_handle;
  plans[*handle] = {};
  return CUFFT_SUCCESS;
}

cufftResult cufftSetAutoAllocation(cufftHandle handle, int) {
  return change(handle, CUFFT_INVALID_VALUE, [](Plan&) {});
}

/// Powers of two need no work area.
cufftResult cufftMakePlan1d(cufftHandle handle, int length, cufftType, int batch, std::size_t* work_bytes) {
  return change(handle, CUFFT_ALLOC_FAILED, [&](Plan& plan) {
    plan.length = length;
    plan.batch = batch;
    plan.work_bytes = (length & (length - 1)) == 0 ? 0 : 16 * static_cast<std::size_t>(length);
    *work_bytes = plan.work_bytes;
  });
}

cufftResult cufftSetStream(cufftHandle handle, cudaStream_t stream) {
  return change(handle, CUFFT_INVALID_VALUE, [&](Plan& plan) { plan.stream = stream; });
}

cufftResult cufftSetWorkArea(cufftHandle handle, void* work) {
  return change(handle, CUFFT_INVALID_VALUE, [&](Plan& plan) { plan.work = static_cast<std::byte*>(work); });
}

cufftResult cufftExecR2C(cufftHandle handle, cufftReal* x, cufftComplex* out) { return execute(handle, x, out); }
cufftResult cufftExecD2Z(cufftHandle handle, cufftDoubleReal* x, cufftDoubleComplex* out) {
  return execute(handle, x, out);
}

cufftResult cufftDestroy(cufftHandle handle) {
  const std::lock_guard lock(mutex);
  return plans.erase(handle) == 1 ? CUFFT_SUCCESS : CUFFT_INVALID_PLAN;
}
}
