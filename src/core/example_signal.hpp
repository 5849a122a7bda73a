/// The signals of the features' closed-form examples, written as text.
#pragma once

#include <string_view>
#include <vector>

namespace pumice {

/// Samples of one channel; NaN where one is missing.
struct ExampleSignal {
  std::vector<double> samples;
  double sample_rate = 1;  ///< Hz
};

/// Reads samples ("3 1 4 nan 5", at 1 Hz) or generators, added where " + " joins them
/// ("sine n=1024 fs=64 f=4 a=2 + impulse at=512 a=3"); n and fs are those of the first.
///
///   constant  a
///   ramp      a i
///   impulse   a where i = at, else 0
///   sine      a sin(2 pi f i / fs + phase)
///   square    a where the sine of frequency f is >= 0, else -a
///
/// a is 1, fs 1 Hz and all else 0 where it is not given. Throws UsageError where the text is none of these.
[[nodiscard]] ExampleSignal parse_example_signal(std::string_view text);

}  // namespace pumice
