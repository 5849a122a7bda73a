#include "pumice/error.hpp"

#include <gtest/gtest.h>

namespace pumice {
namespace {

TEST(InputProblem, NamesFileRowAndColumn) {
  const InputProblem problem{
      .path = "train/17.csv", .reason = "`abc` is not a number", .row = 312, .column = "sensor_2", .byte = {}};
  EXPECT_EQ(problem.message(), "train/17.csv: row 312, column sensor_2: `abc` is not a number");
}

TEST(InputProblem, EscapesWhatIsNoText) {
  const auto reason = [](const std::string& bytes) {
    const InputProblem problem{.path = "f", .reason = bytes, .row = {}, .column = {}, .byte = {}};
    return problem.message().substr(3);
  };
  EXPECT_EQ(reason("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\x8B"), "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\x8B");
  EXPECT_EQ(reason("\xFF|\x1B|\xC3"), "\\xFF|\\x1B|\\xC3");
  EXPECT_EQ(reason("\xC0\x80"), "\\xC0\\x80");           // longer than it needs to be
  EXPECT_EQ(reason("\xED\xA0\x80"), "\\xED\\xA0\\x80");  // half of a pair
}

TEST(InputError, CarriesItsProblem) {
  const InputError error({.path = "a.csv", .reason = "is empty", .row = {}, .column = {}, .byte = {}});
  EXPECT_STREQ(error.what(), "a.csv: is empty");
  EXPECT_EQ(error.problem().path, "a.csv");
}

}  // namespace
}  // namespace pumice
