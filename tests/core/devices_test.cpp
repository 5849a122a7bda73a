#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pumice/backend.hpp"
#include "pumice/error.hpp"
#include "support/temporary_folder.hpp"

namespace pumice {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Kind = DeviceRequest::Kind;

/// A folder without modules, as in a build without CUDA.
const std::string kNoModules = "/nonexistent";

TEST(ParseDevice, TakesEveryDocumentedName) {
  EXPECT_EQ(parse_device("auto").kind, Kind::kAuto);
  EXPECT_EQ(parse_device("cpu").kind, Kind::kCpu);
  EXPECT_EQ(parse_device("cuda").kind, Kind::kCuda);
  EXPECT_EQ(parse_device("cuda").ordinal, 0);
  EXPECT_EQ(parse_device("cuda:11").kind, Kind::kCuda);
  EXPECT_EQ(parse_device("cuda:11").ordinal, 11);
}

TEST(ParseDevice, RefusesAnythingElseAndSaysWhatThereIs) {
  for (const char* text : {"", "gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:99999999999", "cuda 1"}) {
    try {
      static_cast<void>(parse_device(text));
      ADD_FAILURE() << text << " was taken";
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("auto, cpu, cuda or cuda:N")) << text;
    }
  }
}

TEST(ListDevices, HasTheCpuFirstAndUsable) {
  const auto devices = list_devices();
  ASSERT_FALSE(devices.empty());
  EXPECT_EQ(devices[0].name, "cpu");
  EXPECT_TRUE(devices[0].usable);
  EXPECT_FALSE(devices[0].description.empty());
}

TEST(ListDevices, GivesAReasonForEveryDeviceThatCannotBeUsed) {
  for (const auto& device : list_devices()) {
    EXPECT_EQ(device.usable, device.reason.empty()) << device.name << ": " << device.reason;
  }
}

TEST(ListDevices, NamesTheMissingModule) {
  const auto devices = list_devices(kNoModules);
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[1].name, "cuda");
  EXPECT_FALSE(devices[1].usable);
  EXPECT_THAT(devices[1].reason, HasSubstr("libpumice_cuda.so"));
}

/// A folder whose CUDA module cannot be opened: whoever tries says so.
class ABrokenModule {
 public:
  ABrokenModule() { folder_.write("libpumice_cuda.so", "not a library"); }
  [[nodiscard]] std::string folder() const { return folder_ / ""; }

 private:
  testing_support::TemporaryFolder folder_;
};

TEST(ChooseBackend, TakesTheCpuForLittleWorkWithoutOpeningTheModule) {
  const ABrokenModule module;
  const auto chosen = choose_backend({Kind::kAuto, 0}, 0.1, module.folder());
  EXPECT_EQ(chosen.backend->name(), "cpu");
  EXPECT_EQ(chosen.reason, "cpu: 0.1 s of work is less than CUDA's start-up");
}

TEST(ChooseBackend, NeverSaysZeroSeconds) {
  const ABrokenModule module;
  EXPECT_EQ(choose_backend({Kind::kAuto, 0}, 0.001, module.folder()).reason,
            "cpu: under 0.01 s of work is less than CUDA's start-up");
  EXPECT_EQ(choose_backend({Kind::kAuto, 0}, 0.034, module.folder()).reason,
            "cpu: 0.03 s of work is less than CUDA's start-up");
}

TEST(ChooseBackend, FallsBackToTheCpuAndSaysWhy) {
  const ABrokenModule module;
  const auto chosen = choose_backend({Kind::kAuto, 0}, 100, module.folder());
  EXPECT_EQ(chosen.backend->name(), "cpu");
  EXPECT_THAT(chosen.reason, StartsWith("cpu: "));
  EXPECT_THAT(chosen.reason, HasSubstr("libpumice_cuda.so"));
}

TEST(ChooseBackend, DoesNotTalkOfCudaWhereThisBuildHasNone) {
  for (const double seconds : {0.1, 100.0}) {
    EXPECT_EQ(choose_backend({Kind::kAuto, 0}, seconds, kNoModules).reason,
              "cpu: built without CUDA: there is no libpumice_cuda.so");
  }
}

TEST(ChooseBackend, TakesTheCpuThatWasAskedFor) {
  const auto chosen = choose_backend({Kind::kCpu, 0}, 100, kNoModules);
  EXPECT_EQ(chosen.backend->name(), "cpu");
  EXPECT_EQ(chosen.reason, "cpu: asked for");
}

TEST(ChooseBackend, RefusesCudaThatIsAskedForAndAbsentWithTheCause) {
  try {
    static_cast<void>(choose_backend({Kind::kCuda, 3}, 100, kNoModules));
    ADD_FAILURE() << "there is no module in " << kNoModules;
  } catch (const UnavailableError& error) {
    EXPECT_THAT(error.what(), StartsWith("cuda:3 cannot be used: "));
    EXPECT_THAT(error.what(), HasSubstr("libpumice_cuda.so"));
  }
}

}  // namespace
}  // namespace pumice
