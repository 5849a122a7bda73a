#include "pumice/source.hpp"

#include <new>
#include <utility>

#include "core/clock.hpp"
#include "core/simd.hpp"
#include "io/csv_decode.hpp"
#include "io/decompress.hpp"
#include "io/problem.hpp"

namespace pumice {
namespace {

class FileDecoder final : public Decoder {
 public:
  explicit FileDecoder(io::CsvDecoder csv) : csv_(std::move(csv)) {}

  std::optional<InputProblem> decode(const Recording& recording, DecodedRecording& out,
                                     StageSeconds& seconds) override {
    try {
      if (auto problem = reader_.read(recording.path, seconds.read, seconds.decode)) {
        return problem;
      }
    } catch (const std::bad_alloc&) {
      return io::too_large(recording.path);
    }
    return decode_text(recording, {reader_.data(), reader_.size()}, out, seconds);
  }

  std::optional<TextSegment> read_text(const Recording& recording, std::span<char> room,
                                       StageSeconds& seconds) override {
    static_assert(kTextRoomPadding >= io::kTextPadding);
    const StageTimer reading(seconds.read);
    const auto size = io::TextReader::read_plain(recording.path, room);
    if (!size) {
      return {};
    }
    const std::span<char> text = room.first(*size);
    const auto rows = csv_.find_rows(text);
    if (!rows) {
      return {};
    }
    const std::int64_t first = rows->body.data() - text.data();
    return TextSegment{.text = text,
                       .first = first,
                       .last = first + static_cast<std::int64_t>(rows->body.size()),
                       .delimiter = rows->delimiter,
                       .target = rows->target};
  }

  std::optional<InputProblem> decode_text(const Recording& recording, std::span<char> text, DecodedRecording& out,
                                          StageSeconds& seconds) override {
    try {
      const StageTimer decoding(seconds.decode);
      auto problem = csv_.decode(text, out);
      if (problem) {
        problem->path = recording.path;
      }
      return problem;
    } catch (const std::bad_alloc&) {
      return io::too_large(recording.path);
    }
  }

  void read_ahead(const Recording& recording) override { io::TextReader::read_ahead(recording.path); }

 private:
  io::TextReader reader_;
  io::CsvDecoder csv_;
};

class FileSource final : public Source {
 public:
  FileSource(const Discovery& discovery, TextFormat format, double time_rate, Simd simd)
      : recordings_(discovery.recordings),
        channels_(discovery.channels),
        shape_(discovery.shape),
        format_(std::move(format)),
        time_rate_(time_rate),
        simd_(simd),
        others_(discovery.channels_are_chosen ? io::OtherColumns::kPassOver : io::OtherColumns::kRefuse) {}

  [[nodiscard]] const std::vector<Recording>& recordings() const override { return recordings_; }
  [[nodiscard]] const std::vector<std::string>& channels() const override { return channels_; }
  [[nodiscard]] std::unique_ptr<Decoder> make_decoder() const override {
    io::CsvDecoder csv(shape_, channels_, format_, others_);
    csv.require_rate(time_rate_);
    csv.use_targets(simd_targets(simd_));
    return std::make_unique<FileDecoder>(std::move(csv));
  }

 private:
  std::vector<Recording> recordings_;
  std::vector<std::string> channels_;
  FileShape shape_;
  TextFormat format_;
  double time_rate_;
  Simd simd_;
  io::OtherColumns others_;
};

}  // namespace

std::unique_ptr<Source> open_source(const Discovery& discovery, const TextFormat& format, double time_rate, Simd simd) {
  return std::make_unique<FileSource>(discovery, format, time_rate, simd);
}

}  // namespace pumice
