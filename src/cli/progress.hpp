/// Progress and messages on stderr: a bar on a terminal, a plain line now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "pumice/engine.hpp"

namespace pumice::cli {

enum class ProgressMode : std::uint8_t { kAuto, kAlways, kNever };
/// "auto", "always", "never". Throws UsageError.
[[nodiscard]] ProgressMode parse_progress_mode(std::string_view text);

/// "45 %  2000/4431 segments  350 segments/s  1.2 GB/s  7 s left"
[[nodiscard]] std::string progress_text(const Progress& progress);
/// "7 s", "3:20 min", "2:05 h"
[[nodiscard]] std::string duration_text(double seconds);
/// "812 bytes", "3.5 MB"
[[nodiscard]] std::string bytes_text(std::int64_t bytes);

class ProgressPrinter {
 public:
  /// kAuto: a bar where stderr is a terminal, else a line every `interval`; kAlways: a bar anywhere.
  explicit ProgressPrinter(ProgressMode mode, std::chrono::milliseconds interval = std::chrono::seconds(10));
  ~ProgressPrinter() { clear(); }
  ProgressPrinter(const ProgressPrinter&) = delete;
  ProgressPrinter& operator=(const ProgressPrinter&) = delete;

  void update(const Progress& progress);
  /// Prints a line above the bar.
  void message(std::string_view line);
  /// Takes the bar away.
  void clear();

 private:
  enum class Style : std::uint8_t { kBar, kLines, kNone } style_ = Style::kNone;
  std::chrono::milliseconds interval_;
  bool bar_is_shown_ = false;
  std::chrono::steady_clock::time_point last_line_;
};

}  // namespace pumice::cli
