#include "core/extract_summary.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "core/engine_run.hpp"

namespace pumice {
namespace {

// For estimates only, whatever the processor: bytes of plain text a second of one thread's CPU time, of INGV-like files
// in the page cache on a Zen 5 core with AVX-512, built with -O2: 0.64 GB/s read, decoded and through the statistics,
// 0.50 GB/s with core's spectra too. The share of decoding in the former is the stages' share of time.
constexpr double kDecodeBytesPerSecond = 0.85e9;
constexpr double kStatisticsBytesPerSecond = 2.6e9;
constexpr double kSpectraBytesPerSecond = 2.3e9;
/// What short windows cost however few their samples: INGV-like windows of 200 to 1000 samples took 0.13 to 0.33 us.
constexpr double kSecondsPerValue = 0.2e-6;
constexpr double kCompressionRatio = 4;
/// The calling thread writes while the others work: it holds them up once it is busy for most of the time.
constexpr double kBusyShare = 0.6;
/// Nobody waits for less: what took most of it says nothing of larger runs.
constexpr double kSoon = 0.1;

bool is_compressed(const std::string& path) { return path.ends_with(".gz") || path.ends_with(".zst"); }

}  // namespace

double estimate_core_seconds(const Discovery& discovery, const std::vector<std::string>& features,
                             const WorkSize& work) {
  const double text_bytes = std::accumulate(
      discovery.recordings.begin(), discovery.recordings.end(), 0.0, [](double sum, const Recording& recording) {
        return sum + static_cast<double>(recording.bytes) * (is_compressed(recording.path) ? kCompressionRatio : 1);
      });
  const double computed_bytes = text_bytes * work.coverage;
  const double spectra = needs_sample_rate(features) ? computed_bytes / kSpectraBytesPerSecond : 0;
  return text_bytes / kDecodeBytesPerSecond + computed_bytes / kStatisticsBytesPerSecond + spectra +
         work.values * kSecondsPerValue;
}

std::string limited_by(const RunTimes& times) {
  const StageSeconds& seconds = times.stages;
  if (times.total_s < kSoon) {
    return fmt::format("nothing: {:.0f} ms in all", 1e3 * times.total_s);
  }
  if (seconds.write > kBusyShare * times.total_s) {
    return fmt::format("writing the table ({:.0f} % of the time)",
                       100 * std::min(1.0, seconds.write / std::max(times.total_s, seconds.write)));
  }
  if (times.engine_s + seconds.write < times.total_s / 2) {
    return fmt::format("start-up ({:.0f} % of the time went before the first file was read)",
                       100 * (1 - (times.engine_s + seconds.write) / times.total_s));
  }
  using Part = std::pair<const char*, double>;
  const std::array<Part, 7> compute{{{"policy", seconds.prepare},
                                     {"upload", seconds.upload},
                                     {"moments", seconds.moments},
                                     {"order statistics", seconds.order_statistics},
                                     {"welch", seconds.welch},
                                     {"features", seconds.features},
                                     {"download", seconds.download}}};
  const double computing =
      std::accumulate(compute.begin(), compute.end(), 0.0, [](double sum, const Part& s) { return sum + s.second; });
  const double all = computing + seconds.read + seconds.decode;
  if (all <= 0 || times.engine_s <= 0) {
    return "nothing";
  }
  const double gigabytes_a_second = static_cast<double>(times.bytes) / times.engine_s / 1e9;
  if (seconds.read >= seconds.decode && seconds.read >= computing) {
    const bool is_hot = static_cast<double>(times.bytes) > seconds.read * kPageCacheRate;
    return fmt::format("{}, {:.{}f} GB/s", is_hot ? "reading from the page cache" : "disk", gigabytes_a_second,
                       gigabytes_a_second < 0.95 ? 2 : 1);
  }
  if (seconds.decode >= computing) {
    return fmt::format("decoding, {:.{}f} GB/s", gigabytes_a_second, gigabytes_a_second < 0.95 ? 2 : 1);
  }
  const auto largest = std::max_element(compute.begin(), compute.end(),
                                        [](const Part& a, const Part& b) { return a.second < b.second; });
  return fmt::format("compute ({} {:.0f} %)", largest->first, 100 * largest->second / all);
}

}  // namespace pumice
