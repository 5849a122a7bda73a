/// Power in frequency bands, from Welch's estimate.
#pragma once

#include "pumice/feature.hpp"

namespace pumice::features {

/// Bands in Hz that are taken where `--bands` says nothing.
inline constexpr std::array kDefaultBands{Band{0.1, 0.5}, Band{0.5, 1}, Band{1, 2},   Band{2, 4.5},
                                          Band{4.5, 8},   Band{8, 16},  Band{16, 25}, Band{25, 50}};

/// Lowest bin at or above `frequency`, in [0, bins]. A bin within 1e-9 df of it counts as being on it, so that an edge
/// that is a bin's frequency falls on the same side whatever way k df was rounded.
PUMICE_HD inline int first_bin(const WelchPsd& psd, double frequency) {
  const double k = std::ceil(frequency / psd.df - 1e-9);
  return k <= 0 ? 0 : k < psd.bins ? static_cast<int>(k) : psd.bins;
}

/// Bins [first, end).
struct BinRange {
  int first = 0;
  int end = 0;
  [[nodiscard]] PUMICE_HD bool is_empty() const { return first >= end; }
};

/// Bins of from <= f_k < to; half the sampling rate, where it is the band's end, is in it. Empty where the band is
/// above half the rate.
PUMICE_HD inline BinRange bins_in_band(const WelchPsd& psd, const Band& band) {
  const double nyquist = psd.sample_rate / 2;
  if (!(band.to <= nyquist * (1 + 1e-9))) {
    return {};
  }
  return {first_bin(psd, band.from), band.to >= nyquist * (1 - 1e-9) ? psd.bins : first_bin(psd, band.to)};
}

/// Sum of P df over a band, {x}^2. NaN where the band has no bin.
PUMICE_HD inline double power_in_band(const WelchPsd& psd, const Band& band) {
  const BinRange bins = bins_in_band(psd, band);
  if (bins.is_empty()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  double sum = 0;
  for (int k = bins.first; k < bins.end; ++k) {
    sum += psd.p[k];
  }
  return sum * psd.df;
}

/// Power in a band.
struct BandPower {
  static constexpr Spec spec{
      .name = "band_power",
      .unit = {2, 0},
      .summary = "Power in a band; half the sampling rate is in the band that ends there.",
      .formula = "sum P df, from <= f_k < to",
      .reference = "Welch 1967",
      .oracle =
          "(lambda k: np.sum(p[k]) * f[1] if k.any() and to <= fs / 2 else np.nan)((f >= from_ - 1e-9 * f[1]) & "
          "((f < to - 1e-9 * f[1]) | (to == fs / 2)))",
      .tolerance = Tolerance::kPower,
      .cost = Cost::kFft,
      .min_n = 2,
      .sets = kCore};
  static constexpr auto defaults = kDefaultBands;
  static constexpr std::array examples{
      Example<Band>{"sine n=1024 fs=64 f=4 a=2", {2, 4.5}, 2},
      Example<Band>{"sine n=1024 fs=64 f=4 a=2", {4, 5}, 5.0 / 3},
      Example<Band>{"constant n=1024 fs=64 a=3", {8, 32}, 0},
      Example<Band>{"sine n=1024 fs=64 f=4 a=2", {25, 50}, std::numeric_limits<double>::quiet_NaN()}};
  PUMICE_HD static double eval(Band band, WelchPsd psd) { return power_in_band(psd, band); }
};

/// Share of the power in a band.
struct RelativeBandPower {
  static constexpr Spec spec{
      .name = "relative_band_power",
      .unit = {0, 0},
      .summary = "Power in a band over the power at all frequencies above zero.",
      .formula = "band_power / sum P df over k >= 1",
      .reference = "Welch 1967",
      .oracle =
          "(lambda k: np.sum(p[k]) / np.sum(p[1:]) if k.any() and to <= fs / 2 and np.sum(p[1:]) > 0 else "
          "np.nan)((f >= from_ - 1e-9 * f[1]) & ((f < to - 1e-9 * f[1]) | (to == fs / 2)))",
      .tolerance = Tolerance::kShape,
      .cost = Cost::kFft,
      .min_n = 2,
      .sets = kCore};
  static constexpr auto defaults = kDefaultBands;
  static constexpr std::array examples{
      Example<Band>{"sine n=1024 fs=64 f=4 a=2 + sine f=12 a=1", {2, 4.5}, 0.8},
      Example<Band>{"sine n=1024 fs=64 f=4 a=2 + sine f=12 a=1", {8, 16}, 0.2},
      Example<Band>{"constant n=1024 fs=64 a=3", {8, 16}, std::numeric_limits<double>::quiet_NaN()}};
  PUMICE_HD static double eval(Band band, WelchPsd psd) {
    return psd.total > 0 ? power_in_band(psd, band) / (psd.total * psd.df) : std::numeric_limits<double>::quiet_NaN();
  }
};

/// Logarithm of the power in a band.
struct LogBandPower {
  static constexpr Spec spec{
      .name = "log_band_power",
      .unit = {.signal = 2, .second = 0, .log10 = true},
      .summary = "Decimal logarithm of the power in a band; no value where the power is 0.",
      .formula = "log10(band_power)",
      .reference = "Welch 1967",
      .oracle =
          "(lambda k: np.log10(np.sum(p[k]) * f[1]) if k.any() and to <= fs / 2 and np.sum(p[k]) > 0 else "
          "np.nan)((f >= from_ - 1e-9 * f[1]) & ((f < to - 1e-9 * f[1]) | (to == fs / 2)))",
      .tolerance = Tolerance::kLogPower,
      .cost = Cost::kFft,
      .min_n = 2,
      .sets = kCore};
  static constexpr auto defaults = kDefaultBands;
  static constexpr std::array examples{
      Example<Band>{"sine n=1024 fs=64 f=4 a=2", {2, 4.5}, 0.30102999566398120},
      Example<Band>{"sine n=1024 fs=64 f=4 a=20", {2, 4.5}, 2.30102999566398120},
      Example<Band>{"constant n=1024 fs=64 a=3", {8, 16}, std::numeric_limits<double>::quiet_NaN()}};
  PUMICE_HD static double eval(Band band, WelchPsd psd) {
    const double power = power_in_band(psd, band);
    return power > 0 ? std::log10(power) : std::numeric_limits<double>::quiet_NaN();
  }
};

using SpectralBands = FeatureList<BandPower, RelativeBandPower, LogBandPower>;

}  // namespace pumice::features
