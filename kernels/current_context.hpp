/// Which GPU the calling thread uses.
#pragma once

#include <cuda.h>

namespace pumice::cuda {

/// Puts the context back that was current in this thread when it was made: others in the process (PyTorch, CuPy) rely
/// on theirs. Unlike cudaSetDevice it makes none where there was none.
class CurrentContext {
 public:
  CurrentContext();
  ~CurrentContext();
  CurrentContext(const CurrentContext&) = delete;
  CurrentContext& operator=(const CurrentContext&) = delete;

 private:
  CUcontext context_ = nullptr;
  bool is_known_ = false;
};

}  // namespace pumice::cuda
