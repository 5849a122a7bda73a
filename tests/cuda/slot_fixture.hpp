/// Slots of the CUDA backend on a device that is the host.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend.hpp"
#include "cuda/compare.hpp"
#include "cuda/fake_cuda_runtime.hpp"
#include "cuda/segments.hpp"
#include "support/team_text.hpp"

namespace pumice::test {

/// Ways in which a segment comes to a slot.
enum class Way : std::uint8_t { kColumns, kText, kResident };

inline bool same_bits(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// Channels of every type, without gaps and with, that a text gives to the bit.
[[nodiscard]] inline std::vector<ChannelShape> text_shapes() {
  return {
      ChannelShape{},
      ChannelShape{.amplitude = 0, .offset = 3},
      ChannelShape{.gap_first = 0, .gap_length = 1000000},
      ChannelShape{.type = SampleType::kFloat64, .amplitude = 2.5, .step = 0x1p-12},
      ChannelShape{.type = SampleType::kInt32, .amplitude = 5000, .offset = 90000},
      ChannelShape{.gap_first = 50, .gap_length = 20},
      ChannelShape{.type = SampleType::kFloat64, .amplitude = 2.5, .gap_first = 1, .gap_length = 90, .step = 0x1p-9},
      ChannelShape{.type = SampleType::kInt32, .amplitude = 70000, .gap_first = 200, .gap_length = 170}};
}

[[nodiscard]] inline std::vector<Columns> segments_of(const std::vector<ChannelShape>& shapes,
                                                      const std::vector<std::int64_t>& lengths) {
  std::vector<Columns> segments;
  for (const std::int64_t n : lengths) {
    segments.emplace_back(shapes, n, static_cast<std::uint64_t>(n) + segments.size());
  }
  return segments;
}

/// A segment as doubles on the device, a sample every `step`.
class ResidentColumns {
 public:
  explicit ResidentColumns(const Columns& columns, std::int64_t step = 2) {
    for (const ColumnView& column : columns.views()) {
      std::vector<double>& samples = samples_.emplace_back(static_cast<std::size_t>(column.n * step));
      visit_type(column.type, [&](auto zero) {
        for (std::int64_t i = 0; i < column.n; ++i) {
          const auto sample = column.as<decltype(zero)>()[i];
          samples[static_cast<std::size_t>(i * step)] =
              is_missing(sample) ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(sample);
        }
      });
      arrays_.push_back({reinterpret_cast<const std::byte*>(samples.data()), SampleArray::Type::kFloat64, column.n,
                         step * static_cast<std::int64_t>(sizeof(double))});
    }
  }
  [[nodiscard]] ResidentSegment segment(int device = 0) const { return {arrays_, arrays_.front().n, device}; }

 private:
  std::deque<std::vector<double>> samples_;
  std::vector<SampleArray> arrays_;
};

/// Fills a slot, and remembers what lies in it. Every function but `add` is for one thread.
class SlotFiller {
 public:
  SlotFiller(Slot& slot, const Plan& plan) : slot_(&slot), plan_(&plan) {}

  /// Adds the segment; its place, or -1 where it was not taken. Where this throws, no room is left open.
  int add(const Columns& columns, Way way = Way::kColumns) {
    switch (way) {
      case Way::kText:
        return add_text(text_of(columns));
      case Way::kResident:
        return slot_->add_resident(residents_.emplace_back(columns).segment());
      case Way::kColumns:
        break;
    }
    Preparer preparer;
    SlotPlace place;
    if (!slot_->reserve(preparer.prepare(*plan_, columns.views()), place)) {
      return -1;
    }
    place.fill();
    return place.index;
  }

  int add_text(const std::string& rows) {
    const std::string text = "header\n" + rows;
    const std::span<char> room = slot_->text_room(static_cast<std::int64_t>(text.size()) + 1);
    if (room.empty()) {
      return -1;
    }
    // As a reader does, who may write beyond both ends.
    std::fill_n(room.data() - kTextRoomPadding, text.size() + 2 * kTextRoomPadding, '9');
    std::copy(text.begin(), text.end(), room.begin());
    const std::vector<int> target = targets_of(plan_->channels.size());
    texts_.push_back({room.first(text.size()), text});
    try {
      return slot_->add_text({.text = room.first(text.size()),
                              .first = 7,
                              .last = static_cast<std::int64_t>(text.size()),
                              .target = target});
    } catch (...) {
      slot_->drop_text_room(room);
      texts_.pop_back();
      throw;
    }
  }

  /// Starts what was added and waits for it, asking now and then on the way.
  [[nodiscard]] std::vector<double> run() {
    slot_->submit();
    while (slot_->advance()) {
    }
    const std::span<const double> values = slot_->wait();
    residents_.clear();
    texts_.clear();
    return {values.begin(), values.end()};
  }

  /// True where the texts that were added since the last run that did not fail, and not forgotten, are where they were
  /// written.
  [[nodiscard]] bool texts_are_there() const {
    return std::all_of(texts_.begin(), texts_.end(), [](const Text& text) {
      return std::equal(text.room.begin(), text.room.end(), text.written.begin(), text.written.end());
    });
  }
  void forget_texts() { texts_.clear(); }

 private:
  struct Text {
    std::span<char> room;
    std::string written;
  };
  Slot* slot_;
  const Plan* plan_;
  std::deque<ResidentColumns> residents_;
  std::vector<Text> texts_;
};

/// Leaves nothing of the device taken.
class CudaSlots : public testing::Test {
 protected:
  void SetUp() override { restore_fake_cuda(); }
  void TearDown() override {
    gpu_.drop_kept();
    EXPECT_EQ(fake_cuda_allocated_bytes(), 0U);
    EXPECT_EQ(fake_cuda_locked_bytes(), 0U);
    restore_fake_cuda();
  }

  [[nodiscard]] std::vector<double> on_cpu(const Plan& plan, const std::vector<Columns>& segments) {
    std::vector<double> values;
    for (const Columns& columns : segments) {
      append_values(*cpu_, plan, columns, values);
    }
    return values;
  }
  [[nodiscard]] std::vector<double> on_gpu(const Plan& plan, const std::vector<Columns>& segments, std::int64_t n,
                                           int batch) {
    return values_in_batches(gpu_, plan, segments, n, batch);
  }

  cuda::CudaBackend gpu_{0, {.gpu_bytes = INT64_C(1) << 34, .pinned_bytes = INT64_C(1) << 30}};
  std::unique_ptr<Backend> cpu_ = make_cpu_backend();
};

}  // namespace pumice::test
