/// Counts every allocation of this program: a run over many files must need no more of them than one over few.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

#include "pumice/engine.hpp"
#include "support/temporary_folder.hpp"

namespace {
std::atomic<std::int64_t> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* const memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}
}  // namespace

void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t& /*none*/) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace pumice {
namespace {

/// 3000 rows of integers, of decimals, and of integers with a gap.
std::string segment(int seed) {
  std::string text = "whole,fraction,gapped\n";
  for (int i = 0; i < 3000; ++i) {
    const int value = (i * 7919 + seed * 31) % 2000 - 1000;
    text += std::to_string(value) + ".0," + std::to_string(value) + (i % 3 == 0 ? ".5," : ".0,");
    text += i > 100 && i < 110 ? "\n" : std::to_string(value / 3) + ".0\n";
  }
  return text;
}

class Allocations : public testing::TestWithParam<std::tuple<int, std::string>> {
 protected:
  /// Allocations of the engine over the first `files` files, in a run of its own.
  std::int64_t of(int files) {
    DiscoveryOptions options;
    for (int i = 0; i < files; ++i) {
      options.inputs.push_back(folder_ / (std::to_string(i) + ".csv"));
    }
    options.channels = {"whole", std::get<1>(GetParam())};
    const Discovery discovery = discover(options);
    const auto source = open_source(discovery, {});
    PlanRequest request;
    request.channels = discovery.channels;
    request.sample_rate = 100;
    const Plan plan = make_plan(request);
    const auto backend = make_cpu_backend();
    double sum = 0;
    const std::int64_t before = allocations;
    (void)run_engine(plan, *source, {.devices = {backend.get()}}, {},
                     {.threads = std::get<0>(GetParam()), .segment_samples = 3000},
                     [&](RecordingResult& result) { sum += result.values.front(); }, {}, {});
    EXPECT_NE(sum, 0);
    return allocations - before;
  }
  testing_support::TemporaryFolder folder_;
};

TEST_P(Allocations, DoNotGrowWithTheNumberOfFiles) {
  for (int i = 0; i < 300; ++i) {
    folder_.write(std::to_string(i) + ".csv", segment(i));
  }
  // How many places of the ring are used, and by which thread, is the machine's affair: of several runs the most and
  // the least. 200 more files would be 200 more allocations at least.
  std::int64_t most_of_few = 0;
  std::int64_t least_of_many = std::numeric_limits<std::int64_t>::max();
  for (int run = 0; run < (std::get<0>(GetParam()) == 1 ? 1 : 3); ++run) {
    most_of_few = std::max(most_of_few, of(100));
    least_of_many = std::min(least_of_many, of(300));
  }
  EXPECT_GT(most_of_few, 100) << "nothing is counted";
  EXPECT_LE(least_of_many, most_of_few);
}

INSTANTIATE_TEST_SUITE_P(, Allocations, testing::Combine(testing::Values(1, 2), testing::Values("gapped", "fraction")),
                         [](const auto& of) {
                           return std::get<1>(of.param) + (std::get<0>(of.param) == 1 ? "_OneThread" : "_TwoThreads");
                         });

}  // namespace
}  // namespace pumice
