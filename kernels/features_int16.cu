#include "features.cuh"

namespace pumice::cuda {

template void launch_features<std::int16_t>(const SignalTask*, int, const SpectrumTask*, const CallTables&,
                                            cudaStream_t);

}  // namespace pumice::cuda
