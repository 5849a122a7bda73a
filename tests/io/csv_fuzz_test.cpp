/// Random texts: the fast path against the general one, the general one against strtod, and any bytes against a crash.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "io/csv_plain_text.hpp"
#include "io/csv_text.hpp"

namespace pumice {
namespace {

/// A slow and obvious reader of comma-separated numbers with a header: no quotes, no words. Empty cells are NaN.
std::vector<std::vector<double>> read_slowly(const std::string& text) {
  std::vector<std::vector<double>> columns;
  std::size_t at = text.find('\n') + 1;
  while (at < text.size()) {
    std::string line = text.substr(at, text.find('\n', at) - at);
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
    if (!line.empty() && line.back() == '\r') {
      line.pop_back();
    }
    std::size_t column = 0;
    std::size_t cell = 0;
    while (cell != std::string::npos) {
      const std::size_t comma = line.find(',', cell);
      const std::string word = line.substr(cell, comma == std::string::npos ? comma : comma - cell);
      columns.resize(std::max(columns.size(), column + 1));
      columns[column++].push_back(word.empty() ? std::nan("") : std::strtod(word.c_str(), nullptr));
      cell = comma == std::string::npos ? comma : comma + 1;
    }
  }
  return columns;
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  std::string digits(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += static_cast<char>('0' + below(10));
    }
    return text;
  }
  std::string plain_cell() {
    if (below(6) == 0) {
      return {};
    }
    const std::string point = below(2) == 0 ? ".0" : below(4) == 0 ? ".000" : "";
    return (below(2) == 0 ? "-" : "") + std::to_string(below(below(2) == 0 ? 32768 : 100)) + point;
  }
  /// A number that fits a double.
  std::string number_cell() {
    switch (below(12)) {
      case 0:
        return decimal_cell(200);
      case 1:
        return std::to_string(below(40000000) - 20000000);
      case 2:
      case 3:
        return plain_cell();
      default:
        const std::string text = (below(2) == 0 ? "-" : "") + digits(1 + below(6));
        return text + "." + digits(below(below(8) == 0 ? 14 : 8));
    }
  }
  std::string decimal_cell(int largest_power = 320) {
    std::string text = below(3) == 0 ? "-" : below(8) == 0 ? "+" : "";
    text += digits(1 + below(below(4) == 0 ? 25 : 6));
    text += below(2) == 0 ? "." + digits(below(below(4) == 0 ? 25 : 8)) : "";
    if (below(5) == 0) {
      text += (below(2) == 0 ? "e" : "E") + std::to_string(below(2 * largest_power) - largest_power);
    }
    return text;
  }

 private:
  std::mt19937 engine_;
};

std::string header(int columns) {
  std::string text;
  for (int c = 0; c < columns; ++c) {
    text += (c == 0 ? "c" : ",c") + std::to_string(c);
  }
  return text;
}

std::vector<std::string> names(int columns) {
  std::vector<std::string> result;
  for (int c = 0; c < columns; ++c) {
    result.push_back("c" + std::to_string(c));
  }
  return result;
}

TEST(Fuzz, GeneralPathReadsDecimalsAsStrtodDoes) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const int columns = 1 + random.below(6);
    std::string text = header(columns);
    const int rows = 1 + random.below(40);
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) {
        text += (c == 0 ? "\n" : ",") + random.decimal_cell();
      }
    }
    io::CsvDecoder decoder(shape_of(names(columns)), names(columns), {});
    decoder.allow_fast_path(false);
    const Decoded decoded = decode_with(decoder, text);
    ASSERT_FALSE(decoded.problem) << "seed " << seed << ": " << decoded.problem->message();
    auto expected = read_slowly(text);
    for (std::size_t c = 0; c < expected.size(); ++c) {
      for (double& value : expected[c]) {
        value = std::isinf(value) ? std::nan("") : value;
      }
      ASSERT_TRUE(same_values(decoded.columns[c], expected[c])) << "seed " << seed << " column " << c;
    }
  }
}

TEST(Fuzz, FastPathAgreesWithTheGeneralOneAndWithStrtod) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    Random random(seed);
    const int columns = 2 + random.below(12);
    // Integers in all columns, or in some.
    const int integers = seed % 2 == 0 ? columns : random.below(columns);
    const std::string line_end = random.below(2) == 0 ? "\n" : "\r\n";
    std::string text = header(columns);
    const int rows = 1 + random.below(60);
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) {
        text += (c == 0 ? line_end : ",") + (c < integers ? random.plain_cell() : random.number_cell());
      }
    }
    text += random.below(2) == 0 ? line_end : "";
    io::CsvDecoder fast(shape_of(names(columns)), names(columns), {});
    io::CsvDecoder general(shape_of(names(columns)), names(columns), {});
    general.allow_fast_path(false);
    const Decoded b = decode_with(general, text);
    ASSERT_FALSE(b.problem) << "seed " << seed << ": " << b.problem->message();
    ASSERT_EQ(b.path, io::CsvPath::kGeneral);
    const auto expected = read_slowly(text);
    for (const std::int64_t target : io::single_targets()) {
      fast.use_targets(target);
      const Decoded a = decode_with(fast, text);
      ASSERT_FALSE(a.problem) << "seed " << seed << ": " << a.problem->message();
      ASSERT_EQ(a.path, io::CsvPath::kFast) << "seed " << seed;
      ASSERT_EQ(a.types, b.types) << "seed " << seed;
      for (std::size_t c = 0; c < expected.size(); ++c) {
        ASSERT_TRUE(same_values(a.columns[c], b.columns[c])) << "seed " << seed << " column " << c;
        ASSERT_TRUE(same_values(a.columns[c], expected[c])) << "seed " << seed << " column " << c;
      }
    }
  }
}

TEST(Fuzz, BothPathsAgreeOnMutatedTexts) {
  constexpr std::string_view kAlphabet("0123456789..--,,;\n\r\t \"eEna+\0\x80\xff", 30);
  int taken_fast = 0;
  int refused = 0;
  for (unsigned seed = 0; seed < 4000; ++seed) {
    Random random(seed);
    std::string text = "a,b,c\n";
    const int rows = 1 + random.below(5);
    for (int r = 0; r < rows; ++r) {
      const auto cell = [&] { return seed % 2 == 0 ? random.plain_cell() : random.number_cell(); };
      text += cell() + "," + cell() + "," + cell() + "\n";
    }
    const int mutations = random.below(4);
    for (int m = 0; m < mutations; ++m) {
      const auto at = static_cast<std::size_t>(random.below(static_cast<int>(text.size())));
      const char c = kAlphabet[static_cast<std::size_t>(random.below(static_cast<int>(kAlphabet.size())))];
      switch (random.below(4)) {
        case 0:
          text.insert(at, 1, c);
          break;
        case 1:
          text.erase(at, 1);
          text += text.empty() ? "," : "";
          break;
        case 2:
          text[at] = c;
          break;
        default:
          text.resize(at + 1);
      }
    }
    io::CsvDecoder general(shape_of({"a", "b", "c"}), {"c", "a"}, {});
    general.allow_fast_path(false);
    const Decoded b = decode_with(general, text);
    refused += b.problem ? 1 : 0;
    for (const std::int64_t target : io::single_targets()) {
      io::CsvDecoder fast(shape_of({"a", "b", "c"}), {"c", "a"}, {});
      fast.use_targets(target);
      const Decoded a = decode_with(fast, text);
      ASSERT_EQ(a.problem.has_value(), b.problem.has_value()) << "seed " << seed;
      if (a.problem) {
        ASSERT_EQ(a.problem->message(), b.problem->message()) << "seed " << seed;
        continue;
      }
      taken_fast += a.path == io::CsvPath::kFast ? 1 : 0;
      ASSERT_EQ(a.n, b.n) << "seed " << seed;
      ASSERT_EQ(a.types, b.types) << "seed " << seed;
      for (std::size_t c = 0; c < 2; ++c) {
        ASSERT_TRUE(same_values(a.columns[c], b.columns[c])) << "seed " << seed;
      }
    }
  }
  EXPECT_GT(taken_fast, 500);
  EXPECT_GT(refused, 500);
}

TEST(Fuzz, AnyBytesAreReadOrRefused) {
  const TemporaryFolder folder;
  int refused = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    Random random(seed);
    constexpr std::string_view kLikely = "0123456789.,;\t \n\r\"-+eEnaif";
    std::string text;
    const int length = random.below(120);
    for (int i = 0; i < length; ++i) {
      text += random.below(20) == 0 ? static_cast<char>(random.below(256))
                                    : kLikely[static_cast<std::size_t>(random.below(static_cast<int>(kLikely.size())))];
    }
    try {
      const FileShape shape = inspect_file(folder.write("any.csv", text), {});
      io::CsvDecoder decoder(shape, shape.channels, {});
      const Decoded decoded = decode_with(decoder, text);
      refused += decoded.problem ? 1 : 0;
      for (const auto& column : decoded.columns) {
        ASSERT_EQ(static_cast<std::int64_t>(column.size()), decoded.n) << "seed " << seed;
      }
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_LT(refused, 600);
}

}  // namespace
}  // namespace pumice
