#include <fmt/core.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "io/arrow/arrow_parts.hpp"

namespace pumice {
namespace {

/// Sorted by name: tables have many columns.
using Json = nlohmann::json;

constexpr const char* kUnits = "pumice.units";

std::shared_ptr<arrow::DataType> arrow_type(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger:
      return arrow::int64();
    case ColumnType::kNumber:
      return arrow::float64();
    case ColumnType::kText:
      break;
  }
  return arrow::utf8();
}

ColumnType column_type(const arrow::DataType& type, const std::string& column, const std::string& path) {
  switch (type.id()) {
    case arrow::Type::BOOL:
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
    case arrow::Type::UINT64:
      return ColumnType::kInteger;
    case arrow::Type::NA:
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return ColumnType::kNumber;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::DURATION:
      return ColumnType::kText;
    case arrow::Type::DICTIONARY:
      return column_type(*static_cast<const arrow::DictionaryType&>(type).value_type(), column, path);
    case arrow::Type::EXTENSION:
      return column_type(*static_cast<const arrow::ExtensionType&>(type).storage_type(), column, path);
    default:
      throw InputError({.path = path,
                        .reason = fmt::format("holds {}, expected numbers or text", type.ToString()),
                        .row = {},
                        .column = column,
                        .byte = {}});
  }
}

/// Keys that other programs keep for themselves.
bool is_foreign_key(std::string_view key) {
  constexpr std::array<std::string_view, 3> kKeys{"pandas", "ARROW:schema", "PANDAS_ATTRS"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

void take_units(const std::string& text, TableSchema& schema) {
  const Json units = Json::parse(text, nullptr, false);
  for (TableColumn& column : schema.columns) {
    const auto unit = units.find(column.name);
    if (unit != units.end() && unit->is_string()) {
      column.unit = unit->get<std::string>();
    }
  }
}

}  // namespace

InputError arrow_input_error(const std::string& path, const std::string& reason) {
  return InputError({.path = path, .reason = reason, .row = {}, .column = {}, .byte = {}});
}

std::shared_ptr<arrow::Schema> to_arrow(const TableSchema& schema) {
  arrow::FieldVector fields;
  Json units = Json::object();
  for (const TableColumn& column : schema.columns) {
    fields.push_back(arrow::field(column.name, arrow_type(column.type)));
    if (!column.unit.empty()) {
      units[column.name] = column.unit;
    }
  }
  auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : schema.metadata) {
    metadata->Append(key, value);
  }
  if (!units.empty()) {
    metadata->Append(kUnits, units.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return arrow::schema(std::move(fields), std::move(metadata));
}

TableSchema from_arrow(const arrow::Schema& schema, const std::string& path) {
  TableSchema result;
  for (const std::shared_ptr<arrow::Field>& field : schema.fields()) {
    result.columns.push_back({field->name(), column_type(*field->type(), field->name(), path), {}});
  }
  if (schema.metadata() != nullptr) {
    for (const auto& [key, value] : schema.metadata()->sorted_pairs()) {
      if (key == kUnits) {
        take_units(value, result);
      } else if (!is_foreign_key(key)) {
        result.metadata[key] = value;
      }
    }
  }
  return result;
}

bool is_unnamed_index(const std::string& name) { return name.starts_with("__index_level_") && name.ends_with("__"); }

}  // namespace pumice
