#include "current_context.hpp"

#include <cuda_runtime_api.h>

namespace pumice::cuda {

namespace {

using GetCurrent = CUresult (*)(CUcontext* context);
using SetCurrent = CUresult (*)(CUcontext context);

/// Functions of the driver, which nothing of ours is linked to.
struct Driver {
  GetCurrent get_current = nullptr;
  SetCurrent set_current = nullptr;

  Driver()
      : get_current(reinterpret_cast<GetCurrent>(find("cuCtxGetCurrent"))),
        set_current(reinterpret_cast<SetCurrent>(find("cuCtxSetCurrent"))) {}

 private:
  static void* find(const char* name) {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
#if CUDART_VERSION >= 12050
    constexpr unsigned kSince = 4000;
    const cudaError_t error = cudaGetDriverEntryPointByVersion(name, &function, kSince, cudaEnableDefault, &found);
#else
    const cudaError_t error = cudaGetDriverEntryPoint(name, &function, cudaEnableDefault, &found);
#endif
    static_cast<void>(cudaGetLastError());
    return error == cudaSuccess && found == cudaDriverEntryPointSuccess ? function : nullptr;
  }
};

const Driver& driver() {
  static const Driver found;
  return found;
}

}  // namespace

CurrentContext::CurrentContext() {
  const Driver& calls = driver();
  is_known_ = calls.get_current != nullptr && calls.set_current != nullptr;
  if (is_known_ && calls.get_current(&context_) != CUDA_SUCCESS) {
    context_ = nullptr;  // of a driver that nobody has used yet
  }
}

CurrentContext::~CurrentContext() {
  if (is_known_) {
    static_cast<void>(driver().set_current(context_));
  }
}

}  // namespace pumice::cuda
