#include "transforms.hpp"

#include <algorithm>
#include <vector>

#include "stages/welch.hpp"
#include "transform_batch.hpp"

namespace pumice::cuda {

namespace {

/// Lengths that segments shorter than nperseg may bring, before plans are made anew.
constexpr std::size_t kMostTransforms = 64;

[[nodiscard]] std::size_t real_bytes(int length, Precision precision) {
  const std::size_t real = precision == Precision::kDouble ? sizeof(double) : sizeof(float);
  return real * static_cast<std::size_t>(length) * static_cast<std::size_t>(transform_batch(length));
}

[[nodiscard]] std::size_t complex_bytes(int length, Precision precision) {
  const std::size_t real = precision == Precision::kDouble ? sizeof(double) : sizeof(float);
  return 2 * real * static_cast<std::size_t>(length / 2 + 1) * static_cast<std::size_t>(transform_batch(length));
}

}  // namespace

Transforms::Transforms(Precision precision, double sample_rate, const Stream& stream)
    : precision_(precision), sample_rate_(sample_rate), stream_(&stream) {}

std::size_t Transforms::bytes_for(int length, Precision precision) {
  return real_bytes(length, precision) + complex_bytes(length, precision) +
         static_cast<std::size_t>(length) * sizeof(double);
}

const Transform& Transforms::get(int length, Taper taper) {
  const std::pair key(length, taper);
  const auto found = transforms_.find(key);
  if (found != transforms_.end()) {
    return found->second;
  }
  try {
    return add(length, taper);
  } catch (...) {
    transforms_.clear();  // the areas that all share may be gone
    throw;
  }
}

const Transform& Transforms::add(int length, Taper taper) {
  const std::vector<double> values = stages::taper_values(taper, length);
  Transform transform{.plan = {}, .taper = {}, .scale = stages::density_scale(values, sample_rate_)};
  if (length > 1) {
    transform.plan.emplace(length, transform_batch(length), in_double() ? CUFFT_D2Z : CUFFT_R2C);
    PUMICE_CUFFT(cufftSetStream(transform.plan->get(), stream_->get()));
    // Never none: cuFFT wants an address, even where it needs no bytes.
    work_.reserve(std::max<std::size_t>(transform.plan->work_bytes(), 256));
  }
  const std::size_t taper_bytes = values.size() * sizeof(double);
  transform.taper.reserve(taper_bytes);
  PUMICE_CUDA(
      cudaMemcpyAsync(transform.taper.get(), values.data(), taper_bytes, cudaMemcpyHostToDevice, stream_->get()));
  // `values` is pageable and goes away here.
  PUMICE_CUDA(cudaStreamSynchronize(stream_->get()));
  // What fills up the last batch is never read, but is transformed: it must be there.
  if (const std::size_t bytes = real_bytes(length, precision_); bytes > input_.capacity()) {
    input_.reserve(bytes);
    PUMICE_CUDA(cudaMemsetAsync(input_.get(), 0, bytes, stream_->get()));
  }
  output_.reserve(complex_bytes(length, precision_));
  return transforms_.emplace(std::pair(length, taper), std::move(transform)).first->second;
}

void Transforms::trim() {
  if (transforms_.size() > kMostTransforms) {
    transforms_.clear();
  }
}

void Transforms::execute(const Transform& transform) {
  if (!transform.plan) {
    PUMICE_CUDA(cudaMemsetAsync(output_.get(), 0, complex_bytes(1, precision_), stream_->get()));
    return;
  }
  const cufftHandle plan = transform.plan->get();
  PUMICE_CUFFT(cufftSetWorkArea(plan, work_.get()));
  if (in_double()) {
    PUMICE_CUFFT(cufftExecD2Z(plan, reinterpret_cast<cufftDoubleReal*>(input()),
                              reinterpret_cast<cufftDoubleComplex*>(output())));
  } else {
    PUMICE_CUFFT(cufftExecR2C(plan, reinterpret_cast<cufftReal*>(input()), reinterpret_cast<cufftComplex*>(output())));
  }
}

}  // namespace pumice::cuda
