/// One device's runs in `pumice bench`.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/bench_report.hpp"
#include "pumice/extract.hpp"
#include "pumice/source.hpp"

namespace pumice::cli {

class DeviceBench {
 public:
  /// `arguments`: those of `pumice extract` that ask for what `options` ask for. `table`: where runs write theirs.
  DeviceBench(ExtractOptions options, std::vector<std::string> arguments, const Discovery& discovery,
              const std::string& device, const std::filesystem::path& table);

  [[nodiscard]] bool ran() const { return times_.absent.empty(); }
  [[nodiscard]] const std::string& table() const { return options_.output; }
  [[nodiscard]] const ExtractReport& report() const { return report_; }
  [[nodiscard]] DeviceTimes& times() { return times_; }

  /// The first run, which starts the device up, or finds that it is absent.
  void start(const std::stop_token& stop);
  /// A run of all files, one of the first half of them, and one of all in a new process.
  void run(const std::stop_token& stop);
  /// A run of files that the caller has just dropped from the page cache.
  void run_cold(const std::stop_token& stop);

 private:
  [[nodiscard]] double once(const ExtractOptions& options, const std::stop_token& stop);
  [[nodiscard]] double process(const std::stop_token& stop) const;

  ExtractOptions options_;
  ExtractOptions half_;
  std::vector<std::string> arguments_;
  ExtractReport report_;
  DeviceTimes times_;
  std::vector<StageSeconds> stages_;
};

}  // namespace pumice::cli
