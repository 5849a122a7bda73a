#include "arrow_stream.hpp"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace pumice::python {
namespace {

/// The specification's encoding: the number of pairs, then the length and bytes of each key and value, as int32.
std::string encode(const std::map<std::string, std::string>& pairs) {
  std::string bytes;
  const auto add_number = [&bytes](std::size_t value) {
    const auto number = static_cast<std::int32_t>(value);
    std::array<char, sizeof number> raw{};
    std::memcpy(raw.data(), &number, sizeof number);
    bytes.append(raw.data(), raw.size());
  };
  const auto add_text = [&](const std::string& text) {
    add_number(text.size());
    bytes += text;
  };
  add_number(pairs.size());
  for (const auto& [key, value] : pairs) {
    add_text(key);
    add_text(value);
  }
  return bytes;
}

const char* format_of(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger:
      return "l";
    case ColumnType::kText:
      return "u";
    case ColumnType::kNumber:
      break;
  }
  return "g";
}

// ---- schemas --------------------------------------------------------------------------------------------------------

struct SchemaOwner {
  std::string name;
  std::string metadata;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

/// Of a parent: a child that was not moved away is released with it.
void release_schema(ArrowSchema* schema) {
  auto* owner = static_cast<SchemaOwner*>(schema->private_data);
  for (ArrowSchema& child : owner->children) {
    if (child.release != nullptr) {
      child.release(&child);
    }
  }
  delete owner;
  schema->release = nullptr;
}

void export_schema(const char* format, const std::string& name, const std::map<std::string, std::string>& metadata,
                   std::int64_t flags, std::vector<ArrowSchema> children, ArrowSchema* out) {
  auto owner = std::make_unique<SchemaOwner>();
  owner->name = name;
  if (!metadata.empty()) {
    owner->metadata = encode(metadata);
  }
  owner->children = std::move(children);
  for (ArrowSchema& child : owner->children) {
    owner->pointers.push_back(&child);
  }
  *out = {.format = format,
          .name = owner->name.c_str(),
          .metadata = owner->metadata.empty() ? nullptr : owner->metadata.data(),
          .flags = flags,
          .n_children = static_cast<std::int64_t>(owner->pointers.size()),
          .children = owner->pointers.data(),
          .dictionary = nullptr,
          .release = release_schema,
          .private_data = nullptr};
  out->private_data = owner.release();
}

void export_table_schema(const TableSchema& schema, ArrowSchema* out) {
  std::vector<ArrowSchema> children(schema.columns.size());
  for (std::size_t i = 0; i < children.size(); ++i) {
    const TableColumn& column = schema.columns[i];
    export_schema(format_of(column.type), column.name, {}, ARROW_FLAG_NULLABLE, {}, &children[i]);
  }
  export_schema("+s", "", schema.metadata, 0, std::move(children), out);
}

// ---- arrays ---------------------------------------------------------------------------------------------------------

struct ArrayOwner {
  std::shared_ptr<const MemoryTable> table;
  std::vector<std::uint8_t> validity;  ///< a bit a row
  std::vector<std::int32_t> offsets;   ///< of texts
  std::string bytes;                   ///< of texts
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

void release_array(ArrowArray* array) {
  auto* owner = static_cast<ArrayOwner*>(array->private_data);
  for (ArrowArray& child : owner->children) {
    if (child.release != nullptr) {
      child.release(&child);
    }
  }
  delete owner;
  array->release = nullptr;
}

void hand_over(std::unique_ptr<ArrayOwner> owner, std::int64_t length, std::int64_t nulls, ArrowArray* out) {
  for (ArrowArray& child : owner->children) {
    owner->pointers.push_back(&child);
  }
  *out = {.length = length,
          .null_count = nulls,
          .offset = 0,
          .n_buffers = static_cast<std::int64_t>(owner->buffers.size()),
          .n_children = static_cast<std::int64_t>(owner->pointers.size()),
          .buffers = owner->buffers.data(),
          .children = owner->pointers.data(),
          .dictionary = nullptr,
          .release = release_array,
          .private_data = nullptr};
  out->private_data = owner.release();
}

/// Sets the bits of the rows that exist where some do not; returns the number of nulls.
template <class Exists>
std::int64_t mark_nulls(std::int64_t rows, const Exists& exists, std::vector<std::uint8_t>& validity) {
  std::int64_t nulls = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    nulls += exists(row) ? 0 : 1;
  }
  if (nulls > 0) {
    validity.assign(static_cast<std::size_t>((rows + 7) / 8), 0);
    for (std::int64_t row = 0; row < rows; ++row) {
      if (exists(row)) {
        validity[static_cast<std::size_t>(row / 8)] |= static_cast<std::uint8_t>(1U << (row % 8));
      }
    }
  }
  return nulls;
}

void export_column(const std::shared_ptr<const MemoryTable>& table, std::size_t column, ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  owner->table = table;
  const std::int64_t rows = table->rows;
  std::int64_t nulls = 0;
  const void* data = nullptr;
  if (table->schema.columns[column].type == ColumnType::kNumber) {
    const double* numbers = table->numbers(column);
    nulls = mark_nulls(
        rows, [&](std::int64_t row) { return !std::isnan(numbers[row]); }, owner->validity);
    data = numbers;
  } else {
    const ColumnValues& values = table->others[static_cast<std::size_t>(table->place[column])];
    nulls = mark_nulls(
        rows,
        [&](std::int64_t row) { return values.valid.empty() || values.valid[static_cast<std::size_t>(row)] != 0; },
        owner->validity);
    data = values.integers.data();
    if (table->schema.columns[column].type == ColumnType::kText) {
      owner->offsets.push_back(0);
      for (const std::string& text : values.texts) {
        owner->bytes += text;
        if (owner->bytes.size() > std::numeric_limits<std::int32_t>::max()) {
          throw std::length_error("the texts of a column take more than 2 GiB");
        }
        owner->offsets.push_back(static_cast<std::int32_t>(owner->bytes.size()));
      }
      data = owner->bytes.data();
    }
  }
  owner->buffers.push_back(owner->validity.empty() ? nullptr : owner->validity.data());
  if (!owner->offsets.empty()) {
    owner->buffers.push_back(owner->offsets.data());
  }
  owner->buffers.push_back(data);
  hand_over(std::move(owner), rows, nulls, out);
}

void export_batch(const std::shared_ptr<const MemoryTable>& table, ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  owner->children.resize(table->schema.columns.size());
  for (std::size_t i = 0; i < owner->children.size(); ++i) {
    export_column(table, i, &owner->children[i]);
  }
  owner->buffers.push_back(nullptr);
  hand_over(std::move(owner), table->rows, 0, out);
}

// ---- the stream -----------------------------------------------------------------------------------------------------

struct StreamOwner {
  std::shared_ptr<const MemoryTable> table;
  bool given = false;
};

StreamOwner& owner_of(ArrowArrayStream* stream) { return *static_cast<StreamOwner*>(stream->private_data); }

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  try {
    export_table_schema(owner_of(stream).table->schema, out);
    return 0;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  StreamOwner& owner = owner_of(stream);
  *out = {};
  try {
    if (!owner.given) {
      export_batch(owner.table, out);
      owner.given = true;
    }
    return 0;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (const std::length_error&) {
    return EOVERFLOW;
  }
}

const char* get_last_error(ArrowArrayStream*) { return nullptr; }

void release_stream(ArrowArrayStream* stream) {
  delete static_cast<StreamOwner*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

void export_stream(std::shared_ptr<const MemoryTable> table, ArrowArrayStream* out) {
  *out = {.get_schema = get_schema,
          .get_next = get_next,
          .get_last_error = get_last_error,
          .release = release_stream,
          .private_data = nullptr};
  out->private_data = new StreamOwner{.table = std::move(table)};
}

}  // namespace pumice::python
