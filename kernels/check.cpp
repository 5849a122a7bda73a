#include "check.hpp"

#include <string>
#include <string_view>

#include "pumice/error.hpp"

namespace pumice::cuda {

namespace {

/// "moments.cu:31"
std::string place(const char* file, int line) {
  const std::string_view path(file);
  return std::string(path.substr(path.find_last_of('/') + 1)) + ":" + std::to_string(line);
}

const char* cufft_text(cufftResult error) {
  switch (error) {
    case CUFFT_ALLOC_FAILED:
      return "out of memory";
    case CUFFT_INVALID_SIZE:
      return "invalid size";
    case CUFFT_SETUP_FAILED:
      return "set-up failed";
    case CUFFT_EXEC_FAILED:
      return "execution failed";
    case CUFFT_INTERNAL_ERROR:
      return "internal error";
    default:
      return "failed";
  }
}

// Of newer toolkits than the oldest that this is built with.
constexpr auto kContained = static_cast<cudaError_t>(226);
constexpr auto kTensorMemoryLeak = static_cast<cudaError_t>(721);

}  // namespace

bool is_fatal(cudaError_t error) noexcept {
  switch (error) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorMpsClientTerminated:
    case cudaErrorExternalDevice:
    case kContained:
    case kTensorMemoryLeak:
    case cudaErrorDevicesUnavailable:
    case cudaErrorContextIsDestroyed:
    case cudaErrorCudartUnloading:
    case cudaErrorUnknown:
      return true;
    default:
      return false;
  }
}

void throw_cuda_error(cudaError_t error, const char* call, const char* file, int line) {
  throw CudaError(std::string("CUDA: ") + cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ") in " + call +
                      " at " + place(file, line),
                  static_cast<int>(error), is_fatal(error));
}

void throw_cufft_error(cufftResult error, const char* call, const char* file, int line) {
  // cuFFT says "internal error" where a plan finds too little memory, and where the context is lost: CUDA is asked. Out
  // of memory has one code, whichever library ran out of it, so that callers can make their batches smaller.
  const cudaError_t context = cudaStreamQuery(nullptr);
  static_cast<void>(cudaGetLastError());
  const bool fatal = is_fatal(context);
  const bool lacks_memory = error == CUFFT_ALLOC_FAILED || error == CUFFT_INTERNAL_ERROR;
  const int code = lacks_memory && !fatal ? static_cast<int>(cudaErrorMemoryAllocation) : static_cast<int>(error);
  const std::string lost = fatal ? std::string(", the context is lost: ") + cudaGetErrorName(context) : std::string();
  throw CudaError(std::string("cuFFT: ") + cufft_text(error) + " (" + std::to_string(error) + lost + ") in " + call +
                      " at " + place(file, line),
                  code, fatal);
}

}  // namespace pumice::cuda
