/// Whether recordings are worth trying as texts.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace pumice {

/// Shared by the workers of a device. A text that is refused was read, copied and parsed in vain: after each, ever more
/// recordings are not tried, and from then on one at a time until one is taken. Which way a recording goes changes the
/// time alone, so that threads which meet here may miscount.
class TextGate {
 public:
  /// True where the next recording should be tried.
  [[nodiscard]] bool is_open() {
    if (pause_ > 0 && pause_-- > 0) {
      return false;
    }
    if (refusals_ > 0) {
      pause_ = pause_after(refusals_);
    }
    return true;
  }
  void was_taken() {
    if (refusals_ > 0) {
      refusals_ = 0;
      pause_ = 0;
    }
  }
  void was_refused() {
    refusals_ = std::min(refusals_ + 1, kMost);
    pause_ = pause_after(refusals_);
  }

 private:
  static constexpr int kMost = 6;
  [[nodiscard]] static std::int64_t pause_after(int refusals) { return std::int64_t{1} << refusals; }

  std::atomic<int> refusals_ = 0;        ///< since a text was taken
  std::atomic<std::int64_t> pause_ = 0;  ///< recordings that are not tried
};

}  // namespace pumice
