/// Files whose text a slot parses: what read_text offers, and that decoding gives the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "io/csv_text.hpp"
#include "pumice/source.hpp"
#include "support/team_text.hpp"

namespace pumice {
namespace {

using testing::ElementsAre;

constexpr std::int16_t kNone = kMissing<std::int16_t>;

/// A decoder for files of these channels, and memory for one text.
class Reader {
 public:
  explicit Reader(const FileShape& shape, std::vector<std::string> channels = {}, const TextFormat& format = {},
                  double time_rate = 0)
      : room_(kRoom + 2 * kTextRoomPadding, '#') {
    Discovery discovery;
    discovery.shape = shape;
    discovery.channels_are_chosen = !channels.empty();
    discovery.channels = channels.empty() ? shape.channels : std::move(channels);
    source_ = open_source(discovery, format, time_rate);
    decoder_ = source_->make_decoder();
  }

  [[nodiscard]] std::optional<TextSegment> read(const std::string& path, std::size_t room = kRoom) {
    recording_.path = path;
    return decoder_->read_text(recording_, {room_.data() + kTextRoomPadding, room}, seconds_);
  }
  /// What teams make of it.
  [[nodiscard]] static test::TeamParsed parse(const TextSegment& text) {
    const std::vector<std::int32_t> target(text.target.begin(), text.target.end());
    return test::parse_by_teams({text.text.data() + text.first, static_cast<std::size_t>(text.last - text.first)},
                                target, {.delimiter = text.delimiter});
  }
  /// The text that was read, and the file, decoded on the host.
  void decode(const TextSegment& text, DecodedRecording& from_text, DecodedRecording& from_file) {
    const auto problem = decoder_->decode_text(recording_, text.text, from_text, seconds_);
    ASSERT_FALSE(problem) << problem->message();
    ASSERT_FALSE(decoder_->decode(recording_, from_file, seconds_));
  }
  [[nodiscard]] const StageSeconds& seconds() const { return seconds_; }

 private:
  static constexpr std::size_t kRoom = 4096;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<char> room_;
  Recording recording_;
  StageSeconds seconds_;
};

TEST(ReadText, FindsTheRowsBehindTheHeader) {
  const TemporaryFolder folder;
  Reader reader(shape_of({"a", "b"}));
  for (const std::string& text : {std::string("a,b\n1,2\n,4\n"), std::string("a,b\r\n1,2\r\n,4"),
                                  std::string("\xef\xbb\xbf\n\na,b\n1,2\n,4\n\n  \n"), std::string("b,a\n2,1\n4,")}) {
    const auto read = reader.read(folder.write("x.csv", text));
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(std::string(read->text.data(), read->text.size()), text);
    EXPECT_EQ(read->text.data()[read->last - 1], '\n');
    const test::TeamParsed parsed = Reader::parse(*read);
    ASSERT_EQ(parsed.refusal.status, io::TextStatus::kTaken) << text;
    EXPECT_THAT(parsed.samples<std::int16_t>(0), ElementsAre(1, kNone)) << text;
    EXPECT_THAT(parsed.samples<std::int16_t>(1), ElementsAre(2, 4)) << text;

    DecodedRecording from_text;
    DecodedRecording from_file;
    reader.decode(*read, from_text, from_file);
    EXPECT_EQ(from_text.text_bytes, static_cast<std::int64_t>(text.size()));
    for (std::size_t c = 0; c < 2; ++c) {
      EXPECT_TRUE(same_values(values_of(from_text.channels[c].view()), values_of(from_file.channels[c].view())));
      EXPECT_EQ(from_text.channels[c].view().n, 2);
    }
  }
  EXPECT_GT(reader.seconds().read, 0);
  EXPECT_GT(reader.seconds().decode, 0);
}

TEST(ReadText, PassesOverWhatWasNotChosen) {
  const TemporaryFolder folder;
  Reader reader(shape_of({"a", "b", "c"}), {"c"});
  const auto read = reader.read(folder.write("x.csv", "a,b,c\nx,2.5,3\n,y,-4\n"));
  ASSERT_TRUE(read);
  EXPECT_THAT(Reader::parse(*read).samples<std::int16_t>(0), ElementsAre(3, -4));
}

TEST(ReadText, OffersNothingWhereRowsAreNotAllThereIsToAFile) {
  const TemporaryFolder folder;
  const std::string plain = folder.write("x.csv", "a,b\n1,2\n");
  const auto offers = [&](const std::string& path, FileShape shape = shape_of({"a", "b"}),
                          const TextFormat& format = {},
                          double time_rate = 0) { return Reader(shape, {}, format, time_rate).read(path).has_value(); };
  EXPECT_TRUE(offers(plain));
  EXPECT_FALSE(offers(folder.path() + "/absent.csv"));
  EXPECT_FALSE(offers(folder.path()));
  EXPECT_FALSE(offers(folder.write("x.csv.gz", "a,b\n1,2\n")));
  EXPECT_FALSE(offers(folder.write("gzip.csv", "\x1f\x8b\x08")));
  EXPECT_FALSE(offers(folder.write("zstd.csv", "\x28\xb5\x2f\xfd and so on")));
  EXPECT_FALSE(offers(folder.write("other.csv", "a,d\n1,2\n")));
  EXPECT_FALSE(offers(folder.write("empty.csv", "")));
  EXPECT_FALSE(offers(folder.write("blank.csv", "\n \n")));
  EXPECT_FALSE(offers(folder.write("header.csv", "a,b\n")));

  FileShape spaces = shape_of({"a", "b"});
  spaces.delimiter = ' ';
  EXPECT_FALSE(offers(plain, spaces));
  FileShape commas = shape_of({"a", "b"});
  commas.delimiter = ';';
  commas.decimal = ',';
  EXPECT_FALSE(offers(folder.write("commas.csv", "a;b\n1;2\n"), commas));
  TextFormat words;
  words.missing_words = {"-999"};
  EXPECT_FALSE(offers(plain, shape_of({"a", "b"}), words));

  FileShape times = shape_of({"b"});
  times.time_column = "a";
  EXPECT_TRUE(offers(plain, times)) << "times that nobody checks are passed over";
  EXPECT_FALSE(offers(plain, times, {}, 100.0));
}

/// A device knows no words: what is a number is not offered to it, and it refuses what is none.
TEST(ReadText, LeavesMissingWordsToTheHost) {
  const TemporaryFolder folder;
  TextFormat numbers;
  numbers.missing_words = {"bad", "-999.0"};
  const std::string path = folder.write("x.csv", "a,b\n1,2\n-999,4\n");
  EXPECT_FALSE(Reader(shape_of({"a", "b"}), {}, numbers).read(path));

  TextFormat words;
  words.missing_words = {"bad"};
  Reader reader(shape_of({"a", "b"}), {}, words);
  for (const std::string word : {"bad", "nan", "NA", " "}) {
    const auto read = reader.read(folder.write("y.csv", "a,b\n1,2\n" + word + ",4\n"));
    ASSERT_TRUE(read) << word;
    EXPECT_NE(Reader::parse(*read).refusal.status, io::TextStatus::kTaken) << word;
    DecodedRecording from_text;
    DecodedRecording from_file;
    reader.decode(*read, from_text, from_file);
    EXPECT_TRUE(same_values(values_of(from_text.channels[0].view()), {1, std::nan("")})) << word;
    EXPECT_TRUE(same_values(values_of(from_text.channels[1].view()), {2, 4})) << word;
  }
}

TEST(ReadText, NeedsRoomForAByteMoreThanTheFile) {
  const TemporaryFolder folder;
  const std::string path = folder.write("x.csv", "a,b\n1,2\n");
  Reader reader(shape_of({"a", "b"}));
  EXPECT_FALSE(reader.read(path, 7));
  EXPECT_FALSE(reader.read(path, 8)) << "there might be more";
  EXPECT_TRUE(reader.read(path, 9));
}

}  // namespace
}  // namespace pumice
