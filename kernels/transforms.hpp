/// The Fourier transforms of a slot: cuFFT plans by length and taper, and the memory that they share.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "pumice/plan.hpp"
#include "resources.hpp"

namespace pumice::cuda {

/// One length and taper.
struct Transform {
  std::optional<FftPlan> plan;  ///< none for one sample, whose distance from its mean is zero
  DeviceBuffer taper;           ///< [length] double
  double scale = 0;             ///< 1 / (fs sum w^2), s
};

/// Used on one stream: its transforms share their input, output and work areas.
class Transforms {
 public:
  /// `stream` must outlive this.
  Transforms(Precision precision, double sample_rate, const Stream& stream);

  /// The transform of this length, made on first use together with room for it. Stays until `trim`, or until this
  /// throws.
  [[nodiscard]] const Transform& get(int length, Taper taper);
  /// Forgets all transforms where there are too many; none may be in use.
  void trim();
  /// Runs the plan over the whole input, whatever lies in it.
  void execute(const Transform& transform);

  [[nodiscard]] bool in_double() const { return precision_ == Precision::kDouble; }
  [[nodiscard]] std::byte* input() const { return input_.get(); }
  [[nodiscard]] std::byte* output() const { return output_.get(); }

  /// Bytes that `get(length, ..)` makes room for, but for cuFFT's own.
  [[nodiscard]] static std::size_t bytes_for(int length, Precision precision);

 private:
  [[nodiscard]] const Transform& add(int length, Taper taper);

  Precision precision_;
  double sample_rate_;
  const Stream* stream_;
  std::map<std::pair<int, Taper>, Transform> transforms_;
  DeviceBuffer input_;
  DeviceBuffer output_;
  DeviceBuffer work_;
};

}  // namespace pumice::cuda
