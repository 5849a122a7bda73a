#include "core/extract_summary.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace pumice {
namespace {

// Orders of magnitude measured on one core of a server, for estimates only: bytes of plain text a second that are
// decoded, and further that are taken through the statistics or also the spectra.
constexpr double kDecodeBytesPerSecond = 1.5e9;
constexpr double kStatisticsBytesPerSecond = 4e9;
constexpr double kSpectraBytesPerSecond = 1.5e9;
constexpr double kCompressionRatio = 4;
/// The calling thread writes while the others work: it holds them up once it is busy for most of the time.
constexpr double kBusyShare = 0.6;

bool is_compressed(const std::string& path) { return path.ends_with(".gz") || path.ends_with(".zst"); }

}  // namespace

double estimate_core_seconds(const Discovery& discovery, const std::vector<std::string>& features) {
  const double text_bytes = std::accumulate(
      discovery.recordings.begin(), discovery.recordings.end(), 0.0, [](double sum, const Recording& recording) {
        return sum + static_cast<double>(recording.bytes) * (is_compressed(recording.path) ? kCompressionRatio : 1);
      });
  const double seconds = text_bytes / kDecodeBytesPerSecond + text_bytes / kStatisticsBytesPerSecond;
  return needs_sample_rate(features) ? seconds + text_bytes / kSpectraBytesPerSecond : seconds;
}

std::string limited_by(const RunTimes& times) {
  const StageSeconds& seconds = times.stages;
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
    return fmt::format("disk, {:.{}f} GB/s", gigabytes_a_second, gigabytes_a_second < 0.95 ? 2 : 1);
  }
  if (seconds.decode >= computing) {
    return fmt::format("decoding, {:.{}f} GB/s", gigabytes_a_second, gigabytes_a_second < 0.95 ? 2 : 1);
  }
  const auto largest = std::max_element(compute.begin(), compute.end(),
                                        [](const Part& a, const Part& b) { return a.second < b.second; });
  return fmt::format("compute ({} {:.0f} %)", largest->first, 100 * largest->second / all);
}

}  // namespace pumice
