#include "io/decompress.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

#include "core/clock.hpp"
#include "io/problem.hpp"

namespace pumice::io {
namespace {

/// An open file; closes itself.
class File {
 public:
  /// A FIFO must not block the run: O_NONBLOCK means nothing to a regular file.
  explicit File(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string error_text(int error) { return std::generic_category().message(error); }

bool starts_with_gzip(std::string_view bytes) { return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b'; }

/// A zstd frame, or a skippable one (0x184D2A50 to 0x184D2A5F, little-endian).
bool starts_with_zstd(std::string_view bytes) {
  if (bytes.size() < 4) {
    return false;
  }
  const bool frame = bytes.substr(0, 4) == "\x28\xb5\x2f\xfd";
  const bool skippable = (bytes[0] & '\xf0') == '\x50' && bytes.substr(1, 3) == "\x2a\x4d\x18";
  return frame || skippable;
}

bool has_extension(std::string_view path, std::string_view extension) {
  return path.size() > extension.size() &&
         std::equal(extension.begin(), extension.end(), path.end() - static_cast<std::ptrdiff_t>(extension.size()),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

}  // namespace

void PaddedBuffer::reserve(std::size_t capacity) {
  if (bytes_ && capacity <= capacity_) {
    return;
  }
  auto grown = std::make_unique_for_overwrite<char[]>(capacity + 2 * kTextPadding);
  std::memset(grown.get(), 0, kTextPadding);
  if (size_ > 0) {
    std::memcpy(grown.get() + kTextPadding, bytes_.get() + kTextPadding, size_);
  }
  bytes_ = std::move(grown);
  capacity_ = capacity;
}

void PaddedBuffer::set_size(std::size_t size) {
  size_ = size;
  std::memset(data() + size, 0, kTextPadding);
}

/// Decompression states, made on first use and kept.
struct TextReader::Archives {
  z_stream gzip{};
  bool gzip_ready = false;
  ZSTD_DCtx* zstd = nullptr;
  ~Archives() {
    if (gzip_ready) {
      inflateEnd(&gzip);
    }
    ZSTD_freeDCtx(zstd);
  }
};

TextReader::TextReader() : archives_(std::make_unique<Archives>()) {}
TextReader::~TextReader() = default;

std::optional<InputProblem> TextReader::read(const std::string& path, double& read_s, double& decompress_s) {
  const auto reading = Clock::now();
  if (auto reason = read_bytes(path, text_, kWhole, true)) {
    return problem_of(path, std::move(*reason));
  }
  read_s += seconds_since(reading);
  const bool gzip = starts_with_gzip(text());
  const bool zstd = starts_with_zstd(text());
  estimated_text_bytes_ = static_cast<std::int64_t>(text_.size());
  complete_ = true;
  if (!gzip && !zstd) {
    if (text_.size() > 0 && (has_extension(path, ".gz") || has_extension(path, ".zst"))) {
      return problem_of(
          path, fmt::format("is not a {} archive, as its name says", has_extension(path, ".gz") ? "gzip" : "zstd"));
    }
    return {};
  }
  const auto decompressing = Clock::now();
  std::swap(text_, archive_);
  if (auto reason = gzip ? inflate_gzip(kWhole) : inflate_zstd(kWhole)) {
    return problem_of(path, std::move(*reason));
  }
  estimated_text_bytes_ = static_cast<std::int64_t>(text_.size());
  decompress_s += seconds_since(decompressing);
  return {};
}

std::optional<std::size_t> TextReader::read_plain(const std::string& path, std::span<char> room) {
  const File file(path);
  struct stat status {};
  if (file.descriptor() < 0 || ::fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode) ||
      has_extension(path, ".gz") || has_extension(path, ".zst")) {
    return {};
  }
  std::size_t size = 0;
  while (size < room.size()) {
    const ssize_t got = ::pread(file.descriptor(), room.data() + size, room.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return {};
    }
    if (got == 0) {
      const std::string_view text(room.data(), size);
      return starts_with_gzip(text) || starts_with_zstd(text) ? std::nullopt : std::optional(size);
    }
    size += static_cast<std::size_t>(got);
  }
  return {};  // there may be more
}

std::optional<InputProblem> TextReader::read_beginning(const std::string& path, std::size_t limit) {
  if (auto reason = read_bytes(path, text_, limit, false)) {
    return problem_of(path, std::move(*reason));
  }
  complete_ = file_complete_;
  estimated_text_bytes_ = file_bytes_;
  const bool gzip = starts_with_gzip(text());
  const bool zstd = starts_with_zstd(text());
  if (!gzip && !zstd) {
    if (text_.size() > 0 && (has_extension(path, ".gz") || has_extension(path, ".zst"))) {
      return problem_of(
          path, fmt::format("is not a {} archive, as its name says", has_extension(path, ".gz") ? "gzip" : "zstd"));
    }
    return {};
  }
  // A block of zstd gives nothing before it is whole, and is up to 128 KiB long.
  constexpr std::size_t kWholeBlock = std::size_t{1} << 18;
  if (auto reason = read_bytes(path, text_, limit + kWholeBlock, false)) {
    return problem_of(path, std::move(*reason));
  }
  complete_ = file_complete_;
  std::swap(text_, archive_);
  if (auto reason = gzip ? inflate_gzip(limit) : inflate_zstd(limit)) {
    return problem_of(path, std::move(*reason));
  }
  if (complete_) {
    estimated_text_bytes_ = static_cast<std::int64_t>(text_.size());
  }
  return {};
}

std::optional<std::string> TextReader::read_bytes(const std::string& path, PaddedBuffer& into, std::size_t limit,
                                                  bool whole) {
  into.reserve(1);
  into.set_size(0);
  const File file(path);
  if (file.descriptor() < 0) {
    return "cannot be opened: " + error_text(errno);
  }
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) {
    return "cannot be read: " + error_text(errno);
  }
  if (S_ISDIR(status.st_mode)) {
    return "is a directory";
  }
  if (!S_ISREG(status.st_mode)) {
    return "is not a regular file";
  }
  file_bytes_ = status.st_size;
  // One byte more than the file is said to have shows its end without a second round.
  std::size_t wanted = static_cast<std::size_t>(status.st_size) + 1;
  if (!whole) {
    wanted = std::min(wanted, limit);
  }
  if (wanted > into.capacity()) {
    into.reserve(wanted + wanted / 8);  // files that are a little larger will not move it again
  }
  std::size_t size = 0;
  file_complete_ = false;
  while (true) {
    if (size == into.capacity()) {
      if (!whole) {
        break;
      }
      into.set_size(size);
      into.reserve(2 * size + 4096);
    }
    const std::size_t room = std::min(whole ? into.capacity() : wanted, into.capacity()) - size;
    if (room == 0) {
      break;
    }
    const ssize_t got = ::pread(file.descriptor(), into.data() + size, room, static_cast<off_t>(size));
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      const int error = errno;
      into.set_size(0);
      return "cannot be read: " + error_text(error);
    }
    if (got == 0) {
      file_complete_ = true;
      break;
    }
    size += static_cast<std::size_t>(got);
  }
  into.set_size(size);
  return {};
}

void TextReader::read_ahead(const std::string& path) {
  const File file(path);
  if (file.descriptor() >= 0) {
    (void)::posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_WILLNEED);
  }
}

void TextReader::grow_text() { text_.reserve(std::max<std::size_t>(2 * text_.capacity(), std::size_t{1} << 16)); }

std::optional<std::string> TextReader::inflate_gzip(std::size_t limit) {
  z_stream& stream = archives_->gzip;
  if (!archives_->gzip_ready) {
    constexpr int kGzipWindow = 15 + 16;
    if (inflateInit2(&stream, kGzipWindow) != Z_OK) {
      throw std::bad_alloc();
    }
    archives_->gzip_ready = true;
  }
  inflateReset(&stream);
  text_.reserve(std::max<std::size_t>(text_.capacity(), 1 << 16));
  text_.set_size(0);
  constexpr std::size_t kStep = std::size_t{1} << 30;
  std::size_t used = 0;
  while (true) {
    if (text_.size() >= limit) {
      complete_ = false;
      break;
    }
    if (text_.size() == text_.capacity()) {
      grow_text();
    }
    const std::size_t in = std::min(archive_.size() - used, kStep);
    const std::size_t room = std::min(text_.capacity() - text_.size(), kStep);
    stream.next_in = reinterpret_cast<Bytef*>(archive_.data() + used);
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(text_.data() + text_.size());
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    used += in - stream.avail_in;
    text_.set_size(text_.size() + room - stream.avail_out);
    if (result == Z_STREAM_END) {
      const std::string_view rest(archive_.data() + used, archive_.size() - used);
      if (rest.find_first_not_of('\0') == std::string_view::npos) {
        complete_ = file_complete_;
        break;
      }
      if (!starts_with_gzip(rest)) {
        if (!file_complete_ && rest.size() < 2) {
          complete_ = false;
          break;
        }
        return "has other bytes after its gzip archive";
      }
      inflateReset(&stream);
    } else if (result == Z_BUF_ERROR ||
               (result == Z_OK && stream.avail_in == 0 && used == archive_.size() && stream.avail_out > 0)) {
      if (file_complete_) {
        return "is a truncated gzip archive";
      }
      complete_ = false;
      break;
    } else if (result == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (result != Z_OK) {
      return fmt::format("is a corrupt gzip archive ({})", stream.msg != nullptr ? stream.msg : "unexpected data");
    }
  }
  if (!complete_ && used > 0) {
    estimated_text_bytes_ = static_cast<std::int64_t>(static_cast<double>(file_bytes_) *
                                                      static_cast<double>(text_.size()) / static_cast<double>(used));
  }
  return {};
}

std::optional<std::string> TextReader::inflate_zstd(std::size_t limit) {
  if (archives_->zstd == nullptr) {
    archives_->zstd = ZSTD_createDCtx();
    if (archives_->zstd == nullptr) {
      throw std::bad_alloc();
    }
    ZSTD_DCtx_setParameter(archives_->zstd, ZSTD_d_windowLogMax, 31);
  }
  ZSTD_DCtx_reset(archives_->zstd, ZSTD_reset_session_only);
  text_.reserve(std::max<std::size_t>(text_.capacity(), 1 << 16));
  text_.set_size(0);
  ZSTD_inBuffer in{archive_.data(), archive_.size(), 0};
  std::size_t expected = 1;
  while (true) {
    if (text_.size() >= limit) {
      complete_ = false;
      break;
    }
    if (text_.size() == text_.capacity()) {
      grow_text();
    }
    ZSTD_outBuffer out{text_.data() + text_.size(), text_.capacity() - text_.size(), 0};
    const std::size_t before = in.pos;
    expected = ZSTD_decompressStream(archives_->zstd, &out, &in);
    if (ZSTD_isError(expected) != 0) {
      return fmt::format("is a corrupt zstd archive ({})", ZSTD_getErrorName(expected));
    }
    text_.set_size(text_.size() + out.pos);
    if (in.pos == in.size && (expected == 0 || (out.pos < out.size && in.pos == before) || out.pos < out.size)) {
      if (expected == 0) {
        complete_ = file_complete_;
        break;
      }
      if (file_complete_) {
        return "is a truncated zstd archive";
      }
      complete_ = false;
      break;
    }
  }
  if (!complete_ && in.pos > 0) {
    estimated_text_bytes_ = static_cast<std::int64_t>(static_cast<double>(file_bytes_) *
                                                      static_cast<double>(text_.size()) / static_cast<double>(in.pos));
  }
  return {};
}

}  // namespace pumice::io
