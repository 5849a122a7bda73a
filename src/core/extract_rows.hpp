/// From results to the rows of the table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/extract_labels.hpp"
#include "pumice/engine.hpp"
#include "pumice/extract.hpp"
#include "pumice/plan.hpp"
#include "pumice/table.hpp"

namespace pumice {

struct RowLayout {
  Layout layout = Layout::kWide;
  Naming names = Naming::kDefault;
  bool ids_are_integers = false;
  WindowRule window;       ///< length 0: none
  double sample_rate = 0;  ///< Hz; 0: start_time is null
};

/// Makes rows: segment id, window, (long: channel), features, labels.
class RowBuilder {
 public:
  /// `plan` and `labels` (or null) must outlive this. Throws UsageError: two columns of one name, a column that has no
  /// name in the notebook's way.
  RowBuilder(const Plan& plan, const RowLayout& layout, Labels* labels);

  /// Columns in order, without metadata.
  [[nodiscard]] const std::vector<TableColumn>& columns() const { return columns_; }
  /// Feature columns among them.
  [[nodiscard]] std::int64_t feature_columns() const { return static_cast<std::int64_t>(fields_.size()); }
  /// Rows that one segment makes.
  [[nodiscard]] std::int64_t rows_per_segment() const;

  /// Adds the rows of one window; `values`: [plan.n_values], or null for a row of nulls.
  void add(const std::string& id, std::optional<std::int64_t> window, const double* values);
  [[nodiscard]] std::int64_t rows_without_label() const { return rows_without_label_; }

  /// The rows since the last call of clear.
  [[nodiscard]] const TableChunk& chunk() const { return chunk_; }
  void clear();

 private:
  /// A feature column: which value it takes, for each channel that makes a row (wide: one row).
  struct Field {
    std::vector<int> value_of_row;  // -1: null
  };
  void add_wide_fields();
  void add_long_fields();
  void check_unique() const;
  [[nodiscard]] std::string column_name(const PlanColumn& column) const;
  void add_row(const std::string& id, std::optional<std::int64_t> window, std::size_t row, const double* values);

  const Plan& plan_;
  RowLayout layout_;
  Labels* labels_;
  std::vector<TableColumn> columns_;
  std::vector<Field> fields_;
  std::vector<int> row_channels_;  // long: the channel of each row
  std::size_t first_field_ = 0;
  std::int64_t rows_without_label_ = 0;
  TableChunk chunk_;
};

}  // namespace pumice
