#include "io/table_meta.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "io/table_file.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "pumice-table-1";

std::string_view type_name(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger:
      return "integer";
    case ColumnType::kNumber:
      return "number";
    case ColumnType::kText:
      break;
  }
  return "text";
}

ColumnType parse_type(const std::string& name) {
  for (const ColumnType type : {ColumnType::kInteger, ColumnType::kNumber, ColumnType::kText}) {
    if (name == type_name(type)) {
      return type;
    }
  }
  throw Error(fmt::format("`{}` is no type of column", name));
}

Json values_json(const TableColumn& column, const ColumnValues& values) {
  Json list = Json::array();
  const bool integers = column.type == ColumnType::kInteger;
  const std::size_t n = integers ? values.integers.size() : values.texts.size();
  for (std::size_t i = 0; i < n; ++i) {
    if (!values.valid.empty() && values.valid[i] == 0) {
      list.push_back(nullptr);
    } else if (integers) {
      list.push_back(values.integers[i]);
    } else {
      list.push_back(values.texts[i]);
    }
  }
  return list;
}

ColumnValues parse_values(ColumnType type, const Json& list) {
  ColumnValues values;
  bool all_valid = true;
  for (const Json& value : list) {
    values.valid.push_back(value.is_null() ? 0 : 1);
    all_valid = all_valid && !value.is_null();
    if (type == ColumnType::kInteger) {
      values.integers.push_back(value.is_null() ? 0 : value.get<std::int64_t>());
    } else {
      values.texts.push_back(value.is_null() ? std::string() : value.get<std::string>());
    }
  }
  if (all_valid) {
    values.valid.clear();
  }
  return values;
}

TableMeta parse_meta(const Json& json) {
  if (json.at("format").get<std::string>() != kFormat) {
    throw Error(fmt::format("its format is not {}", kFormat));
  }
  TableMeta meta;
  meta.rows = json.at("rows").get<std::int64_t>();
  meta.aside.rows = meta.rows;
  for (const Json& column : json.at("columns")) {
    const ColumnType type = parse_type(column.at("type").get<std::string>());
    meta.schema.columns.push_back({column.at("name").get<std::string>(), type, column.value("unit", std::string())});
    const bool aside = type != ColumnType::kNumber && column.contains("values");
    meta.aside.columns.push_back(aside ? parse_values(type, column.at("values")) : ColumnValues{});
  }
  for (const auto& [key, value] : json.at("metadata").items()) {
    meta.schema.metadata[key] = value.get<std::string>();
  }
  return meta;
}

}  // namespace

std::string meta_path(const std::string& table_path) { return table_path + ".meta.json"; }

std::string format_table_meta(const TableMeta& meta, bool with_values) {
  Json columns = Json::array();
  int index = 0;
  for (std::size_t i = 0; i < meta.schema.columns.size(); ++i) {
    const TableColumn& column = meta.schema.columns[i];
    Json entry = {{"name", column.name}, {"type", type_name(column.type)}};
    if (!column.unit.empty()) {
      entry["unit"] = column.unit;
    }
    if (with_values && column.type == ColumnType::kNumber) {
      entry["index"] = index++;
    } else if (with_values) {
      entry["values"] = values_json(column, meta.aside.columns[i]);
    }
    columns.push_back(std::move(entry));
  }
  const Json json = {{"format", kFormat},
                     {"rows", meta.rows},
                     {"columns", std::move(columns)},
                     {"metadata", Json(meta.schema.metadata)}};
  // A file name need not be UTF-8, JSON must be.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<TableMeta> read_table_meta(const std::string& table_path) {
  const std::string path = meta_path(table_path);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return std::nullopt;
  }
  const auto fail = [&](const std::string& reason) {
    return InputError({.path = path,
                       .reason = "is not the description of a pumice table: " + reason,
                       .row = {},
                       .column = {},
                       .byte = {}});
  };
  try {
    return parse_meta(Json::parse(read_file(path)));
  } catch (const Json::exception& problem) {
    throw fail(problem.what());
  } catch (const InputError&) {
    throw;
  } catch (const Error& problem) {
    throw fail(problem.what());
  }
}

}  // namespace pumice
