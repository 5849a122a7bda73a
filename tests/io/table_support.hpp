/// What the tests of tables share.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "pumice/table.hpp"

namespace pumice::test {

/// A folder of one test, removed with it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "pumice-table-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string put(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  /// Names of everything in it, sorted.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      found.push_back(entry.path().filename().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::filesystem::path path_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

inline ColumnValues integers(std::vector<std::int64_t> values, std::vector<std::uint8_t> valid = {}) {
  return {.integers = std::move(values), .numbers = {}, .texts = {}, .valid = std::move(valid)};
}
inline ColumnValues numbers(std::vector<double> values) {
  return {.integers = {}, .numbers = std::move(values), .texts = {}, .valid = {}};
}
inline ColumnValues texts(std::vector<std::string> values, std::vector<std::uint8_t> valid = {}) {
  return {.integers = {}, .numbers = {}, .texts = std::move(values), .valid = std::move(valid)};
}

/// Three rows of every type, with what is hard in each.
inline Table sample_table() {
  Table table;
  table.schema.columns = {{"segment_id", ColumnType::kInteger, ""},
                          {"sensor_1__mean", ColumnType::kNumber, "{x}"},
                          {"note", ColumnType::kText, ""},
                          {"time_to_eruption", ColumnType::kInteger, ""}};
  table.schema.metadata = {{"missing", "skip"}, {"sample_rate", "100"}};
  table.data.rows = 3;
  table.data.columns = {integers({1136037770, -5, std::numeric_limits<std::int64_t>::max()}),
                        numbers({0.1, kNone, -1.7976931348623157e308}), texts({"a,\"b\"", "", "NA"}, {1, 1, 1}),
                        integers({12262005, 0, 7}, {1, 0, 1})};
  return table;
}

inline void write_table(const std::string& path, const Table& table) {
  const auto writer = open_table_writer(path, table.schema);
  writer->write(table.data);
  writer->finish();
}

/// Equal, where NaN equals NaN and values that do not exist are not looked at.
inline void expect_same_values(const TableColumn& column, const ColumnValues& a, const ColumnValues& b,
                               std::int64_t rows) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) {
    SCOPED_TRACE(testing::Message() << column.name << ", row " << i);
    if (column.type == ColumnType::kNumber) {
      ASSERT_TRUE(a.numbers[i] == b.numbers[i] || (std::isnan(a.numbers[i]) && std::isnan(b.numbers[i])));
      continue;
    }
    const bool valid = a.valid.empty() || a.valid[i] != 0;
    ASSERT_EQ(valid, b.valid.empty() || b.valid[i] != 0);
    if (valid && column.type == ColumnType::kInteger) {
      ASSERT_EQ(a.integers[i], b.integers[i]);
    } else if (valid) {
      ASSERT_EQ(a.texts[i], b.texts[i]);
    }
  }
}

inline void expect_same_table(const Table& a, const Table& b) {
  ASSERT_EQ(a.schema.columns.size(), b.schema.columns.size());
  ASSERT_EQ(a.data.rows, b.data.rows);
  EXPECT_EQ(a.schema.metadata, b.schema.metadata);
  for (std::size_t i = 0; i < a.schema.columns.size(); ++i) {
    EXPECT_EQ(a.schema.columns[i].name, b.schema.columns[i].name);
    EXPECT_EQ(a.schema.columns[i].unit, b.schema.columns[i].unit);
    ASSERT_EQ(a.schema.columns[i].type, b.schema.columns[i].type) << a.schema.columns[i].name;
    expect_same_values(a.schema.columns[i], a.data.columns[i], b.data.columns[i], a.data.rows);
  }
}

template <class Exception, class Work>
std::string message_of(Work work) {
  try {
    work();
  } catch (const Exception& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace pumice::test
