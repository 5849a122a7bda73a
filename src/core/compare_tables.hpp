/// Two feature tables side by side: where they differ, by how much, and why that may be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pumice/table.hpp"

namespace pumice {

struct CompareOptions {
  /// Values are equal where |a - b| <= absolute + relative max(|a|, |b|).
  double relative = 1e-9;
  double absolute = 0;
  /// Columns that name a row. Empty: those of `segment_id`, `window` and `channel` that both tables have; none: rows
  /// are matched by their number.
  std::vector<std::string> keys;
};

/// Where a difference is largest.
struct LargestDifference {
  double difference = 0;
  double a = 0;
  double b = 0;
  std::string row;  ///< "17", "17, window 3"
};

/// One column that both tables have.
struct ColumnComparison {
  std::string name;
  std::int64_t values = 0;     ///< rows that have a value in both
  std::int64_t different = 0;  ///< of them, not the same to the bit
  std::int64_t unequal = 0;    ///< of them, outside the tolerance, or other text
  std::int64_t only_a = 0;     ///< rows that have a value in A only
  std::int64_t only_b = 0;
  LargestDifference absolute;
  LargestDifference relative;  ///< |a - b| / max(|a|, |b|)
  std::string row;             ///< first row with another text, or with a value in one only
  std::string cause;           ///< likely cause; empty where none is known
  [[nodiscard]] bool equal() const { return unequal == 0 && only_a == 0 && only_b == 0; }
};

struct MetadataDifference {
  std::string key;
  std::string a;  ///< empty where A has none
  std::string b;
};

struct Comparison {
  std::vector<std::string> keys;
  std::int64_t rows_a = 0;
  std::int64_t rows_b = 0;
  std::int64_t rows_common = 0;
  std::vector<std::string> rows_only_a;
  std::vector<std::string> rows_only_b;
  std::vector<std::string> columns_only_a;
  std::vector<std::string> columns_only_b;
  std::vector<ColumnComparison> columns;  ///< worst first; keys left out
  std::vector<MetadataDifference> metadata;
  std::vector<std::string> causes;  ///< of rows or columns that are in one only

  /// The same rows and columns, every value equal within the tolerance. Metadata may differ.
  [[nodiscard]] bool equal() const;
  /// As above, every value the same to the bit.
  [[nodiscard]] bool identical() const;
  /// Over all columns; zeros where no numbers differ.
  [[nodiscard]] LargestDifference largest_relative() const;
};

/// Throws UsageError where a key is missing in a table or names two of its rows.
[[nodiscard]] Comparison compare_tables(const Table& a, const Table& b, const CompareOptions& options = {});

}  // namespace pumice
