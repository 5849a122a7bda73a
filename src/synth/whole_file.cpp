#include "synth/whole_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "pumice/error.hpp"

namespace pumice::synth {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void fail(const std::filesystem::path& path) {
  const int cause = errno;
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  throw Error(fmt::format("{}: {}", path.string(), std::generic_category().message(cause)));
}

}  // namespace

void write_whole_file(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path part = path.string() + std::string(kPartExtension);
  std::unique_ptr<std::FILE, Close> file(std::fopen(part.c_str(), "wb"));
  if (!file) {
    fail(part);
  }
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() || std::fclose(file.release()) != 0) {
    fail(part);
  }
  if (std::rename(part.c_str(), path.c_str()) != 0) {
    fail(part);
  }
}

}  // namespace pumice::synth
