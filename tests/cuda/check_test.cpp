/// What a failed call of a CUDA library is taken for, on a runtime that is the host.
#include "check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "cuda/fake_cuda_runtime.hpp"
#include "pumice/error.hpp"

namespace pumice::cuda {
namespace {

constexpr int kOutOfMemory = cudaErrorMemoryAllocation;

/// What is thrown where cuFFT says `error`, and a stream is found in `state`.
CudaError cufft_failure(cufftResult error, cudaError_t state) {
  test::set_fake_cuda_context(state);
  std::optional<CudaError> failure;
  try {
    PUMICE_CUFFT(error);
  } catch (const CudaError& thrown) {
    failure = thrown;
  }
  test::set_fake_cuda_context(cudaSuccess);
  return failure.value();
}

TEST(CufftError, IsOutOfMemoryWhereTheContextLives) {
  for (const cufftResult error : {CUFFT_ALLOC_FAILED, CUFFT_INTERNAL_ERROR}) {
    for (const cudaError_t state : {cudaSuccess, cudaErrorNotReady}) {
      const CudaError failure = cufft_failure(error, state);
      EXPECT_EQ(failure.code(), kOutOfMemory) << error;
      EXPECT_FALSE(failure.fatal()) << error;
    }
  }
}

TEST(CufftError, OfExecutionLeavesALivingContextUsable) {
  const CudaError failure = cufft_failure(CUFFT_EXEC_FAILED, cudaErrorNotReady);
  EXPECT_FALSE(failure.fatal());
  EXPECT_NE(failure.code(), kOutOfMemory);
  EXPECT_THAT(failure.what(), testing::HasSubstr("execution failed"));
}

TEST(CufftError, IsFatalWhereTheContextIsLost) {
  for (const cufftResult error : {CUFFT_ALLOC_FAILED, CUFFT_INTERNAL_ERROR, CUFFT_EXEC_FAILED}) {
    const CudaError failure = cufft_failure(error, cudaErrorIllegalAddress);
    EXPECT_TRUE(failure.fatal()) << error;
    EXPECT_THAT(failure.what(), testing::HasSubstr("the context is lost"));
  }
}

}  // namespace
}  // namespace pumice::cuda
