/// The program's commands: one function and one file each. argv[0] is the command's name.
/// They return an exit code and throw what went wrong; main prints it.
#pragma once

#include <string>

namespace pumice::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;
/// The table was written, or would be, but some inputs were skipped.
inline constexpr int kSomeSkipped = 3;
/// Added to the number of the signal that ended the run: 130 after Ctrl-C, 143 after SIGTERM.
inline constexpr int kSignalled = 128;

int run_extract(int argc, const char* const* argv);
int run_describe(int argc, const char* const* argv);
int run_features(int argc, const char* const* argv);
int run_report(int argc, const char* const* argv);
int run_synth(int argc, const char* const* argv);
int run_compare(int argc, const char* const* argv);
int run_devices(int argc, const char* const* argv);
int run_selftest(int argc, const char* const* argv);
int run_bench(int argc, const char* const* argv);

}  // namespace pumice::cli
