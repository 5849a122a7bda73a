/// The shape of the spectrum: where its power lies and how it is spread. All over f_k > 0: the mean is left out.
/// A spectrum without power (a constant channel) has no shape: no value.
#pragma once

#include "pumice/feature.hpp"

namespace pumice::features {

inline constexpr double kNoShape = std::numeric_limits<double>::quiet_NaN();

/// Frequency of the highest bin.
struct PeakFrequency {
  static constexpr Spec spec{.name = "peak_frequency",
                             .unit = {0, -1},
                             .summary = "Frequency of the largest power density; the lowest of equal ones.",
                             .formula = "f_k, k = argmax P",
                             .reference = "Welch 1967",
                             .oracle = "f[1 + np.argmax(p[1:])] if np.sum(p[1:]) > 0 else np.nan",
                             .tolerance = Tolerance::kBin,
                             .cost = Cost::kFft,
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"sine n=1024 fs=64 f=4 a=2", {}, 4},
                                       Example<NoParams>{"sine n=1024 fs=64 f=4 a=2 + sine f=12 a=3", {}, 12},
                                       Example<NoParams>{"constant n=1024 fs=64 a=3", {}, kNoShape}};
  PUMICE_HD static double eval(NoParams, WelchPsd psd) {
    if (!(psd.total > 0)) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    int best = 1;
    for (int k = 2; k < psd.bins; ++k) {
      best = psd.p[k] > psd.p[best] ? k : best;
    }
    return psd.frequency(best);
  }
};

/// Mean frequency, weighted by power.
struct SpectralCentroid {
  static constexpr Spec spec{.name = "spectral_centroid",
                             .unit = {0, -1},
                             .summary = "Mean frequency, weighted by power.",
                             .formula = "sum f P / sum P",
                             .reference = "Peeters et al. 2011",
                             .oracle = "np.sum(f[1:] * p[1:]) / np.sum(p[1:]) if np.sum(p[1:]) > 0 else np.nan",
                             .tolerance = Tolerance::kShape,
                             .cost = Cost::kFft,
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"sine n=1024 fs=64 f=4 a=2", {}, 4},
                                       Example<NoParams>{"impulse n=1024 fs=64 at=512 a=1", {}, 16.029297113855936},
                                       Example<NoParams>{"constant n=1024 fs=64 a=3", {}, kNoShape}};
  PUMICE_HD static double eval(NoParams, WelchPsd psd) {
    return psd.total > 0 ? psd.first_moment / psd.total : std::numeric_limits<double>::quiet_NaN();
  }
};

/// Sum of (f - centroid)^2 P over f > 0: the difference of raw moments would lose a narrow spectrum's digits.
PUMICE_HD inline double central_second_moment(const WelchPsd& psd) {
  if (psd.bins < 3) {
    return 0;  // one frequency: its mean would be off by a rounding
  }
  const double centroid = psd.first_moment / psd.total;
  double sum = 0;
  for (int k = 1; k < psd.bins; ++k) {
    const double distance = psd.frequency(k) - centroid;
    sum += distance * distance * psd.p[k];
  }
  return sum;
}

/// Standard deviation of frequency, weighted by power.
struct SpectralSpread {
  static constexpr Spec spec{.name = "spectral_spread",
                             .unit = {0, -1},
                             .summary = "Standard deviation of frequency, weighted by power.",
                             .formula = "sqrt(sum (f - centroid)^2 P / sum P)",
                             .reference = "Peeters et al. 2011",
                             .oracle =
                                 "np.sqrt(np.average((f[1:] - np.average(f[1:], weights=p[1:]))**2, weights=p[1:])) if "
                                 "np.sum(p[1:]) > 0 else np.nan",
                             .tolerance = Tolerance::kShape,
                             .cost = Cost::kFft,
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"sine n=1024 fs=64 f=4 a=2", {}, 0.03608439182435161},
                                       Example<NoParams>{"impulse n=1024 fs=64 at=512 a=1", {}, 9.220724633645977},
                                       Example<NoParams>{"constant n=1024 fs=64 a=3", {}, kNoShape}};
  PUMICE_HD static double eval(NoParams, WelchPsd psd) {
    return psd.total > 0 ? std::sqrt(central_second_moment(psd) / psd.total) : std::numeric_limits<double>::quiet_NaN();
  }
};

/// Lowest frequency up to which at least `share` of the power lies; NaN without power.
PUMICE_HD inline double frequency_below_which(const WelchPsd& psd, double share) {
  if (!(psd.total > 0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double wanted = share * psd.total;
  double sum = 0;
  int k = 1;
  for (; k < psd.bins - 1; ++k) {
    sum += psd.p[k];
    if (sum >= wanted) {
      break;
    }
  }
  return psd.frequency(k);
}

/// Frequency that halves the power.
struct SpectralMedianFrequency {
  static constexpr Spec spec{.name = "spectral_median_frequency",
                             .unit = {0, -1},
                             .summary = "Lowest frequency up to which half of the power lies.",
                             .formula = "min f_k with sum P up to k >= 0.5 sum P",
                             .reference = "Phinyomark et al. 2012",
                             .oracle =
                                 "f[1 + np.searchsorted(np.cumsum(p[1:]), 0.5 * np.sum(p[1:]))] if "
                                 "np.sum(p[1:]) > 0 else np.nan",
                             .tolerance = Tolerance::kBin,
                             .cost = Cost::kFft,
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"sine n=1024 fs=64 f=4 a=2", {}, 4},
                                       Example<NoParams>{"impulse n=1024 fs=64 at=512 a=1", {}, 16},
                                       Example<NoParams>{"constant n=1024 fs=64 a=3", {}, kNoShape}};
  PUMICE_HD static double eval(NoParams, WelchPsd psd) { return frequency_below_which(psd, 0.5); }
};

/// Frequency below which a share of the power lies.
struct SpectralRolloff {
  struct Params {
    double share;
    static constexpr std::array<std::string_view, 1> names{"share"};
    static constexpr std::string_view rule = "0 <= share <= 1";
    [[nodiscard]] PUMICE_HD constexpr bool valid() const { return share >= 0 && share <= 1; }
  };
  static constexpr Spec spec{.name = "spectral_rolloff",
                             .unit = {0, -1},
                             .summary = "Lowest frequency up to which a share of the power lies.",
                             .formula = "min f_k with sum P up to k >= share sum P",
                             .reference = "Peeters et al. 2011",
                             .oracle =
                                 "f[1 + min(np.searchsorted(np.cumsum(p[1:]), share * np.sum(p[1:])), p.size - "
                                 "2)] if np.sum(p[1:]) > 0 else np.nan",
                             .tolerance = Tolerance::kBin,
                             .cost = Cost::kFft,
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array defaults{Params{0.85}, Params{0.95}};
  static constexpr std::array examples{Example<Params>{"sine n=1024 fs=64 f=4 a=2", {0.85}, 4.0625},
                                       Example<Params>{"impulse n=1024 fs=64 at=512 a=1", {0.95}, 30.375},
                                       Example<Params>{"constant n=1024 fs=64 a=3", {0.85}, kNoShape}};
  PUMICE_HD static double eval(Params p, WelchPsd psd) { return frequency_below_which(psd, p.share); }
};

/// Entropy of the normalised spectrum.
struct SpectralEntropy {
  struct Acc {
    double sum = 0;  ///< of p ln p
  };
  static constexpr Spec spec{.name = "spectral_entropy",
                             .unit = {0, 0},
                             .summary = "Shannon entropy of the normalised spectrum, over that of a flat one.",
                             .formula = "-sum p ln p / ln K, p = P / sum P, K bins",
                             .reference = "Inouye et al. 1991",
                             .oracle =
                                 "scipy.stats.entropy(p[1:]) / np.log(p.size - 1) if np.sum(p[1:]) > 0 and p.size "
                                 "> 2 else np.nan",
                             .tolerance = Tolerance::kShape,
                             .cost = Cost::kFft,
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"sine n=1024 fs=64 f=4 a=2", {}, 0.13906990748753587},
                                       Example<NoParams>{"impulse n=1024 fs=64 at=512 a=1", {}, 0.9999164332732553},
                                       Example<NoParams>{"constant n=1024 fs=64 a=3", {}, kNoShape}};
  PUMICE_HD static void add(Acc& acc, std::int64_t k, NoParams, WelchPsd psd) {
    if (k > 0 && psd.p[k] > 0) {
      const double p = psd.p[k] / psd.total;
      acc.sum += p > 0 ? p * std::log(p) : 0.0;
    }
  }
  PUMICE_HD static void merge(Acc& acc, const Acc& other) { acc.sum += other.sum; }
  PUMICE_HD static double finish(const Acc& acc, NoParams, WelchPsd psd) {
    if (!(psd.total > 0) || psd.bins < 3) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    return -acc.sum / std::log(static_cast<double>(psd.bins - 1));
  }
};

/// How flat the spectrum is.
struct SpectralFlatness {
  struct Acc {
    double sum = 0;  ///< of ln(P / sum P)
    std::int64_t zeros = 0;
  };
  static constexpr Spec spec{.name = "spectral_flatness",
                             .unit = {0, 0},
                             .summary = "Geometric over arithmetic mean of the power density; 0 if one is 0.",
                             .formula = "exp(mean ln P) / mean P",
                             .reference = "Gray & Markel 1974",
                             .oracle =
                                 "(scipy.stats.gmean(p[1:] / np.mean(p[1:])) if np.all(p[1:] > 0) else 0.0) if "
                                 "np.sum(p[1:]) > 0 else np.nan",
                             .tolerance = Tolerance::kShape,
                             .cost = Cost::kFft,
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"impulse n=1024 fs=64 at=512 a=1", {}, 0.999355379791703},
                                       Example<NoParams>{"impulse n=1024 fs=64 at=512 a=50", {}, 0.999355379791703},
                                       Example<NoParams>{"constant n=1024 fs=64 a=3", {}, kNoShape}};
  PUMICE_HD static void add(Acc& acc, std::int64_t k, NoParams, WelchPsd psd) {
    if (k == 0) {
      return;
    }
    const double share = psd.p[k] / psd.total;
    if (share > 0) {
      acc.sum += std::log(share);
    } else {
      ++acc.zeros;
    }
  }
  PUMICE_HD static void merge(Acc& acc, const Acc& other) {
    acc.sum += other.sum;
    acc.zeros += other.zeros;
  }
  PUMICE_HD static double finish(const Acc& acc, NoParams, WelchPsd psd) {
    if (!(psd.total > 0)) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    const auto k = static_cast<double>(psd.bins - 1);
    return acc.zeros > 0 ? 0.0 : std::exp(acc.sum / k) * k;
  }
};

/// Vanmarcke's bandwidth parameter.
struct SpectralBandwidth {
  static constexpr Spec spec{
      .name = "spectral_bandwidth",
      .unit = {0, 0},
      .summary = "Vanmarcke's bandwidth parameter: 0 for one frequency, towards 1 for a wide band.",
      .formula = "sqrt(1 - m1^2 / (m0 m2)), m_i = sum f^i P",
      .reference = "Vanmarcke 1972",
      .oracle =
          "np.sqrt(np.sum((f[1:] - np.average(f[1:], weights=p[1:]))**2 * p[1:]) / np.sum(f[1:]**2 * p[1:])) if "
          "np.sum(p[1:]) > 0 else np.nan",
      .tolerance = Tolerance::kShape,
      .cost = Cost::kFft,
      .min_n = 2,
      .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"sine n=1024 fs=64 f=4 a=2", {}, 0.009020730909074992},
                                       Example<NoParams>{"impulse n=1024 fs=64 at=512 a=1", {}, 0.49862875121953776},
                                       Example<NoParams>{"constant n=1024 fs=64 a=3", {}, kNoShape}};
  /// m0 m2 - m1^2 is m0 times the central second moment.
  PUMICE_HD static double eval(NoParams, WelchPsd psd) {
    return psd.total > 0 ? std::sqrt(central_second_moment(psd) / psd.second_moment)
                         : std::numeric_limits<double>::quiet_NaN();
  }
};

/// Vanmarcke's central frequency.
struct SpectralCentralFrequency {
  static constexpr Spec spec{.name = "spectral_central_frequency",
                             .unit = {0, -1},
                             .summary = "Root mean square frequency, weighted by power (Vanmarcke).",
                             .formula = "sqrt(m2 / m0), m_i = sum f^i P",
                             .reference = "Vanmarcke 1972",
                             .oracle = "np.sqrt(np.average(f[1:]**2, weights=p[1:])) if np.sum(p[1:]) > 0 else np.nan",
                             .tolerance = Tolerance::kShape,
                             .cost = Cost::kFft,
                             .min_n = 2,
                             .sets = kCore};
  static constexpr std::array examples{Example<NoParams>{"sine n=1024 fs=64 f=4 a=2", {}, 4.000162757105432},
                                       Example<NoParams>{"impulse n=1024 fs=64 at=512 a=1", {}, 18.492163981908554},
                                       Example<NoParams>{"constant n=1024 fs=64 a=3", {}, kNoShape}};
  PUMICE_HD static double eval(NoParams, WelchPsd psd) {
    return psd.total > 0 ? std::sqrt(psd.second_moment / psd.total) : std::numeric_limits<double>::quiet_NaN();
  }
};

using SpectralShape =
    FeatureList<PeakFrequency, SpectralCentroid, SpectralSpread, SpectralMedianFrequency, SpectralRolloff,
                SpectralEntropy, SpectralFlatness, SpectralBandwidth, SpectralCentralFrequency>;

}  // namespace pumice::features
