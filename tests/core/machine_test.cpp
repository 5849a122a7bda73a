#include "core/machine.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "pumice/engine.hpp"

namespace pumice {
namespace {

namespace fs = std::filesystem;

class ControlGroup : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_); }
  void TearDown() override { fs::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  [[nodiscard]] ControlGroupLimits limits() const {
    return read_control_group_limits(root_ / "membership", root_ / "mount");
  }

 private:
  fs::path root_ = fs::path(testing::TempDir()) /
                   (std::string("pumice_group_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ControlGroup, TakesTheTightestLimitOfAllParents) {
  write("membership", "0::/a/b\n");
  write("mount/a/cpu.max", "150000 100000\n");
  write("mount/a/b/cpu.max", "max 100000\n");
  write("mount/a/b/memory.max", "2000000\n");
  write("mount/memory.max", "1000000\n");
  EXPECT_EQ(limits().cpus, 1.5);
  EXPECT_EQ(limits().memory, 1000000);
}

TEST_F(ControlGroup, ReadsVersionOne) {
  write("membership", "4:cpu,cpuacct:/a\n3:memory:/a\n");
  write("mount/cpu/a/cpu.cfs_quota_us", "400000\n");
  write("mount/cpu/a/cpu.cfs_period_us", "100000\n");
  write("mount/memory/a/memory.limit_in_bytes", "5000000\n");
  write("mount/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(limits().cpus, 4);
  EXPECT_EQ(limits().memory, 5000000);
}

TEST_F(ControlGroup, WithoutLimitsSaysNone) {
  write("membership", "0::/a\n1:name=systemd:/a\n");
  write("mount/a/cpu.max", "max 100000\n");
  write("mount/a/memory.max", "max\n");
  EXPECT_FALSE(limits().cpus);
  EXPECT_FALSE(limits().memory);
}

TEST_F(ControlGroup, WithoutFilesSaysNone) {
  EXPECT_FALSE(limits().cpus);
  EXPECT_FALSE(limits().memory);
}

TEST(Machine, HasACpuAndMemory) {
  EXPECT_GE(usable_cpus(), 1);
  EXPECT_GT(usable_memory_bytes(), std::int64_t{1} << 24);
}

}  // namespace
}  // namespace pumice
