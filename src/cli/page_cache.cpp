#include "cli/page_cache.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace pumice::cli {
namespace {

enum class Held : std::uint8_t { kNo, kYes, kUnknown };

Held drop(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return Held::kUnknown;
  }
  fdatasync(file);  // what is not written yet cannot be dropped
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  char byte = 0;
  const iovec piece{.iov_base = &byte, .iov_len = 1};
  const ssize_t got = preadv2(file, &piece, 1, 0, RWF_NOWAIT);
  const bool would_wait = got < 0 && errno == EAGAIN;
  close(file);
  return would_wait ? Held::kNo : got == 1 ? Held::kYes : Held::kUnknown;
}

}  // namespace

double drop_from_page_cache(const std::vector<Recording>& recordings) {
  std::size_t held = 0;
  for (const Recording& recording : recordings) {
    held += drop(recording.path.c_str()) == Held::kNo ? 0 : 1;
  }
  return recordings.empty() ? 0 : static_cast<double>(held) / static_cast<double>(recordings.size());
}

}  // namespace pumice::cli
