#include "io/decompress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "io/csv_text.hpp"

namespace pumice::io {
namespace {

using testing::HasSubstr;

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

/// Numbers that do not compress to nothing, so that an archive has a middle.
std::string long_text() {
  std::string text = "a,b\n";
  for (std::int64_t i = 0; i < 40000; ++i) {
    text += std::to_string(i * 7919 % 20011 - 10000) + "," + std::to_string(i * 104729 % 30011) + "\n";
  }
  return text;
}

struct Read {
  std::optional<InputProblem> problem;
  std::string text;
};

Read read_file(TextReader& reader, const std::string& path) {
  double read_s = 0;
  double decompress_s = 0;
  Read result{reader.read(path, read_s, decompress_s), {}};
  result.text = reader.text();
  return result;
}

std::string reason_of(const std::string& path) {
  TextReader reader;
  const Read result = read_file(reader, path);
  return result.problem ? result.problem->reason : "read";
}

TEST(TextReader, ReadsPlainAndCompressedFilesIntoOneBuffer) {
  const TemporaryFolder folder;
  const std::string text = long_text();
  TextReader reader;
  for (const std::string& path :
       {folder.write("a.csv", text), folder.write("a.csv.gz", gzip(text)), folder.write("a.csv.zst", zstd(text)),
        folder.write("gzip-without-its-name.csv", gzip(text)), folder.write("b.csv", text)}) {
    const Read result = read_file(reader, path);
    ASSERT_FALSE(result.problem) << result.problem->message();
    EXPECT_EQ(result.text, text) << path;
    EXPECT_EQ(reader.data()[reader.size()], '\0') << "the padding is clean";
  }
}

TEST(TextReader, JoinsMembersAndFrames) {
  const TemporaryFolder folder;
  const std::string text = long_text();
  TextReader reader;
  EXPECT_EQ(read_file(reader, folder.write("a.gz", gzip(text) + gzip("") + gzip("1,2\n"))).text, text + "1,2\n");
  EXPECT_EQ(read_file(reader, folder.write("a.zst", zstd(text) + zstd("1,2\n"))).text, text + "1,2\n");
  EXPECT_EQ(read_file(reader, folder.write("padded.gz", gzip(text) + std::string(512, '\0'))).text, text);
}

TEST(TextReader, CountsReadingAndDecompressingApart) {
  const TemporaryFolder folder;
  TextReader reader;
  double read_s = 0;
  double decompress_s = 0;
  ASSERT_FALSE(reader.read(folder.write("a.csv", long_text()), read_s, decompress_s));
  EXPECT_GT(read_s, 0);
  EXPECT_EQ(decompress_s, 0);
  ASSERT_FALSE(reader.read(folder.write("a.csv.gz", gzip(long_text())), read_s, decompress_s));
  EXPECT_GT(decompress_s, 0);
}

TEST(TextReader, RefusesTruncatedArchives) {
  const TemporaryFolder folder;
  const std::string gz = gzip(long_text());
  const std::string zst = zstd(long_text());
  for (const std::size_t cut : {std::size_t{1}, std::size_t{9}, gz.size() / 2}) {
    EXPECT_EQ(reason_of(folder.write("a.gz", gz.substr(0, gz.size() - cut))), "is a truncated gzip archive") << cut;
  }
  for (const std::size_t cut : {std::size_t{1}, std::size_t{9}, zst.size() / 2}) {
    EXPECT_EQ(reason_of(folder.write("a.zst", zst.substr(0, zst.size() - cut))), "is a truncated zstd archive") << cut;
  }
}

TEST(TextReader, RefusesCorruptArchives) {
  const TemporaryFolder folder;
  std::string gz = gzip(long_text());
  gz[gz.size() / 2] = static_cast<char>(~gz[gz.size() / 2]);
  EXPECT_THAT(reason_of(folder.write("a.gz", gz)), HasSubstr("is a corrupt gzip archive"));
  std::string checksum = gzip("1,2\n");
  checksum[checksum.size() - 6] = static_cast<char>(~checksum[checksum.size() - 6]);
  EXPECT_THAT(reason_of(folder.write("b.gz", checksum)), HasSubstr("is a corrupt gzip archive"));
  std::string zst = zstd(long_text());
  zst[5] = static_cast<char>(~zst[5]);
  EXPECT_NE(reason_of(folder.write("a.zst", zst)), "read");
  EXPECT_EQ(reason_of(folder.write("c.gz", gzip("1,2\n") + "more")), "has other bytes after its gzip archive");
}

TEST(TextReader, RefusesFilesThatAreNotWhatTheirNameSays) {
  const TemporaryFolder folder;
  EXPECT_EQ(reason_of(folder.write("a.csv.gz", "a,b\n1,2\n")), "is not a gzip archive, as its name says");
  EXPECT_EQ(reason_of(folder.write("a.csv.ZST", "a,b\n1,2\n")), "is not a zstd archive, as its name says");
}

TEST(TextReader, SaysWhyAFileCannotBeRead) {
  const TemporaryFolder folder;
  EXPECT_EQ(reason_of(folder.path()), "is a directory");
  EXPECT_EQ(reason_of(folder.path() + "/none.csv"), "cannot be opened: No such file or directory");
  const std::string fifo = folder.path() + "/fifo.csv";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(reason_of(fifo), "is not a regular file");
}

TEST(TextReader, ReadsTheBeginningOfAnyFile) {
  const TemporaryFolder folder;
  const std::string text = long_text();
  TextReader reader;
  for (const std::string& path :
       {folder.write("a.csv", text), folder.write("a.csv.gz", gzip(text)), folder.write("a.csv.zst", zstd(text))}) {
    ASSERT_FALSE(reader.read_beginning(path, 1000)) << path;
    EXPECT_GE(reader.size(), 1000u);
    EXPECT_EQ(reader.text(), text.substr(0, reader.size()));
    EXPECT_FALSE(reader.complete() && reader.size() < text.size());
    EXPECT_NEAR(static_cast<double>(reader.estimated_text_bytes()) / static_cast<double>(text.size()), 1, 0.6) << path;
    ASSERT_FALSE(reader.read_beginning(path, text.size() + 1000));
    EXPECT_TRUE(reader.complete()) << path;
    EXPECT_EQ(reader.text(), text);
    EXPECT_EQ(reader.estimated_text_bytes(), static_cast<std::int64_t>(text.size()));
  }
}

}  // namespace
}  // namespace pumice::io
