/// Plain texts through the kernels of one SIMD target.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_fast.hpp"
#include "io/decompress.hpp"
#include "support/targets.hpp"

namespace pumice::io {

/// Every target that this machine can run, by itself.
inline std::vector<std::int64_t> single_targets() { return test::single_targets(usable_csv_targets()); }

template <class T>
struct Parsed {
  bool taken = false;
  std::int64_t rows = 0;
  std::vector<std::vector<T>> columns;
  bool operator==(const Parsed&) const = default;
};

/// Parses `text`, which lies between paddings of `padding`, on `target`. columns: cells a row; those in `passed_over`
/// are not stored.
template <class T>
Parsed<T> parse_plain(PlainParser<T>& parser, std::string_view text, std::size_t columns, std::int64_t target,
                      char delimiter = ',', const std::vector<bool>& passed_over = {}, char padding = '\0') {
  const std::string pad(kTextPadding, padding);
  const std::string padded = pad + std::string(text) + pad;
  std::vector<int> targets(columns, -1);
  int stored = 0;
  for (std::size_t c = 0; c < columns; ++c) {
    if (c >= passed_over.size() || !passed_over[c]) {
      targets[c] = stored++;
    }
  }
  std::vector<ColumnBuffer> buffers(static_cast<std::size_t>(stored));
  const std::string_view body(padded.data() + kTextPadding, text.size());
  const auto rows =
      parser.parse(csv_kernels(target), {.body = body, .delimiter = delimiter, .target = targets}, buffers);
  Parsed<T> result;
  if (rows) {
    result = {true, *rows, {}};
    for (const ColumnBuffer& buffer : buffers) {
      const ColumnView view = buffer.view();
      result.columns.emplace_back(view.as<T>(), view.as<T>() + view.n);
    }
  }
  return result;
}

/// Memory between pages that may not be touched.
class GuardedText {
 public:
  GuardedText() : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    void* const map = ::mmap(nullptr, 6 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pages_ = static_cast<char*>(map);
    if (map == MAP_FAILED || ::mprotect(pages_, page_, PROT_NONE) != 0 ||
        ::mprotect(pages_ + 5 * page_, page_, PROT_NONE) != 0) {
      std::abort();
    }
  }
  ~GuardedText() { ::munmap(pages_, 6 * page_); }
  GuardedText(const GuardedText&) = delete;
  GuardedText& operator=(const GuardedText&) = delete;

  /// A copy of `text`, of less than four pages, with nothing but the padding before it.
  [[nodiscard]] std::string_view at_beginning(std::string_view text) const {
    return copy(text, pages_ + page_ + kTextPadding);
  }
  /// The same, with nothing but the padding behind it.
  [[nodiscard]] std::string_view at_end(std::string_view text) const {
    return copy(text, pages_ + 5 * page_ - kTextPadding - text.size());
  }

 private:
  [[nodiscard]] static std::string_view copy(std::string_view text, char* to) {
    std::copy(text.begin(), text.end(), to);
    return {to, text.size()};
  }

  std::size_t page_;
  char* pages_ = nullptr;
};

}  // namespace pumice::io
