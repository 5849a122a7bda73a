#include "core/printable_text.hpp"

#include <fmt/core.h>

#include <cstddef>
#include <cstdint>

namespace pumice {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

/// Bytes of the UTF-8 character that `text` begins with; 0 where it begins with none.
std::size_t character_bytes(std::string_view text) {
  const unsigned first = byte_at(text, 0);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  if (size == 0 || size > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) {
      return 0;
    }
  }
  // Longer than needed, halves of UTF-16 pairs, and beyond Unicode.
  const unsigned second = size > 1 ? byte_at(text, 1) : 0;
  const bool wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                     (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return wrong ? 0 : size;
}

bool is_control(unsigned byte) { return (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7F; }

}  // namespace

std::string printable_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t size = character_bytes(text);
    if (size == 0 || is_control(byte_at(text, 0))) {
      out += fmt::format("\\x{:02X}", byte_at(text, 0));
      size = 1;
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace pumice
