#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "csv_text.hpp"

namespace pumice {
namespace {

using testing::HasSubstr;

/// `rows` rows of a time and two integers; `time(i)` prints the time of row i.
std::string text_of(int rows, const std::function<std::string(int)>& time) {
  std::string text = "time,a,b\n";
  for (int i = 0; i < rows; ++i) {
    text += fmt::format("{},{},{}\n", time(i), i % 17, -i);
  }
  return text;
}

/// The problem of a text in a run at `rate`, by the quick way and by the general one, which must agree.
std::string problem_of(const std::string& text, double rate) {
  std::string messages[2];
  for (const bool fast : {false, true}) {
    FileShape shape = shape_of({"a", "b"});
    shape.time_column = "time";
    io::CsvDecoder decoder(shape, {"a", "b"}, {});
    decoder.allow_fast_path(fast);
    decoder.require_rate(rate);
    const Decoded decoded = decode_with(decoder, text);
    messages[fast ? 1 : 0] = decoded.problem ? decoded.problem->message() : "";
  }
  EXPECT_EQ(messages[0], messages[1]);
  return messages[0];
}

auto seconds(double step, int decimals, double jump = 0, int jump_row = 1 << 30) {
  return [=](int i) { return fmt::format("{:.{}f}", step * i + (i >= jump_row ? jump : 0), decimals); };
}

TEST(TimeCheck, TakesTimesThatArePrintedWithFewDigits) {
  EXPECT_EQ(problem_of(text_of(1000, seconds(0.01, 2)), 100), "");
  EXPECT_EQ(problem_of(text_of(1000, seconds(0.01, 3)), 100), "");
  EXPECT_EQ(problem_of(text_of(1000, seconds(1 / 3.0, 3)), 3), "");
  EXPECT_EQ(problem_of(text_of(1000, seconds(1 / 3.0, 1)), 3), "");
  EXPECT_EQ(problem_of(text_of(1000, seconds(1 / 128.0, 3)), 128), "");
  EXPECT_EQ(problem_of(text_of(1, seconds(0.01, 2)), 100), "");
}

TEST(TimeCheck, NamesTheRowOfAJumpHoweverLate) {
  EXPECT_THAT(problem_of(text_of(600, seconds(0.01, 2, 60, 300)), 100),
              HasSubstr("row 302, column time: the time jumps by 60.01 s instead of 0.01 s; `--sample-rate`"));
  EXPECT_THAT(problem_of(text_of(101, seconds(0.01, 2, 5, 100)), 100), HasSubstr("row 102, column time"));
}

TEST(TimeCheck, CountsTheRowsOfLongTexts) {
  for (const char* line_end : {"\n", "\r\n"}) {
    std::string text;
    for (const char c : text_of(20000, seconds(0.01, 2, 60, 17654))) {
      text += c == '\n' ? line_end : std::string(1, c);
    }
    EXPECT_THAT(problem_of(text, 100), HasSubstr("row 17656, column time: the time jumps by 60.01 s"));
  }
}

TEST(TimeCheck, SeesAMissingAndADoubleRow) {
  EXPECT_THAT(problem_of(text_of(400, seconds(0.01, 2, 0.01, 200)), 100),
              HasSubstr("row 202, column time: the time jumps by 0.02 s instead of 0.01 s"));
  EXPECT_THAT(problem_of(text_of(400, seconds(0.01, 2, -0.01, 200)), 100), HasSubstr("row 202, column time"));
  const auto blank = [](int i) { return i == 200 ? std::string() : fmt::format("{:.2f}", 0.01 * i); };
  EXPECT_THAT(problem_of(text_of(400, blank), 100), HasSubstr("row 202, column time: has no time"));
}

TEST(TimeCheck, SaysTheRateOfAFileOfAnother) {
  EXPECT_THAT(problem_of(text_of(400, seconds(0.01, 2)), 50),
              HasSubstr("its column time shows 100 Hz, the others 50 Hz; `--sample-rate` takes the rows as they come"));
  EXPECT_THAT(problem_of(text_of(400, seconds(0.04, 2)), 50), HasSubstr("shows 25 Hz, the others 50 Hz"));
  EXPECT_THAT(problem_of(text_of(400, seconds(1 / 51.0, 5)), 50), HasSubstr("shows 51 Hz, the others 50 Hz"));
}

TEST(TimeCheck, ReadsDatesAndUnixTimes) {
  const auto date = [](int i) { return fmt::format("2020-01-01 00:{:02}:{:02}.{}", i / 120, i / 2 % 60, i % 2 * 5); };
  EXPECT_EQ(problem_of(text_of(500, date), 2), "");
  EXPECT_THAT(problem_of(text_of(500, [&](int i) { return date(i + (i > 250 ? 60 : 0)); }), 2),
              HasSubstr("row 253, column time: the time jumps by 30.5 s instead of 0.5 s"));
  const auto milliseconds = [](int i) { return std::to_string(1577836800000 + 10 * i); };
  EXPECT_EQ(problem_of(text_of(500, milliseconds), 100), "");
}

TEST(TimeCheck, IsOfEveryFileOfARunThatAsksForIt) {
  const TemporaryFolder folder;
  for (int i = 10; i < 60; ++i) {
    folder.write(std::to_string(i) + ".csv", text_of(200, seconds(i == 55 ? 0.01 : 0.02, 2)));
  }
  DiscoveryOptions options;
  options.inputs = {folder.path()};
  const Discovery found = discover(options);
  EXPECT_EQ(found.shape.sample_rate, 50);
  const auto refused = [&](double rate) {
    const auto source = open_source(found, options.format, rate);
    const auto decoder = source->make_decoder();
    std::vector<std::string> ids;
    DecodedRecording out;
    StageSeconds spent;
    for (const Recording& recording : source->recordings()) {
      if (decoder->decode(recording, out, spent)) {
        ids.push_back(recording.id);
      }
    }
    return ids;
  };
  EXPECT_THAT(refused(50), testing::ElementsAre("55"));
  EXPECT_THAT(refused(0), testing::IsEmpty());
}

}  // namespace
}  // namespace pumice
