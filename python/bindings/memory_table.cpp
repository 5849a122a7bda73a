#include "memory_table.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace pumice::python {
namespace {

constexpr std::int64_t kLeastRoom = 16;

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

MemoryTableWriter::MemoryTableWriter(const TableSchema& schema, std::int64_t expected_rows, MemoryTable& table)
    : table_(table) {
  table_.schema = schema;
  for (const TableColumn& column : schema.columns) {
    const bool is_number = column.type == ColumnType::kNumber;
    table_.place.push_back(static_cast<int>(is_number ? number_columns_++ : table_.others.size()));
    if (!is_number) {
      table_.others.emplace_back();
    }
  }
  make_room(expected_rows);
}

void MemoryTableWriter::make_room(std::int64_t rows) {
  if (rows > room_ || table_.block == nullptr) {
    change_distance(std::max({rows, 2 * room_, kLeastRoom}));
  }
}

void MemoryTableWriter::change_distance(std::int64_t rows) {
  std::unique_ptr<double[]> larger;
  if (rows > room_) {  // not initialised: every place is written before it is read
    larger.reset(new double[static_cast<std::size_t>(rows) * std::max<std::size_t>(number_columns_, 1)]);
  }
  double* to = larger ? larger.get() : table_.block.get();
  for (std::size_t c = 0; c < number_columns_ && table_.rows > 0; ++c) {
    const auto column = static_cast<std::int64_t>(c);
    std::memmove(to + column * rows, table_.block.get() + column * room_,
                 static_cast<std::size_t>(table_.rows) * sizeof(double));
  }
  if (larger) {
    table_.block = std::move(larger);
  }
  room_ = rows;
}

void MemoryTableWriter::write(const TableChunk& chunk) {
  make_room(table_.rows + chunk.rows);
  for (std::size_t i = 0; i < chunk.columns.size(); ++i) {
    const ColumnValues& values = chunk.columns[i];
    const auto place = static_cast<std::size_t>(table_.place[i]);
    if (table_.schema.columns[i].type == ColumnType::kNumber) {
      std::copy(values.numbers.begin(), values.numbers.end(),
                table_.block.get() + static_cast<std::int64_t>(place) * room_ + table_.rows);
    } else {
      append(table_.others[place].integers, values.integers);
      append(table_.others[place].texts, values.texts);
      append(table_.others[place].valid, values.valid);
    }
  }
  table_.rows += chunk.rows;
}

void MemoryTableWriter::finish() {
  if (table_.rows < room_) {
    change_distance(table_.rows);
  }
}

}  // namespace pumice::python
