/// `pumice selftest`: does this machine compute what the features' definitions say?
#include "core/selftest.hpp"

#include <fmt/format.h>

#include <cxxopts.hpp>
#include <limits>
#include <string>

#include "cli/commands.hpp"
#include "pumice/column_name.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

std::string_view type_name(SampleType type) {
  return type == SampleType::kInt16 ? "int16" : type == SampleType::kInt32 ? "int32" : "float64";
}

std::string value_text(double value) { return value == value ? shortest_number(value) : "no value"; }

std::string failure_text(const SelftestFailure& failure) {
  std::string text = fmt::format("\n{}{} of `{}`, {} samples, {} precision\n", failure.feature,
                                 failure.parameters.empty() ? "" : fmt::format(" at {}", failure.parameters),
                                 failure.signal, type_name(failure.type), to_text(failure.precision));
  text += fmt::format("  expected {}\n", value_text(failure.expected));
  text += fmt::format("  got      {}", value_text(failure.got));
  if (failure.expected == failure.expected && failure.got == failure.got) {
    text += fmt::format(": off by {:.3g}, allowed {:.3g}", std::abs(failure.got - failure.expected), failure.allowed);
  }
  return text + "\n";
}

}  // namespace

int run_selftest(int argc, const char* const* argv) {
  cxxopts::Options parser("pumice selftest",
                          "Computes every feature's closed-form examples on a device and compares the results.\n"
                          "Each example runs with every sample type that holds it, in both precisions.\n");
  parser.set_width(100);
  parser.add_options()("device", "auto, cpu, cuda or cuda:N", cxxopts::value<std::string>()->default_value("auto"),
                       "DEVICE")("simd", "instructions of the CPU backend, as `pumice extract` takes them",
                                 cxxopts::value<std::string>()->default_value("auto"), "NAME")("h,help", "this help");
  const cxxopts::ParseResult given = parser.parse(argc, argv);
  if (given.count("help") != 0) {
    fmt::print("{}\n", parser.help());
    return kSuccess;
  }
  if (!given.unmatched().empty()) {
    throw UsageError(fmt::format("selftest takes no argument; `{}` is one too many", given.unmatched().front()));
  }
  // A GPU is worth testing however little there is to compute.
  const double endless = std::numeric_limits<double>::infinity();
  const ChosenBackends chosen =
      choose_backends(parse_device(given["device"].as<std::string>()),
                      {.cpu_seconds = endless, .simd = parse_simd(given["simd"].as<std::string>())});
  if (chosen.devices.size() > 1) {
    throw UsageError("selftest takes one device at a time");
  }
  Backend& backend = *chosen.devices.front();
  fmt::print("{}: {}\n", backend.name(), backend.description());
  if (given["device"].as<std::string>() == "auto") {
    fmt::print("chosen: {}\n", chosen.reason);
  }
  const SelftestReport report = pumice::run_selftest(backend);
  fmt::print("\n{:<18}{:>9}{:>9}{:>9}\n", "family", "features", "passed", "failed");
  for (const SelftestFamily& family : report.families) {
    fmt::print("{:<18}{:>9}{:>9}{:>9}\n", family.family, family.features, family.passed, family.failed);
  }
  for (const SelftestFailure& failure : report.failures) {
    fmt::print("{}", failure_text(failure));
  }
  if (report.failed > 0) {
    fmt::print("\n{} of {} examples failed\n", report.failed, report.passed + report.failed);
    return kFailed;
  }
  fmt::print("\nall {} examples passed\n", report.passed);
  return kSuccess;
}

}  // namespace pumice::cli
