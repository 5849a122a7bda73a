/// Host memory of a device, on a runtime that is the host.
#include "host_buffer.hpp"

#include <gtest/gtest.h>

#include <cstring>
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

}  // namespace
}  // namespace pumice::cuda
