/// Real segments, where they are at hand.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>

#include "io/csv_text.hpp"

namespace pumice {
namespace {

TEST(IngvSegments, AreReadAsStrtodReadsThemOnBothPaths) {
  const std::filesystem::path folder =
      std::filesystem::path(PUMICE_SOURCE_DIR) / ".." / "shared" / "data" / "ingv" / "train";
  if (!std::filesystem::is_directory(folder)) {
    GTEST_SKIP() << "no INGV segments in " << folder;
  }
  DiscoveryOptions options;
  options.inputs = {folder.string()};
  const Discovery discovery = discover(options);
  ASSERT_FALSE(discovery.recordings.empty());
  EXPECT_TRUE(discovery.ids_are_integers);
  EXPECT_NEAR(static_cast<double>(discovery.shape.estimated_rows), 60001, 3000);
  for (const Recording& recording : discovery.recordings) {
    std::ifstream file(recording.path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::vector<double>> expected(10);
    const char* p = text.c_str() + text.find('\n') + 1;
    while (*p != '\0') {
      for (std::size_t c = 0; c < 10; ++c) {
        char* end = nullptr;
        const bool empty = *p == ',' || *p == '\n';
        expected[c].push_back(empty ? std::nan("") : std::strtod(p, &end));
        p = (empty ? p : end) + 1;
      }
    }
    for (const bool fast : {true, false}) {
      io::CsvDecoder decoder(discovery.shape, discovery.channels, {});
      decoder.allow_fast_path(fast);
      const Decoded decoded = decode_with(decoder, text);
      ASSERT_FALSE(decoded.problem) << decoded.problem->message();
      EXPECT_EQ(decoded.path, fast ? io::CsvPath::kFast : io::CsvPath::kGeneral);
      EXPECT_EQ(decoded.n, 60001);
      for (std::size_t c = 0; c < 10; ++c) {
        EXPECT_EQ(decoded.types[c], SampleType::kInt16);
        EXPECT_TRUE(same_values(decoded.columns[c], expected[c])) << recording.path << " column " << c;
      }
    }
  }
}

}  // namespace
}  // namespace pumice
