#include "cli/bench_limits.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/read_files.hpp"
#include "pumice/engine.hpp"
#include "pumice/error.hpp"

namespace pumice::cli {
namespace {

constexpr int kMostReaders = 16;

/// Memory that a thread reads files into, a piece at a time.
std::vector<char> make_buffer() { return std::vector<char>(std::size_t{1} << 20); }

/// Reads a file and hands over its pieces; one that cannot be opened has none.
template <class Take>
void read_file(const Recording& recording, std::vector<char>& buffer, Take take) {
  const int file = open(recording.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return;
  }
  for (ssize_t got = 0; (got = read(file, buffer.data(), buffer.size())) > 0;) {
    take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  }
  close(file);
}

enum class Look : std::uint8_t { kReadOnly, kCountLines };

/// Seconds that one thread takes to read all files, and perhaps to count their lines as `wc -l` does.
double read_all(const std::vector<Recording>& recordings, Look look, std::int64_t& lines) {
  lines = 0;
  std::vector<char> buffer = make_buffer();
  const Clock::time_point start = Clock::now();
  for (const Recording& recording : recordings) {
    read_file(recording, buffer, [&](std::string_view piece) {
      const char* at = piece.data();
      const char* const end = at + piece.size();
      while (look == Look::kCountLines &&
             (at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
        ++lines;
        ++at;
      }
    });
  }
  return seconds_since(start);
}

/// Seconds that one thread takes to read all files and decode them into columns.
double decode_all(const std::vector<Recording>& recordings, Decoder& decoder, DecodedRecording& decoded,
                  std::int64_t& rows) {
  StageSeconds stages;
  rows = 0;
  const Clock::time_point start = Clock::now();
  for (const Recording& recording : recordings) {
    if (!decoder.decode(recording, decoded, stages)) {
      rows += decoded.n;
    }
  }
  return seconds_since(start);
}

/// Bytes that a reader reads into, one piece after the other, so that they go to memory as those of a run do.
constexpr std::size_t kReaderBytes = std::size_t{64} << 20;

std::vector<int> reader_counts() {
  std::vector<int> counts;
  const int cpus = usable_cpus();
  for (int threads = 1; threads < std::min(kMostReaders, cpus); threads *= 2) {
    counts.push_back(threads);
  }
  if (cpus > kMostReaders) {
    counts.push_back(kMostReaders);
  }
  counts.push_back(cpus);
  return counts;
}

}  // namespace

std::vector<std::string> paths_of(const std::vector<Recording>& recordings) {
  std::vector<std::string> paths;
  paths.reserve(recordings.size());
  for (const Recording& recording : recordings) {
    paths.push_back(recording.path);
  }
  return paths;
}

double read_in_parallel(const std::vector<Recording>& recordings, int threads) {
  std::vector<std::byte> memory(static_cast<std::size_t>(threads) * kReaderBytes);  // touched, before the clock runs
  return read_files(paths_of(recordings), threads, memory).seconds;
}

DecodedFiles take_unusable(Discovery& discovery, const ExtractOptions& options) {
  const std::unique_ptr<Source> source = open_source(discovery, options.input.format, 0, options.simd);
  const std::unique_ptr<Decoder> decoder = source->make_decoder();
  DecodedRecording decoded;
  StageSeconds stages;
  DecodedFiles files;
  files.problems.swap(discovery.unusable);
  std::vector<Recording> usable;
  discovery.total_bytes = 0;
  for (const Recording& recording : discovery.recordings) {
    if (auto problem = decoder->decode(recording, decoded, stages)) {
      files.problems.push_back(*problem);
      continue;
    }
    files.samples = usable.empty() ? decoded.n : files.samples;
    for (const ColumnBuffer& column : decoded.channels) {
      const SampleType type = column.view().type;
      if (std::find(files.types.begin(), files.types.end(), type) == files.types.end()) {
        files.types.push_back(type);
      }
    }
    discovery.total_bytes += recording.bytes;
    usable.push_back(recording);
  }
  if (usable.empty()) {
    throw Error(fmt::format("none of the {} files can be used; the first: {}", files.problems.size(),
                            files.problems.empty() ? "there is none" : files.problems.front().message()));
  }
  discovery.recordings = std::move(usable);
  return files;
}

ReadLimits measure_limits(const Discovery& discovery, const ExtractOptions& options, int runs) {
  const std::vector<Recording>& recordings = discovery.recordings;
  const std::unique_ptr<Source> source = open_source(discovery, options.input.format, 0, options.simd);
  const std::unique_ptr<Decoder> decoder = source->make_decoder();
  DecodedRecording decoded;
  ReadLimits limits;
  std::int64_t no_lines = 0;
  // Not counted: buffers get their size.
  (void)decode_all(recordings, *decoder, decoded, limits.rows);
  std::vector<double> reading;
  std::vector<double> counting;
  std::vector<double> decoding;
  for (int run = 0; run < runs; ++run) {
    reading.push_back(read_all(recordings, Look::kReadOnly, no_lines));
    counting.push_back(read_all(recordings, Look::kCountLines, limits.lines));
    decoding.push_back(decode_all(recordings, *decoder, decoded, limits.rows));
  }
  limits.read_s = median(reading);
  limits.count_s = median(counting);
  limits.decode_s = median(decoding);
  for (const int threads : reader_counts()) {
    std::vector<double> seconds;
    for (int run = 0; run < runs; ++run) {
      seconds.push_back(read_in_parallel(recordings, threads));
    }
    limits.read_by_threads.push_back({threads, median(seconds)});
  }
  return limits;
}

}  // namespace pumice::cli
