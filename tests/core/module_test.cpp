#include "core/module.hpp"

#include <gtest/gtest.h>

#include <string>

#include "pumice/error.hpp"

namespace pumice {
namespace {

std::string cause_of_failure(const std::string& name, const std::string& directory) {
  try {
    (void)open_module(name, directory);
  } catch (const UnavailableError& error) {
    return error.what();
  }
  return "opened";
}

TEST(Module, CallsAFunctionOfAnOpenedModule) {
  const Module module = open_module("sound", TEST_MODULES);
  EXPECT_EQ(module.function<int(int)>("pumice_twice")(21), 42);
}

TEST(Module, NamesTheFolderWhereItIsNot) {
  EXPECT_EQ(cause_of_failure("nowhere", TEST_MODULES), std::string("libpumice_nowhere.so is not in ") + TEST_MODULES);
}

TEST(Module, LooksBesideTheLibraryAndBelowIt) {
  const std::string cause = cause_of_failure("nowhere", "");
  EXPECT_NE(cause.find(" or "), std::string::npos) << cause;
  EXPECT_TRUE(cause.ends_with("/pumice")) << cause;
}

TEST(Module, NamesTheLibraryThatItLacks) {
  EXPECT_EQ(cause_of_failure("needy", TEST_MODULES), "libpumice_test_absent.so is missing");
}

TEST(Module, RefusesAnotherVersion) {
  const std::string cause = cause_of_failure("old", TEST_MODULES);
  EXPECT_NE(cause.find("is of pumice 0.0.0-test, but this is pumice"), std::string::npos) << cause;
}

TEST(Module, NamesTheFunctionThatIsNotThere) {
  const Module module = open_module("sound", TEST_MODULES);
  EXPECT_THROW((void)module.function<int()>("pumice_thrice"), UnavailableError);
}

TEST(Module, FindsOnlyWhatIsThere) {
  EXPECT_TRUE(find_module("sound", TEST_MODULES).has_value());
  EXPECT_FALSE(find_module("nowhere", TEST_MODULES).has_value());
}

}  // namespace
}  // namespace pumice
