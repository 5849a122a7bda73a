/// Host memory of a device, on a runtime that is the host.
#include "host_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <string_view>

#include "cuda/fake_cuda_runtime.hpp"

namespace pumice::cuda {
namespace {

TEST(HostBuffer, KeepsWhatWasInItWhereItGrows) {
  for (const bool refuses : {false, true}) {
    DeviceState device(0, 0, std::size_t{3} << 20, {.refuses_pinned = refuses});
    HostBuffer buffer(device);
    buffer.grow(100);
    constexpr std::string_view kText = "what was in it";
    std::memcpy(buffer.get(), kText.data(), kText.size());
    for (const std::size_t bytes : {std::size_t{50}, std::size_t{5000}, std::size_t{1} << 20, std::size_t{9} << 20}) {
      buffer.grow(bytes);
      EXPECT_GE(buffer.capacity(), bytes);
      EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(buffer.get()), kText.size()), kText);
      EXPECT_EQ(test::fake_cuda_locked_bytes(), device.pinned.taken());
      EXPECT_EQ(device.pinned.taken(), refuses || bytes > device.pinned.limit() ? 0U : buffer.capacity());
    }
    buffer.release();
    EXPECT_EQ(buffer.capacity(), 0U);
    EXPECT_EQ(test::fake_cuda_locked_bytes(), 0U);
  }
}

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// What a device has locked, with its buffers gone, after each of them had so many bytes at one time.
void use_buffers(DeviceState& device, std::initializer_list<std::size_t> sizes) {
  std::deque<HostBuffer> buffers;
  for (const std::size_t bytes : sizes) {
    buffers.emplace_back(device).reserve(bytes);
    std::memset(buffers.back().get(), 1, buffers.back().capacity());
  }
}

TEST(HostBuffer, LeavesLockedMemoryToTheNext) {
  test::restore_fake_cuda();
  {
    DeviceState device(0, 0, 100 * kMiB, {});
    use_buffers(device, {4 * kMiB, 10 * kMiB, 4 * kMiB});
    EXPECT_EQ(test::fake_cuda_locks(), 3);
    EXPECT_EQ(device.kept.bytes(), 18 * kMiB);
    use_buffers(device, {10 * kMiB, 4 * kMiB, 4 * kMiB});
    use_buffers(device, {3 * kMiB, 9 * kMiB});
    EXPECT_EQ(test::fake_cuda_locks(), 3);
    EXPECT_EQ(device.pinned.taken(), 18 * kMiB);
    HostBuffer small(device);
    small.reserve(100);  // no block is so small that it would not be wasted
    EXPECT_EQ(test::fake_cuda_locks(), 4);
  }
  EXPECT_EQ(test::fake_cuda_locked_bytes(), 0U);
}

TEST(HostBuffer, GrowsIntoMemoryThatWaits) {
  test::restore_fake_cuda();
  DeviceState device(0, 0, 100 * kMiB, {});
  use_buffers(device, {10 * kMiB});
  HostBuffer buffer(device);
  buffer.grow(kMiB);
  std::memset(buffer.get(), 7, kMiB);
  buffer.grow(8 * kMiB);
  EXPECT_EQ(buffer.capacity(), 10 * kMiB);
  EXPECT_EQ(std::count(buffer.get(), buffer.get() + kMiB, std::byte{7}), static_cast<std::ptrdiff_t>(kMiB));
  EXPECT_EQ(test::fake_cuda_locks(), 2);
  EXPECT_EQ(device.pinned.taken(), 10 * kMiB);
  EXPECT_EQ(test::fake_cuda_locked_bytes(), 10 * kMiB);
}

TEST(HostBuffer, TakesTheBudgetOfWhatWaits) {
  test::restore_fake_cuda();
  DeviceState device(0, 0, 20 * kMiB, {});
  use_buffers(device, {4 * kMiB, 6 * kMiB, 10 * kMiB});
  HostBuffer buffer(device);
  buffer.reserve(8 * kMiB);  // the ten fit
  EXPECT_EQ(buffer.capacity(), 10 * kMiB);
  HostBuffer large(device);
  large.reserve(10 * kMiB);  // the four and the six go
  EXPECT_EQ(device.kept.bytes(), 0U);
  EXPECT_EQ(device.pinned.taken(), 20 * kMiB);
  EXPECT_EQ(test::fake_cuda_locked_bytes(), 20 * kMiB);
  EXPECT_TRUE(device.pinned.take_notices("cuda:0").empty());
}

TEST(HostBuffer, FreesWhatWaitsWhereTheHostRefusesMore) {
  test::restore_fake_cuda();
  DeviceState device(0, 0, 100 * kMiB, {});
  use_buffers(device, {4 * kMiB});
  test::fail_fake_cuda_call(0);
  HostBuffer buffer(device);
  buffer.reserve(20 * kMiB);
  EXPECT_TRUE(test::fake_cuda_call_failed());
  EXPECT_EQ(device.kept.bytes(), 0U);
  EXPECT_EQ(test::fake_cuda_locked_bytes(), 20 * kMiB);
  EXPECT_TRUE(device.pinned.take_notices("cuda:0").empty());
  test::restore_fake_cuda();
}

}  // namespace
}  // namespace pumice::cuda
