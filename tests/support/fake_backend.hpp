/// A backend that computes sums, with injected delays and failures: it tests the engine, not features.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <numeric>
#include <random>
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
enum class FakeCall : std::uint8_t { kTextRoom, kAddText, kSubmit, kAdvance, kWait };

struct FakeBehaviour {
  std::string name = "fake";
  bool borrows = false;
  int slots_per_worker = 2;
  std::size_t bytes_per_segment = 1000;
  int longest_delay_us = 0;         ///< a batch takes a random time up to this
  int segment_us = 0;               ///< and this for each of its segments
  std::int64_t failing_batch = -1;  ///< this batch throws CudaError
  FakeCall failing_call = FakeCall::kWait;
  bool failure_is_fatal = true;           ///< then every later call of every slot throws, as a lost context does
  int most_segments_that_fit = 1 << 30;   ///< make_slot throws std::bad_alloc above
  int most_segments_submitted = 1 << 30;  ///< submit throws std::bad_alloc above
  std::int64_t most_samples = std::int64_t{1}
                              << 60;  ///< add throws std::bad_alloc where batch times samples exceeds it
  bool takes_text = false;            ///< parses texts as a GPU does, on the host
  int refused_percent = 0;            ///< of the texts, by chance
  std::int64_t text_bytes = 1 << 20;  ///< a slot's memory for texts
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
  [[nodiscard]] int slots_per_worker() const override { return behaviour_.slots_per_worker; }
  [[nodiscard]] std::size_t bytes_per_slot(const Plan&, std::int64_t, int segments) const override {
    return behaviour_.bytes_per_segment * static_cast<std::size_t>(segments);
  }
  [[nodiscard]] std::unique_ptr<Slot> make_slot(const Plan&, std::int64_t, int segments) override {
    refuse_if_lost();
    if (segments > behaviour_.most_segments_that_fit) {
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
      const bool is_large = capacity_ * segment.n > backend_.behaviour_.most_samples;
      if (size_ > 0 && (size_ == capacity_ || is_large)) {
        return false;
      }
      start_batch();
      if (size_ == 0 && is_large) {
        throw std::bad_alloc();
      }
      ++size_;
      if (backend_.behaviour_.borrows) {
        borrowed_.push_back(segment);
      } else {
        const std::vector<double> values = fake_values(segment);
        values_.insert(values_.end(), values.begin(), values.end());
        kept_.add(segment);
      }
      return true;
    }
    [[nodiscard]] int size() const override { return size_; }

    [[nodiscard]] bool takes_text() const override { return backend_.behaviour_.takes_text; }
    [[nodiscard]] std::span<char> text_room(std::int64_t bytes) override {
      if (size_ > 0 && (size_ == capacity_ || text_bytes_ + bytes > backend_.behaviour_.text_bytes)) {
        return {};
      }
      if (size_ > 0) {
        fail_once(FakeCall::kTextRoom, backend_.counts.batches);
      }
      if (std::exchange(waited_, false)) {  // not before: what was refused is still wanted
        texts_.clear();
        text_bytes_ = 0;
      }
      const std::size_t size = static_cast<std::size_t>(bytes) + 2 * kTextRoomPadding;
      room_ = std::make_unique<char[]>(size);
      return {room_.get() + kTextRoomPadding, static_cast<std::size_t>(bytes)};
    }
    void add_text(const TextSegment& text) override {
      if (size_ > 0) {
        fail_once(FakeCall::kAddText, backend_.counts.batches);
      }
      start_batch();
      ++size_;
      ++backend_.counts.texts;
      text_bytes_ += static_cast<std::int64_t>(text.text.size());
      texts_.push_back(std::move(room_));
      TextResult result;
      const std::vector<double> values = values_of_text(text, result);
      values_.insert(values_.end(), values.begin(), values.end());
      results_.back() = result;
      backend_.counts.texts_taken += result.taken ? 1 : 0;
    }
    [[nodiscard]] TextResult text_result(int i) const override { return results_.at(static_cast<std::size_t>(i)); }

    void submit() override {
      backend_.refuse_if_lost();
      if (size_ > backend_.behaviour_.most_segments_submitted) {
        size_ = 0;
        throw std::bad_alloc();
      }
      FakeCounts& counts = backend_.counts;
      batch_ = counts.batches++;
      fail_if_asked(FakeCall::kSubmit, batch_);
      raise_to(counts.most_in_flight, ++counts.in_flight);
      raise_to(counts.largest_batch, size_);
      const int longest = backend_.behaviour_.longest_delay_us;
      const std::chrono::microseconds delay(longest > 0 ? random_() % static_cast<unsigned>(longest) : 0);
      done_at_ = std::chrono::steady_clock::now() + delay +
                 std::chrono::microseconds(std::int64_t{backend_.behaviour_.segment_us} * size_);
    }

    void advance() override {
      try {
        fail_once(FakeCall::kAdvance, batch_);
      } catch (...) {  // the batch is over, as it is behind `wait`
        --backend_.counts.in_flight;
        waited_ = true;
        throw;
      }
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
      size_ = 0;
      backend_.counts.lost = backend_.behaviour_.failure_is_fatal;
      throw CudaError("the fake device fell off the bus", 999, backend_.behaviour_.failure_is_fatal);
    }
    static void raise_to(std::atomic<int>& most, int value) {
      int seen = most;
      while (seen < value && !most.compare_exchange_weak(seen, value)) {
      }
    }

    void start_batch() {
      if (size_ == 0) {
        values_.clear();
        kept_ = {};
        results_.clear();
        backend_.refuse_if_lost();
      }
      results_.resize(static_cast<std::size_t>(size_) + 1);
    }

    std::vector<double> values_of_text(const TextSegment& text, TextResult& result) {
      const std::vector<std::int32_t> target(text.target.begin(), text.target.end());
      const std::string_view body(text.text.data() + text.first, static_cast<std::size_t>(text.last - text.first));
      constexpr MissingPolicy kPolicy = MissingPolicy::kSkip;  // of fake_plan
      const test::TeamParsed parsed =
          test::parse_by_teams(body, target, {.delimiter = text.delimiter, .fill = gap_fill(kPolicy)});
      std::vector<PreparedChannel> channels;
      if (parsed.refusal.status == io::TextStatus::kTaken &&
          static_cast<int>(random_() % 100) >= backend_.behaviour_.refused_percent) {
        for (std::size_t c = 0; c < parsed.facts.size(); ++c) {
          channels.push_back(prepare_parsed(kPolicy, parsed.column(c), parsed.facts[c]));
        }
      }
      const auto kept = target.size() - static_cast<std::size_t>(std::count(target.begin(), target.end(), -1));
      if (channels.size() < kept) {
        return std::vector<double>(2 * kept, -12345.0);  // what a slot leaves there is nothing to be used
      }
      result = {true, parsed.rows};
      return fake_values({channels, parsed.rows});
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
    std::unique_ptr<char[]> room_;
    std::vector<std::unique_ptr<char[]>> texts_;
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

/// Recordings made by a function of (recording, channel, sample); `lengths[r]` samples, or a problem where negative.
class FakeSource : public Source {
 public:
  using Sample = std::function<double(std::int64_t recording, std::size_t channel, std::int64_t i)>;

  FakeSource(int channels, std::vector<std::int64_t> lengths, Sample sample)
      : lengths_(std::move(lengths)), sample_(std::move(sample)) {
    for (std::size_t r = 0; r < lengths_.size(); ++r) {
      recordings_.push_back({.path = std::to_string(r) + ".csv", .id = std::to_string(r), .bytes = 100});
    }
    for (int c = 0; c < channels; ++c) {
      channels_.push_back("c" + std::to_string(c));
    }
  }

  [[nodiscard]] const std::vector<Recording>& recordings() const override { return recordings_; }
  [[nodiscard]] const std::vector<std::string>& channels() const override { return channels_; }
  [[nodiscard]] std::unique_ptr<Decoder> make_decoder() const override { return std::make_unique<FakeDecoder>(*this); }
  void set_bytes(std::int64_t bytes) {
    for (Recording& recording : recordings_) {
      recording.bytes = bytes;
    }
  }

  /// True for recordings that are texts: those of integers, or garbage where they are broken.
  std::function<bool(std::int64_t)> has_text;
  /// Called with each recording as it is decoded.
  std::function<void(std::int64_t)> on_decode;
  mutable std::atomic<std::int64_t> decoded{0};

 private:
  class FakeDecoder : public Decoder {
   public:
    explicit FakeDecoder(const FakeSource& source) : source_(source) {}
    [[nodiscard]] std::optional<InputProblem> decode(const Recording& recording, DecodedRecording& out,
                                                     StageSeconds& seconds) override {
      const std::int64_t r = std::stoll(recording.id);
      ++source_.decoded;
      if (source_.on_decode) {
        source_.on_decode(r);
      }
      seconds.decode += 1;
      const std::int64_t n = source_.lengths_[static_cast<std::size_t>(r)];
      if (n < 0) {
        return InputProblem{.path = recording.path, .reason = "is broken", .row = {}, .column = {}, .byte = {}};
      }
      out.n = n;
      out.text_bytes = 10 * n;
      out.channels.resize(source_.channels_.size());
      for (std::size_t c = 0; c < out.channels.size(); ++c) {
        out.channels[c].reset(SampleType::kFloat64, n);
        for (std::int64_t i = 0; i < n; ++i) {
          out.channels[c].as<double>()[i] = source_.sample_(r, c, i);
        }
      }
      return std::nullopt;
    }

    [[nodiscard]] std::optional<TextSegment> read_text(const Recording& recording, std::span<char> room,
                                                       StageSeconds& seconds) override {
      const std::int64_t r = std::stoll(recording.id);
      const std::string text = source_.text_of(r);
      if (!source_.has_text || !source_.has_text(r) || text.size() >= room.size()) {
        return {};
      }
      seconds.read += 1;
      std::copy(text.begin(), text.end(), room.begin());
      target_.resize(source_.channels_.size());
      std::iota(target_.begin(), target_.end(), 0);
      return TextSegment{.text = room.first(text.size()),
                         .first = static_cast<std::int64_t>(text.find('\n') + 1),
                         .last = static_cast<std::int64_t>(text.size()),
                         .target = target_};
    }
    [[nodiscard]] std::optional<InputProblem> decode_text(const Recording& recording, std::span<char> text,
                                                          DecodedRecording& out, StageSeconds& seconds) override {
      if (std::string_view(text.data(), text.size()) != source_.text_of(std::stoll(recording.id))) {
        throw Error("the text of " + recording.path + " is not in its place any more");
      }
      return decode(recording, out, seconds);
    }

   private:
    const FakeSource& source_;
    std::vector<int> target_;
  };

  [[nodiscard]] std::string text_of(std::int64_t r) const {
    const std::int64_t n = lengths_[static_cast<std::size_t>(r)];
    std::string text = "header\n";
    for (std::int64_t i = 0; i < std::abs(n); ++i) {
      for (std::size_t c = 0; c < channels_.size(); ++c) {
        text += std::string(c > 0 ? "," : "") +
                (n < 0 ? std::string("x") : std::to_string(static_cast<std::int64_t>(sample_(r, c, i))));
      }
      text += "\n";
    }
    return text;
  }

  std::vector<std::int64_t> lengths_;
  Sample sample_;
  std::vector<Recording> recordings_;
  std::vector<std::string> channels_;
};

}  // namespace pumice::testing_support
