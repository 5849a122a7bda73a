/// A source of recordings that are made up, as columns or as texts: it tests the engine, not decoding.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pumice/error.hpp"
#include "pumice/source.hpp"

namespace pumice::testing_support {

/// Recordings made by a function of (recording, channel, sample); `lengths[r]` samples, or a problem where negative.
class FakeSource : public Source {
 public:
  using Sample = std::function<double(std::int64_t recording, std::size_t channel, std::int64_t i)>;

  FakeSource(int channels, std::vector<std::int64_t> lengths, Sample sample, std::int64_t bytes = 100)
      : lengths_(std::move(lengths)), sample_(std::move(sample)) {
    for (std::size_t r = 0; r < lengths_.size(); ++r) {
      recordings_.push_back({.path = std::to_string(r) + ".csv", .id = std::to_string(r), .bytes = bytes});
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
  /// Called with each recording as its text is read, when it lies in its room.
  std::function<void(std::int64_t)> on_read;

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
      if (source_.on_read) {
        source_.on_read(r);
      }
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
