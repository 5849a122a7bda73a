/// Problems of a whole file, of no row of it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "pumice/error.hpp"

namespace pumice::io {

[[nodiscard]] inline InputProblem problem_of(std::string_view path, std::string reason) {
  return {.path = std::string(path), .reason = std::move(reason), .row = {}, .column = {}, .byte = {}};
}

[[nodiscard]] inline InputProblem too_large(std::string_view path) {
  return problem_of(path, "is too large for the memory of this machine");
}

}  // namespace pumice::io
