#include "core/module.hpp"

#include <dlfcn.h>
#include <fmt/core.h>

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "pumice/error.hpp"

namespace pumice {
namespace {

namespace fs = std::filesystem;

/// The folder that the code of this library was loaded from.
fs::path library_directory() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&library_directory), &info) != 0 && info.dli_fname != nullptr) {
    // A program that holds the library statically is named as it was called, which may be without a folder.
    const std::string_view name(info.dli_fname);
    std::error_code error;
    const fs::path path = name.find('/') == std::string_view::npos ? fs::canonical("/proc/self/exe", error)
                                                                   : fs::absolute(fs::path(name), error);
    if (!error) {
      return path.parent_path();
    }
  }
  return fs::path(".");
}

std::vector<fs::path> module_directories(const std::string& directory) {
  if (!directory.empty()) {
    return {fs::path(directory)};
  }
  const fs::path beside = library_directory();
#ifdef PUMICE_PACKAGE_DIRECTORY
  // The program of a wheel lies among the scripts, its modules with the package.
  return {beside, beside / "pumice", (beside / PUMICE_PACKAGE_DIRECTORY).lexically_normal()};
#else
  return {beside, beside / "pumice"};
#endif
}

std::string file_name(const std::string& name) { return fmt::format("libpumice_{}.so", name); }

/// The dynamic linker's sentence in ours: "libx.so.1: cannot open shared object file: .." -> "libx.so.1 is missing".
std::string cause(std::string_view message) {
  constexpr std::string_view kMissing = ": cannot open shared object file: No such file or directory";
  if (message.ends_with(kMissing)) {
    return fmt::format("{} is missing", message.substr(0, message.size() - kMissing.size()));
  }
  return std::string(message);
}

}  // namespace

Module::Module(const std::string& path) : path_(path) {
  // RTLD_NODELETE: vtables of the module's objects must stay where they are.
  handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle_ == nullptr) {
    const char* message = dlerror();
    throw UnavailableError(cause(message == nullptr ? "unknown error" : message));
  }
}

Module::~Module() {
  if (handle_ != nullptr) {
    dlclose(handle_);
  }
}

Module::Module(Module&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), path_(std::move(other.path_)) {}

Module& Module::operator=(Module&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(path_, other.path_);
  return *this;
}

void* Module::symbol(const char* name) const {
  void* found = dlsym(handle_, name);
  if (found == nullptr) {
    throw UnavailableError(fmt::format("{} has no function {}: it is not a module of this version", path_, name));
  }
  return found;
}

std::optional<std::string> find_module(const std::string& name, const std::string& directory) {
  for (const fs::path& folder : module_directories(directory)) {
    const fs::path path = folder / file_name(name);
    std::error_code error;
    if (fs::exists(path, error)) {
      // With a slash in it, or the linker would search its own folders.
      return fs::absolute(path, error).string();
    }
  }
  return std::nullopt;
}

Module open_module(const std::string& name, const std::string& directory) {
  const std::optional<std::string> path = find_module(name, directory);
  if (!path) {
    std::string places;
    for (const fs::path& folder : module_directories(directory)) {
      places += (places.empty() ? "" : " or ") + folder.string();
    }
    throw UnavailableError(fmt::format("{} is not in {}", file_name(name), places));
  }
  Module module(*path);
  const std::string version = module.function<const char*()>("pumice_module_version")();
  if (version != PUMICE_VERSION) {
    throw UnavailableError(fmt::format("{} is of pumice {}, but this is pumice {}: build or install them together",
                                       *path, version, PUMICE_VERSION));
  }
  return module;
}

}  // namespace pumice
