#include "core/error_list.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "core/printable_text.hpp"

namespace pumice {
namespace {

std::string quoted(const std::string& any) {
  std::string text = printable_text(any);
  if (text.find_first_of(",\"\n\r") == std::string::npos) {
    return text;
  }
  std::string out = "\"";
  for (const char c : text) {
    out += c;
    if (c == '"') {
      out += c;
    }
  }
  return out + '"';
}

std::string number(const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : ""; }

}  // namespace

std::string error_list_path(const std::string& table) { return table + ".errors.csv"; }

void write_error_list(const std::string& table, const std::vector<InputProblem>& problems) {
  const std::string path = error_list_path(table);
  std::error_code error;
  if (problems.empty()) {
    std::filesystem::remove(path, error);
    return;
  }
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  {
    std::ofstream file(temporary, std::ios::binary);
    file << "file,row,column,byte,reason\n";
    for (const InputProblem& problem : problems) {
      file << quoted(problem.path) << ',' << number(problem.row) << ',' << quoted(problem.column.value_or("")) << ','
           << number(problem.byte) << ',' << quoted(problem.reason) << '\n';
    }
    file.flush();
    if (!file) {
      const std::error_code cause(errno, std::generic_category());
      std::filesystem::remove(temporary, error);
      throw Error(fmt::format("{} cannot be written: {}", path, cause.message()));
    }
  }
  std::filesystem::rename(temporary, path, error);
  if (error) {
    const std::string cause = error.message();
    std::filesystem::remove(temporary, error);
    throw Error(fmt::format("{} cannot be written: {}", path, cause));
  }
}

}  // namespace pumice
