/// `pumice synth`: a data set of the INGV set's shape, to try pumice and to teach with.
#include "synth/synth.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cxxopts.hpp>
#include <string>

#include "cli/commands.hpp"
#include "cli/message.hpp"
#include "pumice/engine.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

cxxopts::Options synth_options() {
  cxxopts::Options options("pumice synth",
                           "Makes segments of the INGV set's shape and format, with labels that a model can learn:\n"
                           "DIR/train/<id>.csv and DIR/train.csv. The same options give the same bytes.\n");
  options.custom_help("[options]");
  options.positional_help("DIR");
  options.set_width(100);
  // clang-format off
  options.add_options()
      ("directory", "where to write", cxxopts::value<std::string>())
      ("n,segments", "segments to make (3.5 MB each at the usual size)", cxxopts::value<std::int64_t>()->default_value("64"), "N")
      ("s,seed", "which data set", cxxopts::value<std::uint64_t>()->default_value("1"), "S")
      ("test", "also DIR/test/<id>.csv, without labels, and DIR/sample_submission.csv", cxxopts::value<std::int64_t>()->default_value("0"), "N")
      ("samples", "rows of a segment, at 100 Hz", cxxopts::value<std::int64_t>()->default_value("60001"), "N")
      ("sensors", "columns of a segment", cxxopts::value<int>()->default_value("10"), "N")
      ("threads", "threads; 0: all CPUs", cxxopts::value<int>()->default_value("0"), "N")
      ("force", "replace a data set that `pumice synth` made")
      ("quiet", "print nothing")
      ("h,help", "this help");
  // clang-format on
  options.parse_positional({"directory"});
  return options;
}

/// A line that is written over, on a terminal only.
class Counter {
 public:
  Counter(std::int64_t total, bool wanted) : total_(total), wanted_(wanted && isatty(STDERR_FILENO) != 0) {}
  void show(const SynthReport& so_far) {
    if (wanted_ && so_far.seconds >= next_s_) {
      next_s_ = so_far.seconds + 0.2;
      shown_ = true;
      say("\r{} of {} segments, {:.0f} MB/s ", so_far.segments, total_,
          static_cast<double>(so_far.bytes) / 1e6 / std::max(so_far.seconds, 1e-9));
      std::fflush(stderr);
    }
  }
  ~Counter() {
    if (shown_) {
      say("\r{:60}\r", "");
    }
  }

 private:
  std::int64_t total_;
  bool wanted_;
  bool shown_ = false;
  double next_s_ = 0.5;
};

}  // namespace

int run_synth(int argc, const char* const* argv) {
  cxxopts::Options parser = synth_options();
  const cxxopts::ParseResult given = parser.parse(argc, argv);
  if (given.count("help") != 0) {
    fmt::print("{}\n", parser.help());
    return kSuccess;
  }
  if (given.count("directory") == 0) {
    throw UsageError("synth needs a directory to write to: pumice synth DIR --segments 64");
  }
  if (!given.unmatched().empty()) {
    throw UsageError(fmt::format("synth takes one directory; `{}` is one too many", given.unmatched().front()));
  }
  SynthOptions options{.directory = given["directory"].as<std::string>(),
                       .segments = given["segments"].as<std::int64_t>(),
                       .test_segments = given["test"].as<std::int64_t>(),
                       .seed = given["seed"].as<std::uint64_t>(),
                       .samples = given["samples"].as<std::int64_t>(),
                       .sensors = given["sensors"].as<int>(),
                       .threads = given["threads"].as<int>(),
                       .overwrite = given.count("force") != 0};
  if (options.threads <= 0) {
    options.threads = usable_cpus();
  }
  const bool quiet = given.count("quiet") != 0;
  SynthReport report;
  {
    Counter counter(options.segments + options.test_segments, !quiet);
    report = synthesise(options, [&](const SynthReport& so_far) { counter.show(so_far); });
  }
  if (!quiet) {
    const double megabytes = static_cast<double>(report.bytes) / 1e6;
    fmt::print("{}: {} segments of {} sensors x {} samples", options.directory, report.segments, options.sensors,
               options.samples);
    fmt::print(", {:.1f} MB in {:.1f} s ({:.0f} MB/s)\n", megabytes, report.seconds,
               megabytes / std::max(report.seconds, 1e-9));
  }
  return kSuccess;
}

}  // namespace pumice::cli
