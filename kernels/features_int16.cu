#include "features.cuh"

namespace pumice::cuda {

template void load_features<std::int16_t>();
template void launch_features<std::int16_t>(const SignalTask*, int, const SpectrumTask*, const CallTables&,
                                            cudaStream_t);

}  // namespace pumice::cuda
