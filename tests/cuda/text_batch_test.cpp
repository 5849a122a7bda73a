/// The tables that texts are parsed by and what is read from them, on a device that is the host.
#include "text_batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "cuda/texts.hpp"
#include "io/csv_text.hpp"
#include "pumice/error.hpp"
#include "support/team_text.hpp"

namespace pumice::cuda {
namespace {

using test::kHeader;
using test::plan_of;
using test::random_rows;
using test::Texts;
using testing::ElementsAre;

TEST(TextBatch, ParsesTextsOfEverySizeAndShapeSideBySide) {
  const Plan plan = plan_of(3);
  Texts texts(plan, 3000, 5);
  const std::vector<std::vector<int>> targets{{0, 1, 2}, {2, -1, 0, 1}, {1, 2, 0}, {-1, -1, 0, 1, 2}};
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      rows.push_back(random_rows(1 + 900 * i + static_cast<std::size_t>(37 * round), targets[i].size(),
                                 static_cast<unsigned>(10 * round) + static_cast<unsigned>(i), ",;|\t"[i],
                                 (i + static_cast<std::size_t>(round)) % 2 == 1));
    }
    // The largest first, so that there is room for all.
    for (std::size_t i = targets.size(); i-- > 0;) {
      ASSERT_TRUE(texts.add(rows[i], targets[i], static_cast<int>(10 * i), ",;|\t"[i])) << i;
    }
    const auto columns = texts.parse();
    ASSERT_EQ(columns.size(), targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const std::vector<std::int32_t> target(targets[i].begin(), targets[i].end());
      const auto expected = test::parse_by_teams(rows[i], target, {.delimiter = ",;|\t"[i]});
      for (std::size_t c = 0; c < 3; ++c) {
        ASSERT_EQ(columns.at(static_cast<int>(10 * i)).at(c), values_of(expected.view(c)))
            << "text " << i << ", round " << round;
        EXPECT_EQ(texts.types(static_cast<int>(10 * i)).at(c), expected.view(c).type);
      }
      EXPECT_TRUE(texts.batch().result(static_cast<int>(10 * i)).taken);
      EXPECT_EQ(texts.batch().result(static_cast<int>(10 * i)).n, expected.rows);
    }
    EXPECT_FALSE(texts.batch().result(1).taken) << "there is no such text";
  }
}

TEST(TextBatch, TakesSegmentsThatLieOnTheDevice) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const Plan plan = plan_of(2);
  Texts texts(plan, 3000, 3);
  std::vector<double> integers;
  std::vector<double> decimals;
  for (int i = 0; i < 3000; ++i) {
    integers.push_back(i % 700 - 350);
    decimals.push_back(i / 8.0);
  }
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(texts.add({integers, decimals}, 4));
    ASSERT_TRUE(texts.add({{7, nan, 9}, {-infinity, 0.5, 1}}, 6));
    ASSERT_TRUE(texts.add({{70000}, {nan}}, 1));
    EXPECT_FALSE(texts.add({{1}, {2}}, 8)) << "the batch is full";
    const auto columns = texts.parse();
    ASSERT_EQ(columns.size(), 3U);
    EXPECT_THAT(columns.at(4), ElementsAre(integers, decimals));
    EXPECT_THAT(columns.at(6), ElementsAre(ElementsAre(7, 9), ElementsAre(0.5, 1)));
    EXPECT_THAT(columns.at(1), ElementsAre(ElementsAre(70000), ElementsAre()));
    EXPECT_THAT(texts.types(4), ElementsAre(SampleType::kInt16, SampleType::kFloat64));
    EXPECT_EQ(texts.types(1)[0], SampleType::kInt32);
    EXPECT_TRUE(texts.batch().result(4).taken);
    EXPECT_EQ(texts.batch().result(4).n, 3000);
    EXPECT_FALSE(texts.batch().result(4).has_infinities);
    EXPECT_TRUE(texts.batch().result(6).has_infinities);
    EXPECT_EQ(texts.batch().upload_seconds(), 0);
  }
}

TEST(TextBatch, RefusesSegmentsThatLieElsewhereOrAreLonger) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 100, 3);
  EXPECT_FALSE(texts.add({{1, 2, 3}}, 0, 1)) << "of another device";
  EXPECT_FALSE(texts.add({std::vector<double>(static_cast<std::size_t>(text_rows_room(100)) + 1, 1.0)}, 0));
  std::vector<double> odd(4);
  const SampleArray array{reinterpret_cast<const std::byte*>(odd.data()) + 1, SampleArray::Type::kFloat64, 2, 8};
  EXPECT_FALSE(texts.batch().add({std::span(&array, 1), 2, 0}, 0)) << "a device cannot load from there";
  EXPECT_TRUE(texts.add({std::vector<double>(static_cast<std::size_t>(text_rows_room(100)), 1.0)}, 0));
  EXPECT_FALSE(texts.add("1\n2\n", {0}, 1)) << "a text among them";
  EXPECT_EQ(texts.parse().size(), 1U);
  ASSERT_TRUE(texts.add("1\n2\n", {0}, 1));
  EXPECT_FALSE(texts.add({{1, 2, 3}}, 0)) << "among texts";
  EXPECT_EQ(texts.parse().size(), 1U);
}

TEST(TextBatch, FillsItsMemoryToTheLastTextThatHasRoom) {
  const Plan plan = plan_of(2);
  for (const std::size_t rows : {100U, 9000U}) {  // host memory is taken in pages, or in huge ones
    Texts texts(plan, static_cast<std::int64_t>(2 * rows), 64);
    int added = 0;
    while (added < 64 &&
           texts.add(random_rows(rows + static_cast<std::size_t>(added) * rows / 64, 2, 1), {0, 1}, added)) {
      ++added;
    }
    ASSERT_GT(added, 10);
    ASSERT_LT(added, 64) << "the texts that get longer were to use the room up";
    EXPECT_EQ(texts.parse().size(), static_cast<std::size_t>(added));
  }
}

TEST(TextBatch, SaysWhichTextsWereRefused) {
  const Plan plan = plan_of(2);
  Texts texts(plan, 100, 20);
  ASSERT_TRUE(texts.add(random_rows(text_rows_room(100) + 1, 2, 1), {0, 1}, 5));
  ASSERT_TRUE(texts.add("1,2\n3,4\n", {0, 1}, 2));
  ASSERT_TRUE(texts.add("1,2\n3,4e50\n", {0, 1}, 1));
  ASSERT_TRUE(texts.add("1,2\n3\n", {0, 1}, 0));
  ASSERT_TRUE(texts.add("1,2\n3,4x\n", {0, 1}, 4));
  ASSERT_TRUE(texts.add(random_rows(text_rows_room(100), 2, 1), {0, 1}, 3));
  const auto columns = texts.parse();
  EXPECT_EQ(columns.size(), 2U);
  EXPECT_THAT(columns.at(2), ElementsAre(ElementsAre(1, 3), ElementsAre(2, 4)));
  const auto taken = [&](int place) { return texts.batch().result(place).taken; };
  EXPECT_FALSE(taken(0)) << "a row of one cell";
  EXPECT_FALSE(taken(1)) << "an exponent";
  EXPECT_TRUE(taken(2));
  EXPECT_TRUE(taken(3));
  EXPECT_FALSE(taken(4)) << "a letter";
  EXPECT_FALSE(taken(5)) << "more rows than there is room for";
}

/// Whatever the texts before were: what they were is tried first.
TEST(TextBatch, ParsesDecimalsAmongIntegers) {
  const Plan plan = plan_of(3, MissingPolicy::kZero);
  Texts texts(plan, 100, 4);
  const std::string integers = "1,2,3\n-4.0,,6\n";
  const std::string decimals = "1,70000,0.5\n,-2,-1e50\n";
  for (const bool wrong : {false, true}) {
    for (int round = 0; round < 3; ++round) {
      std::string text = decimals;
      text.replace(text.find("e50"), 3, wrong ? "e50" : ".25");
      ASSERT_TRUE(texts.add(text, {0, 1, 2}, 1));
      ASSERT_TRUE(texts.add(integers, {0, 1, 2}, 0));
      if (round == 1) {
        ASSERT_TRUE(texts.add(text, {0, 1, 2}, 2));
      }
      const auto columns = texts.parse();
      EXPECT_THAT(columns.at(0), ElementsAre(ElementsAre(1, -4), ElementsAre(2, 0), ElementsAre(3, 6)));
      EXPECT_THAT(texts.types(0), testing::Each(SampleType::kInt16));
      EXPECT_EQ(columns.contains(1), !wrong);
      if (!wrong) {
        EXPECT_THAT(columns.at(1), ElementsAre(ElementsAre(1, 0), ElementsAre(70000, -2), ElementsAre(0.5, -1.25)));
        EXPECT_THAT(texts.types(1), ElementsAre(SampleType::kInt16, SampleType::kInt32, SampleType::kFloat64));
      }
    }
  }
}

TEST(TextBatch, FillsGapsAsThePolicyHasThem) {
  const auto columns = [](MissingPolicy policy, const std::string& rows) {
    const Plan plan = plan_of(2, policy);
    Texts texts(plan, 100, 1);
    EXPECT_TRUE(texts.add(rows, {0, 1}, 0));
    return texts.parse()[0];
  };
  const std::vector<double> none;
  EXPECT_THAT(columns(MissingPolicy::kSkip, "1,\n2,\n"), ElementsAre(ElementsAre(1, 2), none));
  EXPECT_THAT(columns(MissingPolicy::kSkip, "1,\n,0.5\n3,\n"), ElementsAre(ElementsAre(1, 3), ElementsAre(0.5)));
  EXPECT_THAT(columns(MissingPolicy::kZero, "1,\n,\n2,\n"), ElementsAre(ElementsAre(1, 0, 2), ElementsAre(0, 0, 0)));
  EXPECT_THAT(columns(MissingPolicy::kFfill, "1,\n2,\n"), ElementsAre(ElementsAre(1, 2), ElementsAre(0, 0)));
  EXPECT_THAT(columns(MissingPolicy::kFfill, "1,\n,\n,0.25\n"),
              ElementsAre(ElementsAre(1, 1, 1), ElementsAre(0, 0, 0.25)));
  EXPECT_THAT(columns(MissingPolicy::kNan, "1,5\n,6\n"), ElementsAre(none, ElementsAre(5, 6)));
  EXPECT_THAT(columns(MissingPolicy::kInterpolate, "1,5\n,6\n2,70000\n"),
              ElementsAre(ElementsAre(1, 1.5, 2), ElementsAre(5, 6, 70000)));
}

/// Several texts and channels, so that every place among the outcomes is looked at.
TEST(TextBatch, PreparesGapsAsThePreparerDoes) {
  for (const MissingPolicy policy :
       {MissingPolicy::kSkip, MissingPolicy::kFfill, MissingPolicy::kInterpolate, MissingPolicy::kZero}) {
    for (const bool has_spectra : {true, false}) {
      Plan plan = plan_of(3, policy);
      if (has_spectra) {
        plan.welch.push_back({.nperseg = 64, .overlap = 32});
      }
      Texts texts(plan, 900, 4);
      std::vector<std::vector<ColumnBuffer>> columns;
      for (int i = 0; i < 4; ++i) {
        std::mt19937 random(static_cast<unsigned>(i));
        std::string text;
        const std::int64_t n = 900 - 211 * i;
        columns.emplace_back(3);
        for (std::size_t c = 0; c < 3; ++c) {
          columns.back()[c].reset(c == 2 ? SampleType::kFloat64 : SampleType::kInt16, n);
        }
        for (std::int64_t row = 0; row < n; ++row) {
          for (std::size_t c = 0; c < 3; ++c) {
            const int value = static_cast<int>(random() % 2000) - 1000;
            const bool gap = c != 1 && random() % 8 == 0;
            text += std::string(c > 0 ? "," : "") + (gap      ? ""
                                                     : c == 2 ? std::to_string(value + 0.5)
                                                              : std::to_string(value));
            if (c == 2) {
              columns.back()[c].as<double>()[row] = gap ? kMissing<double> : value + 0.5;
            } else {
              columns.back()[c].as<std::int16_t>()[row] =
                  gap ? kMissing<std::int16_t> : static_cast<std::int16_t>(value);
            }
          }
          text += "\n";
        }
        ASSERT_TRUE(texts.add(text, {0, 1, 2}, i));
      }
      int prepared = 0;
      texts.parse([&](const PreparedSegment& segment, int place) {
        std::vector<ColumnView> views;
        for (const ColumnBuffer& column : columns[static_cast<std::size_t>(place)]) {
          views.push_back(column.view());
        }
        Preparer preparer;
        const PreparedSegment expected = preparer.prepare(plan, views);
        ASSERT_EQ(segment.n, expected.n);
        for (std::size_t c = 0; c < 3; ++c) {
          const PreparedChannel& a = segment.channels[c];
          const PreparedChannel& b = expected.channels[c];
          EXPECT_EQ(a.valid.type, b.valid.type);
          EXPECT_EQ(values_of(a.valid), values_of(b.valid)) << place << ", " << c;
          EXPECT_EQ(values_of(a.time_axis), values_of(b.time_axis)) << place << ", " << c;
          EXPECT_EQ(a.low, b.low);
          EXPECT_EQ(a.high, b.high);
          ASSERT_EQ(a.raw.n, has_spectra ? b.raw.n : 0);
          for (std::int64_t i = 0; i < a.raw.n; ++i) {
            ASSERT_EQ(leaves_out_block(a.raw, i, 1), leaves_out_block(b.raw, i, 1)) << i;
          }
          ++prepared;
        }
      });
      EXPECT_EQ(prepared, 12);
    }
  }
}

TEST(TextBatch, RefusesATextThatLiesElsewhere) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 100, 2);
  const Stream stream;
  const std::span<char> room = texts.batch().room(100);
  const std::vector<int> target{0};
  EXPECT_THROW(texts.batch().add({.text = room.subspan(1, 10), .first = 0, .last = 10, .target = target}, 0, stream),
               Error);
  std::string elsewhere = "1\n";
  EXPECT_THROW(texts.batch().add({.text = elsewhere, .first = 0, .last = 2, .target = target}, 0, stream), Error);
}

TEST(TextBatch, KeepsTheTextsThatWereRefused) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 100, 2);
  const std::string text = std::string(kHeader) + "1\n2,5\n";
  const std::span<char> room = texts.batch().room(static_cast<std::int64_t>(text.size()));
  ASSERT_TRUE(texts.batch().has_memory());
  std::copy(text.begin(), text.end(), room.begin());
  const std::vector<int> target{0};
  const Stream stream;
  texts.batch().add({.text = room.first(text.size()),
                     .first = static_cast<std::int64_t>(kHeader.size()),
                     .last = static_cast<std::int64_t>(text.size()),
                     .target = target},
                    0, stream);
  EXPECT_TRUE(texts.parse().empty());
  EXPECT_EQ(std::string_view(room.data(), text.size()), text);
}

}  // namespace
}  // namespace pumice::cuda
