/// Marks functions that both the host and a CUDA device run.
#pragma once

#if defined(__CUDACC__)
#define PUMICE_HD __host__ __device__
#else
#define PUMICE_HD
#endif
