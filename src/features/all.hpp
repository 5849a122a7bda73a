/// The catalogue: every family of features, in the order of columns.
#pragma once

#include "features/quality.hpp"
#include "features/quantiles.hpp"
#include "features/spectral_bands.hpp"
#include "features/spectral_shape.hpp"
#include "features/statistics.hpp"
#include "features/strikes.hpp"
#include "features/time_axis.hpp"
#include "features/trend.hpp"

namespace pumice::features {

/// A family's name and how many features it has.
struct Family {
  std::string_view name;
  int size;
};

inline constexpr std::array kFamilies{
    Family{"quality", Quality::kSize},
    Family{"statistics", Statistics::kSize},
    Family{"quantiles", Quantiles::kSize},
    Family{"time_axis", TimeAxisFeatures::kSize},
    Family{"spectral_bands", SpectralBands::kSize},
    Family{"spectral_shape", SpectralShape::kSize},
    Family{"strikes", Strikes::kSize},
    Family{"trend", Trend::kSize},
};

using Catalogue =
    Concatenate<Quality, Statistics, Quantiles, TimeAxisFeatures, SpectralBands, SpectralShape, Strikes, Trend>;

}  // namespace pumice::features
