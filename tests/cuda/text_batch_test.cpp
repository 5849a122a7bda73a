/// The tables that texts are parsed by and what is read from them, on a device that is the host.
#include "text_batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "cuda/fake_cuda_runtime.hpp"
#include "io/csv_text.hpp"
#include "pumice/error.hpp"
#include "support/team_text.hpp"

namespace pumice::cuda {
namespace {

using testing::ElementsAre;

constexpr std::string_view kHeader = "a header, of some length\n";

Plan plan_of(std::size_t channels, MissingPolicy missing = MissingPolicy::kSkip) {
  Plan plan;
  for (std::size_t c = 0; c < channels; ++c) {
    plan.channels.push_back("c" + std::to_string(c));
  }
  plan.missing = missing;
  return plan;
}

/// Rows of integers, or of numbers whose last column holds decimals.
std::string random_rows(std::size_t rows, std::size_t columns, unsigned seed, char delimiter = ',',
                        bool decimals = false) {
  std::mt19937 random(seed);
  std::string text;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t c = 0; c < columns; ++c) {
      text += (c > 0 ? std::string(1, delimiter) : "") + std::to_string(static_cast<int>(random() % 4000) - 2000) +
              (decimals && c + 1 == columns ? ".0625" : ".0");
    }
    text += "\n";
  }
  return text;
}

class Texts {
 public:
  Texts(const Plan& plan, std::int64_t n, int segments, std::size_t pinned_bytes = std::size_t{1} << 30)
      : device_(0, 0, pinned_bytes, {}), batch_(device_, plan, n, segments) {}

  /// False where there is no room. The last line feed lies in the padding.
  bool add(const std::string& rows, const std::vector<int>& target, int place, char delimiter = ',') {
    const std::string text = std::string(kHeader) + rows;
    const std::span<char> room = batch_.room(static_cast<std::int64_t>(text.size()));
    if (room.empty()) {
      return false;
    }
    EXPECT_GE(room.size(), text.size());
    std::fill_n(room.data() - kTextRoomPadding, text.size() + 2 * kTextRoomPadding, '9');
    std::copy(text.begin(), text.end(), room.begin());
    batch_.add({.text = room.first(text.size() - 1),
                .first = static_cast<std::int64_t>(kHeader.size()),
                .last = static_cast<std::int64_t>(text.size()),
                .delimiter = delimiter,
                .target = target},
               place, stream_);
    return true;
  }

  /// Calls body(segment, place) for each text that was taken.
  template <class Body>
  void parse(Body body) {
    batch_.enqueue(stream_);
    batch_.for_each_taken(body);
    batch_.clear();
  }
  /// Of each text that was taken, by its place: its columns as they are held for features; empty where there is none.
  std::map<int, std::vector<std::vector<double>>> parse() {
    std::map<int, std::vector<std::vector<double>>> columns;
    types_.clear();
    parse([&](const PreparedSegment& segment, int place) {
      for (const PreparedChannel& channel : segment.channels) {
        EXPECT_EQ(channel.intake.n, segment.n);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(channel.valid.data) % kColumnAlignment, 0U);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(channel.time_axis.data) % kColumnAlignment, 0U);
        columns[place].push_back(values_of(channel.valid));
        types_[place].push_back(channel.valid.type);
      }
    });
    return columns;
  }

  [[nodiscard]] TextBatch& batch() { return batch_; }
  [[nodiscard]] DeviceState& device() { return device_; }
  /// Columns of doubles, of the device of this number.
  bool add(std::vector<std::vector<double>> columns, int place, int device = 0) {
    std::vector<SampleArray> arrays;
    for (const std::vector<double>& column : residents_.emplace_back(std::move(columns))) {
      arrays.push_back({reinterpret_cast<const std::byte*>(column.data()), SampleArray::Type::kFloat64,
                        static_cast<std::int64_t>(column.size()), sizeof(double)});
    }
    return batch_.add({arrays, arrays.front().n, device}, place);
  }
  /// Of the columns that were parsed last.
  [[nodiscard]] const std::vector<SampleType>& types(int place) const { return types_.at(place); }

 private:
  std::map<int, std::vector<SampleType>> types_;
  std::deque<std::vector<std::vector<double>>> residents_;
  DeviceState device_;
  Stream stream_;
  TextBatch batch_;
};

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

TEST(TextBatch, IsFullAtItsSegmentsOrItsMemory) {
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

TEST(TextBatch, GrowsForBatchesOfTextsThatAreLongerThanTheFirst) {
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

TEST(TextBatch, DoesWithWhatItHasWhereThereIsNoMemoryToGrow) {
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

TEST(TextBatch, HasRoomForLongerTextsOnceOneWasRefused) {
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

TEST(TextBatch, MakesNoRoomForOneLongTextAmongMany) {
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

TEST(TextBatch, MakesRoomForASegmentThatLiesOnTheDeviceAndIsLonger) {
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

TEST(TextBatch, MakesNoRoomForTextsOfManyTimesTheRowsExpected) {
  const Plan plan = plan_of(1);
  Texts texts(plan, 1000, 2);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(texts.add(random_rows(8001, 1, 1), {0}, 0));
    EXPECT_TRUE(texts.parse().empty());
    EXPECT_FALSE(texts.batch().result(0).lacked_room) << "later ones will, too";
  }
}

TEST(TextBatch, KeepsTheRoomThatItHasWhereThereIsNoMemoryForMore) {
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

TEST(TextBatch, HasSeveralRoomsOpenAtOnceWhichAreTakenInAnyOrder) {
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

TEST(TextBatch, UsesARoomThatWasDroppedAgain) {
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

TEST(TextBatch, TakesNoTextsOnceThereIsNoMemoryForOne) {
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

TEST(TextBatch, LocksNoMoreThanTheBudgetAndWorksWithoutIt) {
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

TEST(TextBatch, TakesNoMoreMemoryThanItSays) {
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

TEST(TextBatch, SaysHowMuchMemoryItTakes) {
  const Plan plan = plan_of(10);
  const MemoryBytes bytes = text_bytes(plan, 60001, 8);
  EXPECT_GT(bytes.host, std::size_t{8} * 10 * 60001 * 6) << "the text";
  EXPECT_GT(bytes.device, bytes.host + std::size_t{8} * 10 * 60001 * (8 + 8))
      << "and the columns, with gaps and without";
  EXPECT_LE(bytes.host, 8 * text_bytes(plan, 60001, 1).host) << "fewer pages are filled in part";
}

}  // namespace
}  // namespace pumice::cuda
