#include "pumice/source.hpp"

#include <chrono>
#include <new>
#include <utility>

#include "core/simd.hpp"
#include "io/csv_decode.hpp"
#include "io/decompress.hpp"

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
      const auto start = std::chrono::steady_clock::now();
      auto problem = csv_.decode({reader_.data(), reader_.size()}, out);
      seconds.decode += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (problem) {
        problem->path = recording.path;
      }
      return problem;
    } catch (const std::bad_alloc&) {
      return InputProblem{.path = recording.path,
                          .reason = "is too large for the memory of this machine",
                          .row = {},
                          .column = {},
                          .byte = {}};
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
