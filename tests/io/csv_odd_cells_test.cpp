// Texts that are plain but for a few cells, and decoders that have read other texts before.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_plain_text.hpp"
#include "io/csv_text.hpp"

namespace pumice {
namespace {

/// Rows of three cells, one in `every` of which is taken from `odd`.
std::string text_of(unsigned seed, bool integers, unsigned every, const std::vector<std::string>& odd) {
  std::minstd_rand random(seed);
  std::string text = "a,b,c\n";
  for (int row = 0; row < 3000; ++row) {
    for (int c = 0; c < 3; ++c) {
      const int whole = static_cast<int>(random() % 60000) - 30000;
      text += random() % every == 0 ? odd[random() % odd.size()]
              : integers            ? std::to_string(whole)
                                    : std::to_string(whole / 1000.0);
      text += c == 2 ? '\n' : ',';
    }
  }
  return text;
}

/// Both paths give the same types and values; returns the way that the first one went.
io::CsvPath compare_paths(const std::string& text, const TextFormat& format = {}) {
  io::CsvPath path = io::CsvPath::kGeneral;
  for (const std::int64_t target : io::single_targets()) {
    io::CsvDecoder fast(shape_of({"a", "b", "c"}), {"a", "b", "c"}, format);
    fast.use_targets(target);
    io::CsvDecoder general(shape_of({"a", "b", "c"}), {"a", "b", "c"}, format);
    general.allow_fast_path(false);
    const Decoded expected = decode_with(general, text);
    EXPECT_FALSE(expected.problem);
    for (int again = 0; again < 2; ++again) {
      const Decoded decoded = decode_with(fast, text);
      EXPECT_FALSE(decoded.problem);
      EXPECT_EQ(decoded.types, expected.types);
      EXPECT_EQ(decoded.n, expected.n);
      EXPECT_EQ(decoded.has_infinities, expected.has_infinities);
      for (std::size_t c = 0; c < expected.columns.size(); ++c) {
        EXPECT_TRUE(same_values(decoded.columns[c], expected.columns[c])) << "column " << c;
      }
      path = decoded.path;
    }
  }
  return path;
}

TEST(OddCells, AreReadByThemselvesWhereTheyAreFew) {
  const std::vector<std::string> odd{"nan", "NA", "null", " 7", "8 ", "+9", "1e2", "  ", "N/A"};
  for (unsigned seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(compare_paths(text_of(seed, true, 300, odd)), io::CsvPath::kFast) << seed;
    EXPECT_EQ(compare_paths(text_of(seed, false, 300, odd)), io::CsvPath::kFast) << seed;
  }
}

TEST(OddCells, AreLeftToTheGeneralParserWhereTheyAreMany) {
  EXPECT_EQ(compare_paths(text_of(1, true, 2, {"nan", " 7"})), io::CsvPath::kGeneral);
}

TEST(OddCells, InfinitiesAreLeftToTheGeneralParser) {
  EXPECT_EQ(compare_paths(text_of(1, false, 300, {"inf", "-inf"})), io::CsvPath::kGeneral);
}

TEST(OddCells, NumbersThatAreNoInt16MakeDecimals) {
  EXPECT_EQ(compare_paths(text_of(1, true, 300, {"nan", "1e5", "1.25e0"})), io::CsvPath::kFast);
}

TEST(OddCells, NumbersThatMeanMissingKeepTheFastPath) {
  for (const std::string word : {"-999", "-999.0", "-99999", "1e30", "0.25"}) {
    TextFormat format;
    format.missing_words = {word};
    for (const bool integers : {true, false}) {
      const std::string text = text_of(3, integers, 50, {word, "-999", "nan"});
      EXPECT_EQ(compare_paths(text, format), io::CsvPath::kFast) << word;
      io::CsvDecoder decoder(shape_of({"a", "b", "c"}), {"a", "b", "c"}, format);
      const Decoded decoded = decode_with(decoder, text);
      const auto missing = [&](const std::vector<double>& column) {
        return std::count_if(column.begin(), column.end(), [](double x) { return std::isnan(x); });
      };
      EXPECT_GT(missing(decoded.columns[0]), 20) << word;
    }
  }
}

TEST(OddCells, QuotesAndControlCharactersAreNeverTaken) {
  for (const std::string cell : {"\"1\"", "1\"", "\t\x01", "n\"an"}) {
    std::string text = text_of(5, true, 1000000, {"1"});
    text += cell + ",1,2\n";
    io::CsvDecoder fast(shape_of({"a", "b", "c"}), {"a", "b", "c"}, {});
    io::CsvDecoder general(shape_of({"a", "b", "c"}), {"a", "b", "c"}, {});
    general.allow_fast_path(false);
    const Decoded a = decode_with(fast, text);
    const Decoded b = decode_with(general, text);
    EXPECT_EQ(a.problem.has_value(), b.problem.has_value()) << cell;
    EXPECT_EQ(a.path, io::CsvPath::kGeneral) << cell;
  }
}

TEST(Headers, OfAnotherLineEndAreReadAnew) {
  const std::string rows[] = {"1,2,3", "4,5,6"};
  const auto with = [&](const std::string& end) { return "a,b,c" + end + rows[0] + end + rows[1] + end; };
  for (const std::string first : {"\r", "\n", "\r\n"}) {
    for (const std::string second : {"\r", "\n", "\r\n"}) {
      io::CsvDecoder decoder(shape_of({"a", "b", "c"}), {"a", "b", "c"}, {});
      EXPECT_FALSE(decode_with(decoder, with(first)).problem);
      const Decoded decoded = decode_with(decoder, with(second));
      ASSERT_FALSE(decoded.problem) << decoded.problem->message();
      EXPECT_EQ(decoded.columns[2], (std::vector<double>{3, 6}));
    }
  }
}

}  // namespace
}  // namespace pumice
