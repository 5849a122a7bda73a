#include "core/read_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "core/clock.hpp"

namespace pumice {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

/// What one thread reads into.
class Share {
 public:
  explicit Share(std::span<std::byte> memory) : memory_(memory), piece_(std::min(kPiece, memory.size())) {}

  /// Bytes of the file.
  std::int64_t read(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      return 0;
    }
    std::int64_t size = 0;
    for (;;) {
      const ssize_t got = pread(file, memory_.data() + at_, piece_, static_cast<off_t>(size));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got <= 0) {
        break;
      }
      size += got;
      at_ = at_ + 2 * piece_ <= memory_.size() ? at_ + piece_ : 0;
    }
    close(file);
    return size;
  }

 private:
  std::span<std::byte> memory_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

}  // namespace

FilesRead read_files(const std::vector<std::string>& paths, int threads, std::span<std::byte> memory) {
  const std::size_t share = memory.size() / static_cast<std::size_t>(threads);
  std::atomic<std::size_t> next = 0;
  std::atomic<std::int64_t> bytes = 0;
  const Clock::time_point start = Clock::now();
  {
    std::vector<std::jthread> readers;
    for (int t = 0; t < threads; ++t) {
      readers.emplace_back([&, mine = Share(memory.subspan(static_cast<std::size_t>(t) * share, share))]() mutable {
        std::int64_t size = 0;
        for (std::size_t i = 0; (i = next++) < paths.size();) {
          size += mine.read(paths[i]);
        }
        bytes += size;
      });
    }
  }
  return {.seconds = seconds_since(start), .bytes = bytes};
}

}  // namespace pumice
