/// Tests that have a GPU, or do not run: skipped with the reason where none can be used, failed under
/// PUMICE_REQUIRE_GPU=1.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "cuda/compare.hpp"
#include "cuda/segments.hpp"
#include "pumice/backend.hpp"
#include "pumice/error.hpp"

namespace pumice::test {

inline bool gpu_is_required() {
  const char* value = std::getenv("PUMICE_REQUIRE_GPU");
  return value != nullptr && std::string(value) == "1";
}

/// Every test has a GPU, or does not run.
class Gpu : public testing::Test {
 protected:
  void SetUp() override {
    try {
      gpu_ = make_cuda_backend(0);
    } catch (const UnavailableError& error) {
      if (gpu_is_required()) {
        FAIL() << "PUMICE_REQUIRE_GPU=1, but " << error.what();
      }
      GTEST_SKIP() << "no GPU: " << error.what();
    }
    cpu_ = make_cpu_backend();
  }

  [[nodiscard]] std::vector<double> on_cpu(const Plan& plan, const std::vector<Columns>& segments) {
    std::vector<double> values;
    for (const Columns& columns : segments) {
      test::append_values(*cpu_, plan, columns, values);
    }
    return values;
  }
  [[nodiscard]] std::vector<double> on_gpu(const Plan& plan, const std::vector<Columns>& segments, std::int64_t n,
                                           int batch) {
    return test::values_in_batches(*gpu_, plan, segments, n, batch);
  }

  std::unique_ptr<Backend> gpu_;
  std::unique_ptr<Backend> cpu_;
};

inline bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace pumice::test
