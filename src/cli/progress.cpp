#include "cli/progress.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "cli/message.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

constexpr int kWidestBar = 40;
constexpr int kNarrowestBar = 10;

int terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 100;
}

double share_done(const Progress& progress) {
  return progress.total > 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : 1;
}

}  // namespace

ProgressMode parse_progress_mode(std::string_view text) {
  if (text == "auto") {
    return ProgressMode::kAuto;
  }
  if (text == "always") {
    return ProgressMode::kAlways;
  }
  if (text == "never") {
    return ProgressMode::kNever;
  }
  throw UsageError(fmt::format("`--progress {}`: auto, always or never", text));
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 100) {
    return fmt::format("{} s", whole);
  }
  if (whole < std::int64_t{100} * 60) {
    return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  }
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 1000) {
    return fmt::format("{} bytes", bytes);
  }
  constexpr std::array<const char*, 4> kUnits{"kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string progress_text(const Progress& progress) {
  std::string text =
      fmt::format("{:.0f} %  {}/{} segments", std::floor(100 * share_done(progress)), progress.done, progress.total);
  if (progress.seconds > 0 && progress.done > 0) {
    const double rate = static_cast<double>(progress.done) / progress.seconds;
    text += fmt::format("  {:.{}f} segments/s  {:.2f} GB/s", rate, rate < 10 ? 1 : 0,
                        static_cast<double>(progress.bytes) / progress.seconds / 1e9);
    if (progress.done < progress.total) {
      text += fmt::format("  {} left", duration_text(static_cast<double>(progress.total - progress.done) / rate));
    }
  }
  if (progress.skipped > 0) {
    text += fmt::format("  {} skipped", progress.skipped);
  }
  return text;
}

ProgressPrinter::ProgressPrinter(ProgressMode mode, std::chrono::milliseconds interval)
    : interval_(interval), last_line_(std::chrono::steady_clock::now()) {
  if (mode == ProgressMode::kAlways) {
    style_ = Style::kBar;
  } else if (mode == ProgressMode::kAuto) {
    style_ = isatty(STDERR_FILENO) != 0 ? Style::kBar : Style::kLines;
  }
}

void ProgressPrinter::update(const Progress& progress) {
  const std::string text = progress_text(progress);
  if (style_ == Style::kLines) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_line_ >= interval_) {
      say("{}\n", text);
      last_line_ = now;
    }
    return;
  }
  if (style_ == Style::kBar) {
    const int room = terminal_columns() - static_cast<int>(text.size()) - 5;
    std::string bar;
    if (room >= kNarrowestBar) {
      const int width = std::min(room, kWidestBar);
      const int filled = static_cast<int>(share_done(progress) * width);
      bar = fmt::format("[{}{}] ", std::string(static_cast<std::size_t>(filled), '#'),
                        std::string(static_cast<std::size_t>(width - filled), '.'));
    }
    say("\r{}{}\x1b[K", bar, text);
    std::fflush(stderr);
    bar_is_shown_ = true;
  }
}

void ProgressPrinter::message(std::string_view line) {
  clear();
  say("{}\n", line);
}

void ProgressPrinter::clear() {
  if (bar_is_shown_) {
    say("\r\x1b[K");
    std::fflush(stderr);
    bar_is_shown_ = false;
  }
}

}  // namespace pumice::cli
