#include "pumice/error.hpp"

#include <gtest/gtest.h>

namespace pumice {
namespace {

TEST(InputProblem, NamesFileRowAndColumn) {
  const InputProblem problem{
      .path = "train/17.csv", .reason = "`abc` is not a number", .row = 312, .column = "sensor_2", .byte = {}};
  EXPECT_EQ(problem.message(), "train/17.csv: row 312, column sensor_2: `abc` is not a number");
}

TEST(InputError, CarriesItsProblem) {
  const InputError error({.path = "a.csv", .reason = "is empty", .row = {}, .column = {}, .byte = {}});
  EXPECT_STREQ(error.what(), "a.csv: is empty");
  EXPECT_EQ(error.problem().path, "a.csv");
}

}  // namespace
}  // namespace pumice
