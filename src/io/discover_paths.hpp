/// From what was asked for to files: directories, globs, paths.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pumice/error.hpp"

namespace pumice::io {

/// What a file's name says about it.
enum class FileKind : std::uint8_t {
  kData,         ///< .csv .tsv .txt, also .gz .zst
  kUnsupported,  ///< a format of recordings or an archive that pumice does not read
  kOther,
};
[[nodiscard]] FileKind kind_of(std::string_view path);

/// ".parquet", ".csv.gz": the extension that kind_of judged by, in lower case.
[[nodiscard]] std::string extension_of(std::string_view path);

/// True for files that pumice itself writes beside a table: *.errors.csv.
[[nodiscard]] bool is_companion(std::string_view path);

struct FoundFile {
  std::string path;
  std::int64_t bytes = 0;
  bool named = false;    ///< asked for by its own name, not through a directory or a glob
  bool is_there = true;  ///< false: named as a segment is, and nothing can be seen there
};

struct FoundFiles {
  std::vector<FoundFile> files;
  std::vector<InputProblem> unusable;  ///< see Discovery::unusable
};

/// Files that `inputs` stand for, each once, in the order asked for; within a directory or a glob sorted bytewise.
/// Symbolic links are followed; hidden files are left out. Where no input is of use, throws UsageError for the first:
/// no such path, nothing in it that can be read (and what is there instead), a format that is not supported.
[[nodiscard]] FoundFiles find_files(const std::vector<std::string>& inputs, bool recursive);

/// One entry for each path, with 0 bytes where there is no file.
[[nodiscard]] std::vector<FoundFile> files_as_named(const std::vector<std::string>& paths);

/// What a directory holds instead of segments, for messages: "; ingv/test has 4520, ingv/train 4431" or, where its
/// folders hold none, ": it holds 3 files (.npy 3); ..".
[[nodiscard]] std::string describe_directory(const std::string& directory);

}  // namespace pumice::io
