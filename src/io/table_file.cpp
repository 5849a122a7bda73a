#include "io/table_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace pumice {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBufferBytes = std::size_t{1} << 18;
constexpr int kNameAttempts = 1000;

fs::path folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

std::string cause_of(int code) {
  switch (code) {
    case ENOSPC:
      return "the disk is full";
    case EDQUOT:
      return "the disk quota is used up";
    case EFBIG:
      return "the file is larger than the system allows";
    default:
      return std::generic_category().message(code);
  }
}

}  // namespace

Error write_error(const std::string& path, int code, const std::string& cause) {
  return Error(fmt::format("cannot write {}: {}", path, code == 0 ? cause : cause_of(code)));
}

void check_output_path(const std::string& path) {
  const fs::path folder = folder_of(path);
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) {
    throw UsageError(fmt::format("cannot write {}: there is no folder {}", path, folder.string()));
  }
  if (!fs::is_directory(status)) {
    throw UsageError(fmt::format("cannot write {}: {} is not a folder", path, folder.string()));
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    throw UsageError(fmt::format("cannot write {}: the folder {} may not be written to ({})", path, folder.string(),
                                 std::generic_category().message(errno)));
  }
  if (fs::is_directory(path, error)) {
    throw UsageError(fmt::format("cannot write {}: it is a folder", path));
  }
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  check_output_path(path_);
  const std::string name = fs::path(path_).filename().string();
  const fs::path folder = fs::path(path_).parent_path();
  // A killed run may have left the name that this process would take first.
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    const std::string suffix = attempt == 0 ? "" : fmt::format("-{}", attempt);
    temporary_ = (folder / fmt::format(".{}.tmp-{}{}", name, getpid(), suffix)).string();
    const int descriptor = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      close(descriptor);
      return;
    }
    if (errno != EEXIST) {
      throw write_error(path_, errno);
    }
  }
  throw write_error(path_, EEXIST);
}

AtomicFile::~AtomicFile() {
  if (!committed_) {
    unlink(temporary_.c_str());
  }
}

void AtomicFile::commit() {
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw write_error(path_, errno);
  }
  committed_ = true;
}

FileBytes::FileBytes(const AtomicFile& file)
    : path_(file.path()), descriptor_(open(file.temporary().c_str(), O_WRONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    throw write_error(path_, errno);
  }
  buffer_.reserve(kBufferBytes);
}

FileBytes::~FileBytes() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

void FileBytes::write_all(std::string_view bytes, std::int64_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      throw write_error(path_, count == 0 ? ENOSPC : errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += count;
  }
}

void FileBytes::flush() {
  write_all(buffer_, written_);
  written_ += static_cast<std::int64_t>(buffer_.size());
  buffer_.clear();
}

void FileBytes::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    flush();
  }
  if (bytes.size() > kBufferBytes) {
    write_all(bytes, written_);
    written_ += static_cast<std::int64_t>(bytes.size());
    return;
  }
  buffer_ += bytes;
}

void FileBytes::rewrite_start(std::string_view bytes) {
  flush();
  write_all(bytes, 0);
}

void FileBytes::close() {
  flush();
  if (::close(std::exchange(descriptor_, -1)) != 0) {
    throw write_error(path_, errno);
  }
}

void write_file(const std::string& path, std::string_view bytes) {
  AtomicFile file(path);
  FileBytes out(file);
  out.write(bytes);
  out.close();
  file.commit();
}

std::string read_file(const std::string& path) {
  const auto fail = [&](const std::string& reason) {
    return InputError({.path = path, .reason = reason, .row = {}, .column = {}, .byte = {}});
  };
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw fail(errno == ENOENT ? "there is no such file" : std::generic_category().message(errno));
  }
  std::string bytes;
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    close(descriptor);
    throw fail("is a directory, expected a table");
  }
  std::size_t used = 0;
  bytes.resize(std::max<std::size_t>(static_cast<std::size_t>(status.st_size) + 1, 4096));
  for (;;) {
    if (used == bytes.size()) {
      bytes.resize(2 * bytes.size());
    }
    const ssize_t count = read(descriptor, bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      const int code = errno;
      close(descriptor);
      throw fail(std::generic_category().message(code));
    }
    if (count == 0) {
      break;
    }
    used += static_cast<std::size_t>(count);
  }
  close(descriptor);
  bytes.resize(used);
  return bytes;
}

}  // namespace pumice
