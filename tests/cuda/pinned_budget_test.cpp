#include "pinned_budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumice::cuda {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kMiB = std::size_t{1} << 20;

TEST(PinnedBudget, GivesNoMoreThanThereIs) {
  PinnedBudget budget(100 * kMiB);
  EXPECT_TRUE(budget.take(60 * kMiB));
  EXPECT_FALSE(budget.take(60 * kMiB));
  EXPECT_TRUE(budget.take(40 * kMiB));
  budget.give_back(60 * kMiB);
  EXPECT_TRUE(budget.take(60 * kMiB));
  EXPECT_EQ(budget.taken(), 100 * kMiB);
}

TEST(PinnedBudget, SaysOnceThatItWasTooSmall) {
  PinnedBudget budget(100 * kMiB);
  EXPECT_THAT(budget.take_notices("cuda:0"), IsEmpty());
  EXPECT_FALSE(budget.take(200 * kMiB));
  EXPECT_THAT(budget.take_notices("cuda:0"),
              ElementsAre(AllOf(HasSubstr("cuda:0"), HasSubstr("100 MiB"), HasSubstr("--pinned-memory"))));
  EXPECT_FALSE(budget.take(200 * kMiB));
  EXPECT_THAT(budget.take_notices("cuda:0"), IsEmpty());
}

TEST(PinnedBudget, TriesForHalfWhereTheHostRefuses) {
  PinnedBudget budget(100 * kMiB);
  ASSERT_TRUE(budget.take(20 * kMiB));
  ASSERT_TRUE(budget.take(20 * kMiB));
  budget.refuse(20 * kMiB, "out of memory");
  EXPECT_EQ(budget.taken(), 20 * kMiB);
  EXPECT_EQ(budget.limit(), 60 * kMiB);
  EXPECT_TRUE(budget.take(40 * kMiB));
}

TEST(PinnedBudget, TriesNoMoreWhereTheHostRefusesAgain) {
  PinnedBudget budget(100 * kMiB);
  ASSERT_TRUE(budget.take(20 * kMiB));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(budget.take(10 * kMiB));
    budget.refuse(10 * kMiB, "out of memory");
  }
  EXPECT_EQ(budget.limit(), 20 * kMiB);
  EXPECT_FALSE(budget.take(1));
}

TEST(PinnedBudget, SaysThatItIsTheHostsMemoryThatWasRefused) {
  PinnedBudget budget(100 * kMiB);
  ASSERT_TRUE(budget.take(10 * kMiB));
  budget.refuse(10 * kMiB, "out of memory");
  EXPECT_FALSE(budget.take(90 * kMiB));
  EXPECT_THAT(budget.take_notices("cuda:1"),
              ElementsAre(AllOf(HasSubstr("cuda:1"), HasSubstr("host memory, not the GPU's"), HasSubstr("ulimit -l"),
                                HasSubstr("out of memory"))));
  EXPECT_THAT(budget.take_notices("cuda:1"), IsEmpty());
}

}  // namespace
}  // namespace pumice::cuda
