/// A backend that computes sums, with injected delays and failures: it tests the engine, not features.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/owned_segments.hpp"
#include "core/parsed_columns.hpp"
#include "pumice/backend.hpp"
#include "pumice/error.hpp"
#include "support/team_text.hpp"

namespace pumice::testing_support {

/// Where a fake slot may fail.
enum class FakeCall : std::uint8_t { kAddResident, kTextRoom, kAddText, kSubmit, kAdvance, kWait };

struct FakeBehaviour {
  std::string name = "fake";
  bool borrows = false;
  RingSize largest_ring = {.slots = 1 << 10, .segments = 1 << 20};  ///< that fits
  std::size_t bytes_per_segment = 1000;
  int longest_delay_us = 0;         ///< a batch takes a random time up to this
  int segment_us = 0;               ///< and this for each of its segments
  std::int64_t failing_batch = -1;  ///< this batch throws CudaError
  FakeCall failing_call = FakeCall::kWait;
  bool failure_is_fatal = true;           ///< then every later call of every slot throws, as a lost context does
  int most_segments_that_fit = 1 << 30;   ///< make_slot throws std::bad_alloc above
  int most_slots = 1 << 30;               ///< make_slot throws std::bad_alloc once there were as many
  int most_segments_submitted = 1 << 30;  ///< submit throws std::bad_alloc above
  std::int64_t most_samples = std::int64_t{1}
                              << 60;  ///< add throws std::bad_alloc where batch times samples exceeds it
  bool takes_text = false;            ///< parses texts as a GPU does, on the host
  int refused_percent = 0;            ///< of the texts, by chance
  int texts_without_room = 0;         ///< the first ones, refused for want of room that others have
  std::int64_t text_bytes = 1 << 20;  ///< a slot's memory for texts
  int device = -1;                    ///< takes segments that lie on this device, whose memory is the host's
  std::int64_t longest_resident = std::int64_t{1} << 60;  ///< that it takes
};

/// What the engine did with it.
struct FakeCounts {
  std::atomic<std::int64_t> batches{0};
  std::atomic<std::int64_t> segments{0};
  std::atomic<int> slots{0};
  std::atomic<int> in_flight{0};
  std::atomic<int> most_in_flight{0};
  std::atomic<int> largest_batch{0};
  std::atomic<int> failures{0};   ///< that were asked for
  std::atomic<bool> lost{false};  ///< the context, with a fatal error
  std::atomic<int> refused{0};    ///< calls after that
  std::atomic<std::int64_t> texts{0};
  std::atomic<std::int64_t> texts_taken{0};
  std::atomic<int> texts_parsed{0};  ///< or refused
  std::atomic<std::int64_t> residents{0};
  std::atomic<int> most_rooms{0};    ///< for texts, open in one slot at once
  std::atomic<int> most_threads{0};  ///< that have added to one batch
};

/// The values that it computes for a segment: for each channel the sum of the valid samples, then their number.
inline std::vector<double> fake_values(const PreparedSegment& segment) {
  std::vector<double> values;
  for (const PreparedChannel& channel : segment.channels) {
    double sum = 0;
    visit_type(channel.valid.type, [&](auto zero) {
      using T = decltype(zero);
      for (std::int64_t i = 0; i < channel.valid.n; ++i) {
        sum += static_cast<double>(channel.valid.template as<T>()[i]);
      }
    });
    values.push_back(sum);
    values.push_back(static_cast<double>(channel.valid.n));
  }
  return values;
}

/// A plan of two values a channel, as fake_values computes them.
inline Plan fake_plan(int channels) {
  Plan plan;
  for (int i = 0; i < channels; ++i) {
    plan.channels.push_back("c" + std::to_string(i));
  }
  plan.n_values = 2 * channels;
  return plan;
}

class FakeBackend : public Backend {
 public:
  explicit FakeBackend(FakeBehaviour behaviour) : behaviour_(std::move(behaviour)) {}

  [[nodiscard]] std::string name() const override { return behaviour_.name; }
  [[nodiscard]] std::string description() const override { return "a backend that sums"; }
  [[nodiscard]] bool borrows_input() const override { return behaviour_.borrows; }
  [[nodiscard]] RingSize fitting_ring(const Plan&, std::int64_t, RingSize wanted) const override {
    return {std::min(wanted.slots, behaviour_.largest_ring.slots),
            std::min(wanted.segments, behaviour_.largest_ring.segments)};
  }
  [[nodiscard]] std::size_t bytes_per_slot(const Plan&, std::int64_t, int segments) const override {
    return behaviour_.bytes_per_segment * static_cast<std::size_t>(segments);
  }
  [[nodiscard]] std::unique_ptr<Slot> make_slot(const Plan&, std::int64_t, int segments) override {
    refuse_if_lost();
    if (segments > behaviour_.most_segments_that_fit || counts.slots >= behaviour_.most_slots) {
      throw std::bad_alloc();
    }
    return std::make_unique<FakeSlot>(*this, segments, static_cast<unsigned>(counts.slots++));
  }

  FakeCounts counts;

 private:
  class FakeSlot : public Slot {
   public:
    FakeSlot(FakeBackend& backend, int capacity, unsigned seed)
        : backend_(backend), capacity_(capacity), random_(seed) {}

    bool add(const PreparedSegment& segment) override {
      SlotPlace place;
      if (!reserve(segment, place)) {
        return false;
      }
      place.fill();
      return true;
    }
    bool reserve(const PreparedSegment& segment, SlotPlace& place) override {
      const std::lock_guard lock(filling_);
      const bool is_large = capacity_ * segment.n > backend_.behaviour_.most_samples;
      if (places_taken() > 0 && (places_taken() == capacity_ || is_large)) {
        return false;
      }
      start_batch();
      if (is_large) {
        throw std::bad_alloc();
      }
      place.index = size_++;
      place.copies.clear();
      results_.emplace_back();
      if (backend_.behaviour_.borrows) {
        borrowed_.push_back(segment);
      } else {
        kept_.add(segment);
        leave_copying(segment, place);
      }
      return true;
    }
    [[nodiscard]] int size() const override { return size_; }

    [[nodiscard]] bool takes_resident(const ResidentSegment& segment) const override {
      return segment.device == backend_.behaviour_.device && segment.n <= backend_.behaviour_.longest_resident;
    }
    int add_resident(const ResidentSegment& segment) override {
      const std::lock_guard lock(filling_);
      if (!takes_resident(segment) || (places_taken() > 0 && places_taken() == capacity_)) {
        return -1;
      }
      if (places_taken() > 0) {
        fail_once(FakeCall::kAddResident, backend_.counts.batches);
      }
      start_batch();
      ++backend_.counts.residents;
      residents_[size_] = {segment.channels.begin(), segment.channels.end()};
      results_.emplace_back();
      return size_++;
    }
    [[nodiscard]] bool takes_text() const override { return backend_.behaviour_.takes_text; }
    [[nodiscard]] std::span<char> text_room(std::int64_t bytes) override {
      const std::lock_guard lock(filling_);
      if (places_taken() > 0 && (places_taken() == capacity_ || text_bytes_ + bytes > backend_.behaviour_.text_bytes)) {
        return {};
      }
      if (places_taken() > 0) {
        fail_once(FakeCall::kTextRoom, backend_.counts.batches);
      }
      put_old_texts_away();
      const std::size_t size = static_cast<std::size_t>(bytes) + 2 * kTextRoomPadding;
      const Room& room = rooms_.emplace_back(Room{std::make_unique<char[]>(size), bytes});
      text_bytes_ += bytes;
      raise_to(backend_.counts.most_rooms, static_cast<int>(rooms_.size()));
      return {room.memory.get() + kTextRoomPadding, static_cast<std::size_t>(bytes)};
    }
    int add_text(const TextSegment& text) override {
      const std::lock_guard lock(filling_);
      if (places_taken() > 1) {
        fail_once(FakeCall::kAddText, backend_.counts.batches);
      }
      start_batch();
      ++backend_.counts.texts;
      texts_.push_back({size_, take_room(text.text.data()), text, {text.target.begin(), text.target.end()}});
      text_bytes_ += static_cast<std::int64_t>(text.text.size());
      results_.emplace_back();
      return size_++;
    }
    void drop_text_room(std::span<const char> room) override {
      const std::lock_guard lock(filling_);
      static_cast<void>(take_room(room.data()));
    }
    [[nodiscard]] TextResult text_result(int i) const override { return results_.at(static_cast<std::size_t>(i)); }

    void submit() override {
      backend_.refuse_if_lost();
      if (size_ > backend_.behaviour_.most_segments_submitted) {
        size_ = 0;
        waited_ = true;
        throw std::bad_alloc();
      }
      FakeCounts& counts = backend_.counts;
      batch_ = counts.batches++;
      fail_if_asked(FakeCall::kSubmit, batch_);
      compute();
      raise_to(counts.most_threads, static_cast<int>(threads_.size()));
      raise_to(counts.most_in_flight, ++counts.in_flight);
      raise_to(counts.largest_batch, size_);
      const int longest = backend_.behaviour_.longest_delay_us;
      const std::chrono::microseconds delay(longest > 0 ? random_() % static_cast<unsigned>(longest) : 0);
      done_at_ = std::chrono::steady_clock::now() + delay +
                 std::chrono::microseconds(std::int64_t{backend_.behaviour_.segment_us} * size_);
    }

    bool advance() override {
      try {
        fail_once(FakeCall::kAdvance, batch_);
      } catch (...) {  // the batch is over, as it is behind `wait`
        --backend_.counts.in_flight;
        waited_ = true;
        size_ = 0;
        throw;
      }
      return std::chrono::steady_clock::now() < done_at_;
    }

    [[nodiscard]] std::span<const double> wait() override {
      std::this_thread::sleep_until(done_at_);
      --backend_.counts.in_flight;
      waited_ = true;
      const int size = std::exchange(size_, 0);
      const auto borrowed = std::exchange(borrowed_, {});
      fail_if_asked(FakeCall::kWait, batch_);
      backend_.refuse_if_lost();
      backend_.counts.segments += size;
      if (backend_.behaviour_.borrows) {
        values_.clear();
      }
      for (const PreparedSegment& segment : borrowed) {  // now, so that memory reused too early is seen
        const std::vector<double> values = fake_values(segment);
        values_.insert(values_.end(), values.begin(), values.end());
      }
      return values_;
    }
    [[nodiscard]] std::vector<PreparedSegment> kept() const override {
      std::vector<PreparedSegment> segments;
      for (std::size_t i = 0; i < kept_.size(); ++i) {
        segments.push_back(kept_[i]);
      }
      return segments;
    }
    [[nodiscard]] StageSeconds seconds() const override { return {.features = 1}; }

   private:
    void fail_if_asked(FakeCall call, std::int64_t batch) {
      const FakeBehaviour& behaviour = backend_.behaviour_;
      if (batch == behaviour.failing_batch && call == behaviour.failing_call) {
        ++backend_.counts.failures;
        size_ = 0;
        waited_ = true;
        fail();
      }
    }
    /// Once, from that batch on: which batch is the next one other slots decide meanwhile, and not every batch is asked
    /// how far it is.
    void fail_once(FakeCall call, std::int64_t batch) {
      const FakeBehaviour& behaviour = backend_.behaviour_;
      int none = 0;
      if (call == behaviour.failing_call && behaviour.failing_batch >= 0 && batch >= behaviour.failing_batch &&
          backend_.counts.failures.compare_exchange_strong(none, 1)) {
        fail();
      }
    }
    [[noreturn]] void fail() {
      backend_.counts.lost = backend_.behaviour_.failure_is_fatal;
      throw CudaError("the fake device fell off the bus", 999, backend_.behaviour_.failure_is_fatal);
    }
    static void raise_to(std::atomic<int>& most, int value) {
      int seen = most;
      while (seen < value && !most.compare_exchange_weak(seen, value)) {
      }
    }

    struct Room {
      std::unique_ptr<char[]> memory;
      std::int64_t bytes = 0;
    };
    /// A text as it was added; it lies in `room`, and its target is kept.
    struct Text {
      int place = 0;
      std::unique_ptr<char[]> room;
      TextSegment segment;
      std::vector<std::int32_t> target;
    };

    [[nodiscard]] int places_taken() const { return size_ + static_cast<int>(rooms_.size()); }

    void start_batch() {
      if (size_ == 0) {
        kept_ = {};
        residents_.clear();
        results_.clear();
        threads_.clear();
        put_old_texts_away();
        backend_.refuse_if_lost();
      }
      threads_.insert(std::this_thread::get_id());
    }

    std::unique_ptr<char[]> take_room(const char* begin) {
      const auto found = std::find_if(rooms_.begin(), rooms_.end(),
                                      [&](const Room& room) { return room.memory.get() + kTextRoomPadding == begin; });
      if (found == rooms_.end()) {
        throw Error("a room was named that is not open");
      }
      std::unique_ptr<char[]> memory = std::move(found->memory);
      text_bytes_ -= found->bytes;
      rooms_.erase(found);
      return memory;
    }

    /// What was refused is still wanted after `wait`, until another text is added.
    void put_old_texts_away() {
      if (std::exchange(waited_, false)) {
        old_texts_ = std::exchange(texts_, {});
        text_bytes_ = 0;
      }
    }

    /// What was kept is wiped, so that samples which nobody copies are missed.
    void leave_copying(const PreparedSegment& segment, SlotPlace& place) {
      const PreparedSegment kept = kept_[kept_.size() - 1];
      for (std::size_t c = 0; c < segment.channels.size(); ++c) {
        const ColumnView& from = segment.channels[c].valid;
        void* const to = const_cast<void*>(kept.channels[c].valid.data);
        const std::size_t bytes = static_cast<std::size_t>(from.n) * sample_size(from.type);
        if (bytes > 0) {
          std::memset(to, 0, bytes);
          place.copies.push_back({from.data, to, bytes});
        }
      }
    }

    /// From what lies in the slot when it is submitted.
    void compute() {
      if (backend_.behaviour_.borrows) {
        return;
      }
      std::vector<std::vector<double>> values(static_cast<std::size_t>(size_));
      std::size_t next_kept = 0;
      auto text = texts_.begin();
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (text != texts_.end() && text->place == static_cast<int>(i)) {
          values[i] = values_of_text(*text++, results_[i]);
          backend_.counts.texts_taken += results_[i].taken ? 1 : 0;
        } else if (const auto resident = residents_.find(static_cast<int>(i)); resident != residents_.end()) {
          values[i] = values_of_resident(resident->second, results_[i]);
        } else {
          values[i] = fake_values(kept_[next_kept++]);
        }
      }
      values_.clear();
      for (const std::vector<double>& of_segment : values) {
        values_.insert(values_.end(), of_segment.begin(), of_segment.end());
      }
    }

    std::vector<double> values_of_text(const Text& from, TextResult& result) {
      const TextSegment& text = from.segment;
      const std::vector<std::int32_t>& target = from.target;
      const std::string_view body(text.text.data() + text.first, static_cast<std::size_t>(text.last - text.first));
      constexpr MissingPolicy kPolicy = MissingPolicy::kSkip;  // of fake_plan
      const test::TeamParsed parsed =
          test::parse_by_teams(body, target, {.delimiter = text.delimiter, .fill = gap_fill(kPolicy)});
      std::vector<PreparedChannel> channels;
      result.lacked_room = backend_.counts.texts_parsed++ < backend_.behaviour_.texts_without_room;
      if (parsed.refusal.status == io::TextStatus::kTaken && !result.lacked_room &&
          static_cast<int>(random_() % 100) >= backend_.behaviour_.refused_percent) {
        for (std::size_t c = 0; c < parsed.facts.size(); ++c) {
          channels.push_back(prepare_parsed(kPolicy, parsed.column(c), parsed.facts[c]));
        }
      }
      const auto kept = target.size() - static_cast<std::size_t>(std::count(target.begin(), target.end(), -1));
      if (channels.size() < kept) {
        return std::vector<double>(2 * kept, -12345.0);  // what a slot leaves there is nothing to be used
      }
      result.taken = true;
      result.n = parsed.rows;
      return fake_values({channels, parsed.rows});
    }

    static std::vector<double> values_of_resident(const std::vector<SampleArray>& arrays, TextResult& result) {
      constexpr MissingPolicy kPolicy = MissingPolicy::kSkip;  // of fake_plan
      const test::TeamParsed taken = test::take_arrays_by_teams(arrays, gap_fill(kPolicy));
      std::vector<PreparedChannel> channels;
      for (std::size_t c = 0; c < arrays.size(); ++c) {
        channels.push_back(prepare_parsed(kPolicy, taken.column(c), taken.facts[c]));
        result.has_infinities = result.has_infinities || taken.facts[c].has_infinities;
      }
      result.taken = true;
      result.n = taken.rows;
      return fake_values({channels, taken.rows});
    }

    FakeBackend& backend_;
    int capacity_;
    std::minstd_rand random_;
    int size_ = 0;
    std::int64_t batch_ = -1;
    std::chrono::steady_clock::time_point done_at_;
    std::vector<double> values_;
    std::vector<PreparedSegment> borrowed_;
    OwnedSegments kept_;
    std::mutex filling_;
    std::set<std::thread::id> threads_;                  ///< that have added to the batch
    std::map<int, std::vector<SampleArray>> residents_;  ///< by place
    std::vector<Room> rooms_;                            ///< that are open
    std::vector<Text> old_texts_;                        ///< of the batch before
    std::vector<Text> texts_;                            ///< in the order of their places
    std::int64_t text_bytes_ = 0;
    bool waited_ = false;
    std::vector<TextResult> results_;
  };

  void refuse_if_lost() {
    if (counts.lost) {
      ++counts.refused;
      throw CudaError("the fake device is lost", 998, true);
    }
  }

  FakeBehaviour behaviour_;
};

}  // namespace pumice::testing_support
