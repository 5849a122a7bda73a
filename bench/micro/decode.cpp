/// Decoding one file's text that lies in memory, beside counting its lines.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include <fmt/format.h>

#include "io/csv_decode.hpp"
#include "io/decompress.hpp"

namespace pumice::bench {
namespace {

struct Text {
  std::vector<char> bytes;  ///< between paddings
  std::vector<std::string> names;
  [[nodiscard]] std::span<char> span() {
    return std::span(bytes).subspan(io::kTextPadding, bytes.size() - 2 * io::kTextPadding);
  }
};

/// `cell(row, column)` writes one cell.
template <class Cell>
Text make_text(int columns, int rows, Cell cell) {
  Text text;
  std::string written;
  for (int c = 0; c < columns; ++c) {
    text.names.push_back(fmt::format("sensor_{}", c + 1));
    written += text.names.back() + (c + 1 < columns ? ',' : '\n');
  }
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      written += cell(r, c) + (c + 1 < columns ? ',' : '\n');
    }
  }
  text.bytes.assign(io::kTextPadding, '\0');
  text.bytes.insert(text.bytes.end(), written.begin(), written.end());
  text.bytes.insert(text.bytes.end(), io::kTextPadding, '\0');
  return text;
}

/// A number that looks random.
int scrambled(int row, int column) {
  const auto mixed = (static_cast<std::uint32_t>(row) * 2654435761U + static_cast<std::uint32_t>(column) * 40503U) >> 8;
  return static_cast<int>(mixed % 4001) - 2000;
}

Text integers() {
  return make_text(10, 60001, [](int r, int c) { return fmt::format("{}.0", scrambled(r, c) / (c + 1)); });
}
Text empty_cells() {
  return make_text(10, 60001, [](int, int) { return std::string(); });
}
Text decimals() {
  return make_text(10, 60001, [](int r, int c) { return fmt::format("{:.6f}", scrambled(r, c) / 777.0); });
}
Text wide_decimals() {
  return make_text(1000, 600, [](int r, int c) { return fmt::format("{:.6f}", scrambled(r, c) / 777.0); });
}

template <Text (*kMake)()>
void decode(benchmark::State& state) {
  Text text = kMake();
  FileShape shape;
  shape.channels = text.names;
  shape.has_header = true;
  io::CsvDecoder decoder(shape, text.names, {});
  DecodedRecording out;
  for (auto _ : state) {
    if (decoder.decode(text.span(), out)) {
      state.SkipWithError("the text was refused");
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.span().size()));
}
BENCHMARK(decode<integers>);
BENCHMARK(decode<empty_cells>);
BENCHMARK(decode<decimals>);
BENCHMARK(decode<wide_decimals>);

void count_lines(benchmark::State& state) {
  Text text = integers();
  for (auto _ : state) {
    std::int64_t lines = 0;
    const char* at = text.span().data();
    const char* const end = at + text.span().size();
    while ((at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
      ++lines;
      ++at;
    }
    benchmark::DoNotOptimize(lines);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.span().size()));
}
BENCHMARK(count_lines);

}  // namespace
}  // namespace pumice::bench
