#include "pumice/error.hpp"

#include <fmt/core.h>

#include "core/printable_text.hpp"

namespace pumice {

std::string InputProblem::message() const {
  std::string text = path;
  if (row) {
    text += fmt::format(": row {}", *row);
  }
  if (column) {
    text += fmt::format("{} column {}", row ? "," : ":", *column);
  }
  if (byte && !row) {
    text += fmt::format(": byte {}", *byte);
  }
  return printable_text(text + ": " + reason);
}

InputError::InputError(InputProblem problem) : Error(problem.message()), problem_(std::move(problem)) {}

InputError::InputError(const std::string& what, InputProblem problem) : Error(what), problem_(std::move(problem)) {}

}  // namespace pumice
