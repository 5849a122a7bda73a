/// A table that stays in memory: what `pumice.extract` gives to pandas, NumPy and Arrow.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pumice/table.hpp"

namespace pumice::python {

/// All numbers in one block, a column after the other, as pandas and Arrow hold them; other columns apart.
struct MemoryTable {
  TableSchema schema;
  std::int64_t rows = 0;
  std::unique_ptr<double[]> block;   ///< [numbers of `place`][rows]; NaN where there is no value
  std::vector<int> place;            ///< [columns] place in `block` of a number, in `others` of another
  std::vector<ColumnValues> others;  ///< integers and texts
  [[nodiscard]] const double* numbers(std::size_t column) const {
    return block.get() + static_cast<std::ptrdiff_t>(place[column]) * rows;
  }
};

/// Fills `table` as rows come; it is whole after `finish`.
class MemoryTableWriter final : public TableWriter {
 public:
  /// `table` must outlive this. Room is made for `expected_rows`; more are taken.
  MemoryTableWriter(const TableSchema& schema, std::int64_t expected_rows, MemoryTable& table);
  void write(const TableChunk& chunk) override;
  void finish() override;

 private:
  void make_room(std::int64_t rows);
  /// Moves the columns to the distance of `rows`, within the block or to a new one.
  void change_distance(std::int64_t rows);

  MemoryTable& table_;
  std::size_t number_columns_ = 0;
  std::int64_t room_ = 0;  ///< rows between the starts of two columns
};

}  // namespace pumice::python
