#include "features.cuh"

namespace pumice::cuda {

template void load_features<double>();
template void launch_features<double>(const SignalTask*, int, const SpectrumTask*, const CallTables&, cudaStream_t);

}  // namespace pumice::cuda
