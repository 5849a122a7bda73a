#include "core/read_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/program.hpp"

namespace pumice {
namespace {

class ReadFiles : public ::testing::Test {
 protected:
  ReadFiles() {
    std::size_t bytes = 0;
    for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{3} << 20, std::size_t{4097}}) {
      paths_.push_back(folder_ / std::to_string(size));
      testing::write_text(paths_.back(), std::string(size, 'x'));
      bytes += size;
    }
    bytes_ = static_cast<std::int64_t>(bytes);
  }

  testing::TemporaryDirectory folder_;
  std::vector<std::string> paths_;
  std::int64_t bytes_ = 0;
};

TEST_F(ReadFiles, ReadsEveryByteOnceWithAnyNumberOfThreads) {
  for (const int threads : {1, 2, 7}) {
    std::vector<std::byte> memory(std::size_t{5} << 20);
    const FilesRead done = read_files(paths_, threads, memory);
    EXPECT_EQ(done.bytes, bytes_) << threads;
    EXPECT_GT(done.seconds, 0);
  }
}

TEST_F(ReadFiles, StaysWithinItsMemory) {
  constexpr std::byte kUntouched{7};
  for (const std::size_t bytes : {std::size_t{3}, std::size_t{1000}, (std::size_t{5} << 20) + 11}) {
    std::vector<std::byte> memory(bytes + 64, kUntouched);
    EXPECT_EQ(read_files(paths_, 3, {memory.data() + 32, bytes}).bytes, bytes_);
    EXPECT_EQ(std::count(memory.begin(), memory.begin() + 32, kUntouched), 32);
    EXPECT_EQ(std::count(memory.end() - 32, memory.end(), kUntouched), 32);
    EXPECT_LT(std::count(memory.begin(), memory.end(), kUntouched), static_cast<std::ptrdiff_t>(memory.size()));
  }
}

TEST_F(ReadFiles, GoesPastAFileThatCannotBeOpened) {
  std::vector<std::byte> memory(100);
  paths_.insert(paths_.begin(), folder_ / "absent");
  EXPECT_EQ(read_files(paths_, 2, memory).bytes, bytes_);
}

}  // namespace
}  // namespace pumice
