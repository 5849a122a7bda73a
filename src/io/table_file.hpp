/// Files that appear under their name only when they are complete.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pumice/error.hpp"

namespace pumice {

/// "cannot write t.csv: the disk is full". `code` is an errno, 0 where there is none and `cause` says it all.
[[nodiscard]] Error write_error(const std::string& path, int code, const std::string& cause = {});

/// Throws UsageError where no table can be written to `path`: its folder is missing or may not be written to, or
/// `path` is a folder.
void check_output_path(const std::string& path);

/// A file that is written under a temporary name in the folder of `path` (`.t.csv.tmp-4711`) and gets its name by
/// `commit`. Without it the destructor removes what was written.
class AtomicFile {
 public:
  /// Creates the temporary file. Throws UsageError as check_output_path does, Error.
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& temporary() const { return temporary_; }
  /// Renames the temporary file, which must be closed, to `path`.
  void commit();

 private:
  std::string path_;
  std::string temporary_;
  bool committed_ = false;
};

/// Buffered bytes into an AtomicFile, whose name its messages carry.
class FileBytes {
 public:
  explicit FileBytes(const AtomicFile& file);
  ~FileBytes();
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  void write(std::string_view bytes);
  /// Replaces the first bytes of the file.
  void rewrite_start(std::string_view bytes);
  /// Writes what is buffered and closes; an error that the system held back until now is thrown here.
  void close();

 private:
  void flush();
  void write_all(std::string_view bytes, std::int64_t offset);

  std::string path_;
  std::string buffer_;
  std::int64_t written_ = 0;
  int descriptor_ = -1;
};

/// Writes a whole file atomically.
void write_file(const std::string& path, std::string_view bytes);

/// The whole of a file. Throws InputError: no such file, a directory, not readable.
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace pumice
