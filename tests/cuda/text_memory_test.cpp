/// The memory that texts take, and how many of them a batch has room for, on a device that is the host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "cuda/fake_cuda_runtime.hpp"
#include "cuda/texts.hpp"
#include "text_batch.hpp"

namespace pumice::cuda {
namespace {

using test::plan_of;
using test::random_rows;
using test::Texts;
using testing::ElementsAre;

TEST(TextMemory, IsFullAtItsSegmentsOrItsMemory) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 100, 3);
  const std::string rows = random_rows(100, 1, 1);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(texts.add(rows, {0}, i));
    }
    EXPECT_FALSE(texts.add(rows, {0}, 3)) << "three segments";
    EXPECT_EQ(texts.parse().size(), 3U);
  }
  ASSERT_TRUE(texts.add(rows, {0}, 0));
  EXPECT_FALSE(texts.add(random_rows(1000, 1, 1), {0}, 1)) << "memory";
  EXPECT_TRUE(texts.add(rows, {0}, 1)) << "what is smaller may still fit";
  EXPECT_EQ(texts.parse().size(), 2U);
  EXPECT_TRUE(texts.add(random_rows(1000, 1, 1), {0}, 0)) << "an empty batch grows";
  EXPECT_EQ(texts.parse().at(0).at(0).size(), 1000U);
}

/// Texts of `rows` that a batch has room for, of at most `most`.
int fill(Texts& texts, const std::string& rows, int most) {
  int added = 0;
  while (added < most && texts.add(rows, {0}, added)) {
    ++added;
  }
  EXPECT_EQ(texts.parse().size(), static_cast<std::size_t>(added));
  return added;
}

TEST(TextMemory, GrowsForBatchesOfTextsThatAreLongerThanTheFirst) {
  const Plan plan = plan_of(1);
  constexpr int kSegments = 16;
  Texts texts(plan, 60001, kSegments);
  const std::string first = random_rows(600, 1, 1);
  const std::string usual = random_rows(60001, 1, 2);
  EXPECT_EQ(fill(texts, first, 1), 1);
  EXPECT_EQ(fill(texts, usual, kSegments), kSegments);
  EXPECT_EQ(fill(texts, first, kSegments), kSegments);
  EXPECT_EQ(fill(texts, usual, kSegments), kSegments);
}

TEST(TextMemory, DoesWithWhatItHasWhereThereIsNoMemoryToGrow) {
  const Plan plan = plan_of(1);
  constexpr int kSegments = 8;
  const std::string first = random_rows(600, 1, 1);
  const std::string usual = random_rows(20000, 1, 2);
  // The text's bytes are a quarter of what a batch takes.
  test::set_fake_cuda_memory(text_bytes(plan, 20000, kSegments).device - std::size_t{6} * 8 * 20000);
  {
    Texts texts(plan, 20000, kSegments);
    EXPECT_EQ(fill(texts, first, 1), 1);
    for (int round = 0; round < 2; ++round) {
      const int added = fill(texts, usual, kSegments);
      EXPECT_GE(added, 1);
      EXPECT_LT(added, kSegments);
    }
    EXPECT_TRUE(texts.batch().has_memory());
  }
  test::set_fake_cuda_memory(std::numeric_limits<std::size_t>::max());
}

/// Rows of one digit.
std::string short_rows(int rows) {
  std::string text;
  for (int row = 0; row < rows; ++row) {
    text += "1\n";
  }
  return text;
}

TEST(TextMemory, HasRoomForLongerTextsOnceOneWasRefused) {
  const Plan plan = plan_of(1);
  constexpr int kSegments = 8;
  const std::string expected = random_rows(4000, 1, 1);
  const std::string longer = random_rows(12000, 1, 2);
  test::set_fake_cuda_memory(text_bytes(plan, 4000, kSegments).device);
  {
    Texts texts(plan, 4000, kSegments);
    ASSERT_TRUE(texts.add(longer, {0}, 0));
    ASSERT_TRUE(texts.add(expected, {0}, 1));
    const auto columns = texts.parse();
    EXPECT_EQ(columns.size(), 1U);
    EXPECT_TRUE(texts.batch().result(0).lacked_room);
    EXPECT_FALSE(texts.batch().result(0).taken);
    EXPECT_FALSE(texts.batch().result(1).lacked_room);
    for (int round = 0; round < 2; ++round) {
      const int added = fill(texts, longer, kSegments);
      EXPECT_GE(added, 2) << "as many as the memory has room for";
      EXPECT_LT(added, kSegments);
    }
    ASSERT_TRUE(texts.add(longer, {0}, 0));
    EXPECT_EQ(texts.parse().at(0).at(0).size(), 12000U);
    EXPECT_TRUE(texts.batch().result(0).taken);
    EXPECT_FALSE(texts.batch().result(0).lacked_room);
    ASSERT_TRUE(texts.add({std::vector<double>(12000, 1.5)}, 0));
    EXPECT_EQ(texts.parse().at(0).at(0).size(), 12000U);
  }
  test::set_fake_cuda_memory(std::numeric_limits<std::size_t>::max());
}

TEST(TextMemory, MakesNoRoomForOneLongTextAmongMany) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 4000, 4);
  const std::string expected = random_rows(3000, 1, 1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(texts.add(expected, {0}, i));
  }
  ASSERT_TRUE(texts.add(short_rows(7000), {0}, 3));
  EXPECT_EQ(texts.parse().size(), 3U);
  EXPECT_FALSE(texts.batch().result(3).taken);
  EXPECT_FALSE(texts.batch().result(3).lacked_room);
  EXPECT_EQ(fill(texts, expected, 4), 4);
}

TEST(TextMemory, MakesRoomForASegmentThatLiesOnTheDeviceAndIsLonger) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 4000, 4);
  ASSERT_TRUE(texts.add({std::vector<double>(4000, 1.5)}, 0));
  EXPECT_FALSE(texts.add({std::vector<double>(32000, 2.5)}, 1)) << "not while the batch holds others";
  EXPECT_EQ(texts.parse().size(), 1U);
  ASSERT_TRUE(texts.add({std::vector<double>(32000, 2.5)}, 0));
  EXPECT_EQ(texts.parse().at(0).at(0), std::vector<double>(32000, 2.5));
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(texts.add({std::vector<double>(4000, 1.5)}, i)) << "a batch of others is as large as ever";
  }
  EXPECT_EQ(texts.parse().size(), 4U);
  EXPECT_FALSE(texts.add({std::vector<double>(32001, 2.5)}, 0)) << "more than eight times what was expected";
}

TEST(TextMemory, MakesNoRoomForTextsOfManyTimesTheRowsExpected) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 1000, 2);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(texts.add(random_rows(8001, 1, 1), {0}, 0));
    EXPECT_TRUE(texts.parse().empty());
    EXPECT_FALSE(texts.batch().result(0).lacked_room) << "later ones will, too";
  }
}

TEST(TextMemory, KeepsTheRoomThatItHasWhereThereIsNoMemoryForMore) {
  const Plan plan = plan_of(1);
  const std::string longer = short_rows(12000);
  const std::string expected = random_rows(4000, 1, 1);
  test::set_fake_cuda_memory(text_bytes(plan, 4000, 1).device);
  {
    Texts texts(plan, 4000, 1);
    for (int round = 0; round < 2; ++round) {
      ASSERT_TRUE(texts.add(longer, {0}, 0)) << round;
      EXPECT_TRUE(texts.parse().empty());
      EXPECT_EQ(texts.batch().result(0).lacked_room, round == 0);
      EXPECT_TRUE(texts.batch().has_memory());
      EXPECT_EQ(fill(texts, expected, 1), 1);
    }
  }
  test::set_fake_cuda_memory(std::numeric_limits<std::size_t>::max());
}

TEST(TextMemory, HasSeveralRoomsOpenAtOnceWhichAreTakenInAnyOrder) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 100, 3);
  const Stream stream;
  const std::vector<int> target{0};
  for (int round = 0; round < 2; ++round) {
    std::vector<std::span<char>> rooms;
    for (int i = 0; i < 3; ++i) {
      rooms.push_back(texts.batch().room(100));
      ASSERT_GE(rooms.back().size(), 100U);
    }
    EXPECT_TRUE(texts.batch().room(100).empty()) << "an open room may become a segment";
    EXPECT_EQ(texts.batch().open_rooms(), 3U);
    for (int i = 0; i < 3; ++i) {
      const std::string text = std::to_string(i) + "\n" + std::to_string(10 * i) + "\n";
      std::copy(text.begin(), text.end(), rooms[static_cast<std::size_t>(i)].begin());
    }
    for (const int i : {2, 0}) {
      texts.batch().add(
          {.text = rooms[static_cast<std::size_t>(i)], .first = 0, .last = i == 0 ? 4 : 5, .target = target}, i,
          stream);
    }
    texts.batch().drop(rooms[1]);
    EXPECT_EQ(texts.batch().open_rooms(), 0U);
    const auto columns = texts.parse();
    ASSERT_EQ(columns.size(), 2U);
    EXPECT_THAT(columns.at(0), ElementsAre(ElementsAre(0, 0)));
    EXPECT_THAT(columns.at(2), ElementsAre(ElementsAre(2, 20)));
  }
}

TEST(TextMemory, UsesARoomThatWasDroppedAgain) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 100, 3);
  const std::string rows = random_rows(100, 1, 1);
  ASSERT_TRUE(texts.add(rows, {0}, 0));
  for (int i = 0; i < 10; ++i) {  // archives, say, of which nothing can be parsed here
    const std::span<char> room = texts.batch().room(static_cast<std::int64_t>(rows.size()));
    ASSERT_FALSE(room.empty()) << i;
    texts.batch().drop(room);
  }
  EXPECT_TRUE(texts.add(rows, {0}, 1));
  EXPECT_TRUE(texts.add(rows, {0}, 2));
  EXPECT_EQ(texts.parse().size(), 3U);
}

TEST(TextMemory, TakesNoTextsOnceThereIsNoMemoryForOne) {
  const Plan plan = plan_of(1);
  test::set_fake_cuda_memory(50000);
  {
    Texts texts(plan, 100, 2);
    ASSERT_TRUE(texts.batch().has_memory());
    EXPECT_TRUE(texts.add("1\n2\n", {0}, 0));
    EXPECT_EQ(texts.parse().size(), 1U);
    EXPECT_FALSE(texts.add(random_rows(8000, 1, 1), {0}, 0));
    EXPECT_FALSE(texts.batch().has_memory());
    EXPECT_FALSE(texts.add("1\n2\n", {0}, 0));
  }
  test::set_fake_cuda_memory(std::numeric_limits<std::size_t>::max());
}

TEST(TextMemory, LocksNoMoreThanTheBudgetAndWorksWithoutIt) {
  const Plan plan = plan_of(1);
  for (const std::size_t budget : {std::size_t{0}, std::size_t{8192}, std::size_t{1} << 30}) {
    {
      Texts texts(plan, 100, 2, budget);
      ASSERT_TRUE(texts.add("1\n2\n", {0}, 0));
      EXPECT_LE(test::fake_cuda_locked_bytes(), budget);
      EXPECT_EQ(test::fake_cuda_locked_bytes() > 0, budget > 0);
      EXPECT_THAT(texts.parse().at(0), ElementsAre(ElementsAre(1, 2)));
    }
    EXPECT_EQ(test::fake_cuda_locked_bytes(), 0U);
  }
}

TEST(TextMemory, TakesNoMoreMemoryThanItSays) {
  const Plan plan = plan_of(2);
  for (const int rows : {1000, 40000}) {  // pages of the host, or huge ones
    std::string longest;
    for (int row = 0; row < rows; ++row) {
      longest += "-32767.000001,-32767.000000\n";
    }
    const MemoryBytes bytes = text_bytes(plan, rows, 8);
    test::set_fake_cuda_memory(bytes.device);
    {
      Texts texts(plan, rows, 8, bytes.host);
      int added = 0;
      while (texts.add(longest, {0, 1}, added)) {
        ++added;
      }
      EXPECT_TRUE(texts.batch().has_memory());
      EXPECT_GE(added, 3) << "what is longer makes the batch smaller";
      EXPECT_LT(added, 8);
      EXPECT_EQ(texts.parse().size(), static_cast<std::size_t>(added));
      EXPECT_GT(test::fake_cuda_locked_bytes(), 0U);
      EXPECT_THAT(texts.device().pinned.take_notices("cuda:0"), testing::IsEmpty()) << "some was not locked";
    }
    test::set_fake_cuda_memory(std::numeric_limits<std::size_t>::max());
  }
}

TEST(TextMemory, SaysHowMuchMemoryItTakes) {
  const Plan plan = plan_of(10);
  const MemoryBytes bytes = text_bytes(plan, 60001, 8);
  EXPECT_GT(bytes.host, std::size_t{8} * 10 * 60001 * 6) << "the text";
  EXPECT_GT(bytes.device, bytes.host + std::size_t{8} * 10 * 60001 * (8 + 8))
      << "and the columns, with gaps and without";
  EXPECT_LE(bytes.host, 8 * text_bytes(plan, 60001, 1).host) << "fewer pages are filled in part";
}

}  // namespace
}  // namespace pumice::cuda
