/// GPUs that wait between the runs of a process, with a module whose GPUs are the host.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/module.hpp"
#include "pumice/backend.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

class WarmBackendsOfAFakeGpu : public testing::Test {
 protected:
  void SetUp() override { static_cast<void>(made()); }
  void TearDown() override { lose(false); }

  [[nodiscard]] std::shared_ptr<Backend> lend(int ordinal = 0, const DeviceSettings& settings = {}) {
    return warm_->lend(ordinal, directory_, settings);
  }
  /// Backends that were made since it was last asked.
  [[nodiscard]] std::int64_t made() const { return module_.function<std::int64_t()>("fake_gpu_backends")(); }
  void lose(bool lost) const { module_.function<void(bool)>("fake_gpu_lose")(lost); }

  std::string directory_ = std::filesystem::path(PUMICE_FAKE_GPU).parent_path();
  Module module_{PUMICE_FAKE_GPU};
  std::unique_ptr<WarmBackends> warm_ = std::make_unique<WarmBackends>();
};

TEST_F(WarmBackendsOfAFakeGpu, GiveTheNextRunWhatTheLastOneHad) {
  const Backend* first = lend().get();  // and drops it
  EXPECT_EQ(lend().get(), first);
  EXPECT_EQ(made(), 1);
  EXPECT_EQ(lend(1)->name(), "cuda:1");
  EXPECT_EQ(lend().get(), first);
  EXPECT_EQ(made(), 1);
}

TEST_F(WarmBackendsOfAFakeGpu, LendEachToOneRunAtATime) {
  const auto first = lend();
  const auto second = lend();
  EXPECT_NE(first, second);
  EXPECT_EQ(made(), 2);
}

TEST_F(WarmBackendsOfAFakeGpu, KeepOneAGpu) {
  {
    const auto first = lend();
    const auto second = lend();
  }
  static_cast<void>(made());
  const auto first = lend();
  EXPECT_EQ(made(), 0);
  const auto second = lend();
  EXPECT_EQ(made(), 1);
}

TEST_F(WarmBackendsOfAFakeGpu, ArePartOfTheirSettings) {
  const auto runs = {DeviceSettings{}, DeviceSettings{.gpu_bytes = 1 << 20}, DeviceSettings{.pinned_bytes = 1 << 20},
                     DeviceSettings{.gpu_bytes = 1 << 20}};
  for (const DeviceSettings& settings : runs) {
    static_cast<void>(lend(0, settings));
    EXPECT_EQ(made(), 1);  // the one before has ended
    static_cast<void>(lend(0, settings));
    EXPECT_EQ(made(), 0);
  }
}

TEST_F(WarmBackendsOfAFakeGpu, EndWhereTheDeviceIsLost) {
  static_cast<void>(lend());
  lose(true);
  static_cast<void>(lend());
  EXPECT_EQ(made(), 2);
  EXPECT_THROW(static_cast<void>(lend(7)), UnavailableError);
}

TEST_F(WarmBackendsOfAFakeGpu, EndWhenTold) {
  static_cast<void>(lend());
  warm_->clear();
  static_cast<void>(lend());
  EXPECT_EQ(made(), 2);
  warm_->forget();
  static_cast<void>(lend());
  EXPECT_EQ(made(), 1);
}

TEST_F(WarmBackendsOfAFakeGpu, MayBeOutlivedByWhatTheyLent) {
  const auto backend = lend();
  warm_.reset();
  EXPECT_EQ(backend->name(), "cuda:0");
}

TEST_F(WarmBackendsOfAFakeGpu, ServeThreadsAtOnce) {
  constexpr int kThreads = 4;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int run = 0; run < 200; ++run) {
          const auto backend = lend();
          if (run % 50 == 0) {
            warm_->clear();
          }
          EXPECT_EQ(backend.use_count(), 1);
        }
      });
    }
  }
  static_cast<void>(made());
  static_cast<void>(lend());
  EXPECT_EQ(made(), 0);
}

}  // namespace
}  // namespace pumice
