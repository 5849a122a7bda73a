/// Files as text: read whole or from the beginning, gzip and zstd undone on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pumice/error.hpp"

namespace pumice::io {

/// Bytes that may be read, and written, before and after the text of a buffer.
inline constexpr std::size_t kTextPadding = 128;

/// A growing buffer of bytes with padding on both sides; keeps its memory when it is filled again.
class PaddedBuffer {
 public:
  [[nodiscard]] char* data() { return bytes_.get() + kTextPadding; }
  [[nodiscard]] const char* data() const { return bytes_.get() + kTextPadding; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Makes room for `capacity` bytes, keeping the first `size()`.
  void reserve(std::size_t capacity);
  /// Sets the size, which must not exceed the capacity, and zeroes the padding behind it.
  void set_size(std::size_t size);

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

/// Reads files into one reused buffer. Archives are told by their first bytes, several members or frames in one file
/// are joined, and a file that is named .gz or .zst and is none is a problem.
class TextReader {
 public:
  TextReader();
  ~TextReader();
  TextReader(const TextReader&) = delete;
  TextReader& operator=(const TextReader&) = delete;

  /// Reads the whole of `path`. Adds the seconds spent in the file system and in decompression.
  [[nodiscard]] std::optional<InputProblem> read(const std::string& path, double& read_s, double& decompress_s);
  /// Reads the whole of `path` into `room`; returns its size. Nothing where it is an archive, has as many bytes as
  /// there is room for or more, or cannot be read.
  [[nodiscard]] static std::optional<std::size_t> read_plain(const std::string& path, std::span<char> room);
  /// Asks the system to read the file in the background; where it cannot, nothing happens.
  static void read_ahead(const std::string& path);
  /// Reads at least the first `limit` bytes of text, or all where there are fewer. An archive that is cut short
  /// beyond them is not noticed.
  [[nodiscard]] std::optional<InputProblem> read_beginning(const std::string& path, std::size_t limit);

  /// The text; kTextPadding bytes on both sides may be read and written.
  [[nodiscard]] char* data() { return text_.data(); }
  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] std::string_view text() const { return {text_.data(), text_.size()}; }
  /// True where the text is the whole file's.
  [[nodiscard]] bool complete() const { return complete_; }
  /// Bytes of text that the whole file holds, estimated where it is compressed and not complete.
  [[nodiscard]] std::int64_t estimated_text_bytes() const { return estimated_text_bytes_; }

 private:
  struct Archives;
  [[nodiscard]] std::optional<std::string> read_bytes(const std::string& path, PaddedBuffer& into, std::size_t limit,
                                                      bool whole);
  [[nodiscard]] std::optional<std::string> inflate_gzip(std::size_t limit);
  [[nodiscard]] std::optional<std::string> inflate_zstd(std::size_t limit);
  void grow_text();

  std::unique_ptr<Archives> archives_;
  PaddedBuffer text_;
  PaddedBuffer archive_;
  std::int64_t file_bytes_ = 0;
  std::int64_t estimated_text_bytes_ = 0;
  bool file_complete_ = true;
  bool complete_ = true;
};

}  // namespace pumice::io
