#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pumice/backend.hpp"
#include "pumice/engine.hpp"
#include "pumice/error.hpp"
#include "support/temporary_folder.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Kind = DeviceRequest::Kind;

/// A folder without modules, as in a build without CUDA.
const std::string kNoModules = "/nonexistent";

TEST(ParseDevice, TakesEveryDocumentedName) {
  EXPECT_EQ(parse_device("auto").kind, Kind::kAuto);
  EXPECT_EQ(parse_device("cpu").kind, Kind::kCpu);
  EXPECT_EQ(parse_device("cuda").kind, Kind::kCuda);
  EXPECT_THAT(parse_device("cuda").ordinals, ElementsAre(0));
  EXPECT_EQ(parse_device("cuda:11").kind, Kind::kCuda);
  EXPECT_THAT(parse_device("cuda:11").ordinals, ElementsAre(11));
  EXPECT_THAT(parse_device("cuda:2,0").ordinals, ElementsAre(2, 0));
  EXPECT_EQ(parse_device("cuda:all").kind, Kind::kCuda);
  EXPECT_THAT(parse_device("cuda:all").ordinals, IsEmpty());
  EXPECT_EQ(parse_device("all").kind, Kind::kAll);
}

TEST(ParseDevice, RefusesAnythingElseAndSaysWhatThereIs) {
  for (const char* text : {"", "gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:99999999999", "cuda 1",
                           "cuda:0,", "cuda:,1", "cuda:0,all", "all,cpu"}) {
    try {
      static_cast<void>(parse_device(text));
      ADD_FAILURE() << text << " was taken";
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("auto, cpu, cuda or cuda:N")) << text;
    }
  }
}

TEST(ParseDevice, RefusesAGpuThatIsNamedTwice) {
  try {
    static_cast<void>(parse_device("cuda:1,0,1"));
    ADD_FAILURE() << "GPU 1 was taken twice";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "`cuda:1,0,1` names GPU 1 twice");
  }
}

TEST(ParseFaults, TakesEveryKind) {
  const DeviceFaults none;
  EXPECT_EQ(none.largest_batch, -1);
  const DeviceFaults faults = parse_faults("memory:4,error:2,fatal:0,counters:65536,pinned");
  EXPECT_EQ(faults.largest_batch, 4);
  EXPECT_EQ(faults.failing_batch, 2);
  EXPECT_EQ(faults.fatal_batch, 0);
  EXPECT_EQ(faults.counter_bytes, 65536);
  EXPECT_TRUE(faults.refuses_pinned);
}

TEST(ParseFaults, RefusesAnythingElse) {
  for (const char* text : {"", "memory", "fatal:", "error:-1", "counters:x", "pinned:1", "fatal:1,"}) {
    EXPECT_THROW(static_cast<void>(parse_faults(text)), UsageError) << text;
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
  /// Of the driver, in this test's folder.
  [[nodiscard]] std::string gpu_folder() const { return folder_ / "gpus"; }
  void add_gpu(const std::string& name) const { folder_.write("gpus/" + name, ""); }

 private:
  testing_support::TemporaryFolder folder_;
};

TEST(ChooseBackends, TakesTheCpuForLittleWorkWithoutOpeningTheModule) {
  const ABrokenModule module;
  const auto chosen = choose_backends({Kind::kAuto}, {.cpu_seconds = 0.1, .module_directory = module.folder()});
  EXPECT_EQ(chosen.name(), "cpu");
  EXPECT_EQ(chosen.reason, "cpu: 0.1 s of work is less than CUDA's start-up");
}

TEST(ChooseBackends, TriesTheGpuForLittleWorkWhereFaultsAreInjected) {
  const ABrokenModule module;
  const auto chosen = choose_backends(
      {Kind::kAuto},
      {.cpu_seconds = 0.1, .settings = {.faults = {.fatal_batch = 0}}, .module_directory = module.folder()});
  EXPECT_THAT(chosen.reason, HasSubstr("libpumice_cuda.so"));
}

TEST(ChooseBackends, NeverSaysZeroSeconds) {
  const ABrokenModule module;
  EXPECT_EQ(choose_backends({Kind::kAuto}, {.cpu_seconds = 0.001, .module_directory = module.folder()}).reason,
            "cpu: under 0.01 s of work is less than CUDA's start-up");
  EXPECT_EQ(choose_backends({Kind::kAuto}, {.cpu_seconds = 0.034, .module_directory = module.folder()}).reason,
            "cpu: 0.03 s of work is less than CUDA's start-up");
}

TEST(ChooseBackends, FallsBackToTheCpuAndSaysWhy) {
  const ABrokenModule module;
  const auto chosen = choose_backends({Kind::kAuto}, {.cpu_seconds = 100, .module_directory = module.folder()});
  EXPECT_EQ(chosen.name(), "cpu");
  EXPECT_THAT(chosen.reason, StartsWith("cpu: "));
  EXPECT_THAT(chosen.reason, HasSubstr("libpumice_cuda.so"));
}

TEST(ChooseBackends, DoesNotTalkOfCudaWhereThisBuildHasNone) {
  for (const double seconds : {0.1, 100.0}) {
    EXPECT_EQ(choose_backends({Kind::kAuto}, {.cpu_seconds = seconds, .module_directory = kNoModules}).reason,
              "cpu: built without CUDA: there is no libpumice_cuda.so");
  }
}

TEST(ChooseBackends, TakesTheCpuThatWasAskedFor) {
  const auto chosen = choose_backends({Kind::kCpu}, {.cpu_seconds = 100, .module_directory = kNoModules});
  EXPECT_EQ(chosen.name(), "cpu");
  EXPECT_EQ(chosen.reason, "cpu: asked for");
}

TEST(ChooseBackends, RefusesCudaThatIsAskedForAndAbsentWithTheCause) {
  try {
    static_cast<void>(choose_backends({Kind::kCuda, {3}}, {.cpu_seconds = 100, .module_directory = kNoModules}));
    ADD_FAILURE() << "there is no module in " << kNoModules;
  } catch (const UnavailableError& error) {
    EXPECT_THAT(error.what(), StartsWith("cuda:3 cannot be used: "));
    EXPECT_THAT(error.what(), HasSubstr("libpumice_cuda.so"));
  }
}

TEST(ChooseBackends, RefusesAllGpusThatAreAskedForWhereThereIsNone) {
  EXPECT_THROW(static_cast<void>(choose_backends({Kind::kCuda}, {.module_directory = kNoModules})), UnavailableError);
}

TEST(ChooseBackends, TakesTheCpuAloneOfAllDevicesWhereThereIsNoGpu) {
  const auto chosen = choose_backends({Kind::kAll}, {.cpu_seconds = 100, .module_directory = kNoModules});
  EXPECT_EQ(chosen.name(), "cpu");
  EXPECT_THAT(chosen.reason, StartsWith("cpu: alone ("));
  EXPECT_THAT(chosen.reason, HasSubstr("libpumice_cuda.so"));
}

TEST(ChooseBackends, AsksNoDriverForAllDevicesWhereItsFolderShowsOneGpu) {
  const ABrokenModule module;
  const ChoiceOptions options{.module_directory = module.folder(), .gpu_folder = module.gpu_folder()};
  EXPECT_EQ(choose_backends({Kind::kAll}, options).name(), "cpu") << "there is no such folder";
  module.add_gpu("0000:1b:00.0");
  const auto chosen = choose_backends({Kind::kAll}, options);
  EXPECT_EQ(chosen.name(), "cpu+cuda:0") << "what opening the module comes to is not waited for";
  EXPECT_EQ(chosen.reason, "all: the CPU, and 1 GPU as soon as CUDA has started");
  EXPECT_NE(chosen.spare, nullptr);
  module.add_gpu("0000:43:00.0");
  EXPECT_EQ(choose_backends({Kind::kAll}, options).name(), "cpu") << "which of them may be used the driver knows";
}

TEST(ShareOfSettings, DividesPageLockedMemoryAmongAllGpus) {
  EXPECT_EQ(share_of({.pinned_bytes = 800}, 1).pinned_bytes, 800);
  EXPECT_EQ(share_of({.pinned_bytes = 800}, 4).pinned_bytes, 200);
  EXPECT_EQ(share_of({.pinned_bytes = 3}, 4).pinned_bytes, 1) << "0 would mean the default";
  EXPECT_EQ(share_of({.gpu_bytes = 700}, 4).gpu_bytes, 700) << "each has a memory of its own";
}

TEST(ShareOfSettings, LocksAnEighthOfTheHostsMemoryForAllGpusTogether) {
  const std::int64_t eighth = usable_memory_bytes() / 8;
  EXPECT_EQ(share_of({}, 1).pinned_bytes, eighth);
  EXPECT_EQ(share_of({}, 8).pinned_bytes, eighth / 8);
  EXPECT_EQ(share_of(share_of({}, 8), 1).pinned_bytes, eighth / 8) << "a share is not taken for the default";
}

TEST(ChosenBackends, NamesAllDevices) {
  ChosenBackends chosen;
  chosen.devices.push_back(make_cpu_backend());
  chosen.devices.push_back(make_cpu_backend());
  EXPECT_EQ(chosen.name(), "cpu+cpu");
  EXPECT_THAT(chosen.description(), StartsWith("cpu ("));
}

}  // namespace
}  // namespace pumice
