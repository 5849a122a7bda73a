/// What the program says beside what it was asked for.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace pumice::cli {

/// Like fmt::print, but where the text cannot be written (a full disk, nobody who reads) it alone is lost.
template <class... Args>
void say_to(std::FILE* stream, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}
template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  say_to(stderr, format, std::forward<Args>(args)...);
}

}  // namespace pumice::cli
