/// Loadable modules: parts of pumice that need libraries which a machine may not have (CUDA, Arrow), opened on use.
#pragma once

#include <optional>
#include <string>

namespace pumice {

/// An opened module. It stays in the process when this handle is gone, since objects made by it may outlive the handle.
class Module {
 public:
  /// Opens the shared library at `path`. Throws UnavailableError with the cause alone ("libcufft.so.12 is missing").
  explicit Module(const std::string& path);
  ~Module();
  Module(Module&& other) noexcept;
  Module& operator=(Module&& other) noexcept;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// A C function that the module exports: `module.function<Table*()>("pumice_make_table")`. Throws UnavailableError
  /// where there is none of that name.
  template <class Function>
  [[nodiscard]] Function* function(const char* name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  [[nodiscard]] void* symbol(const char* name) const;

  void* handle_ = nullptr;
  std::string path_;
};

/// Path of `libpumice_<name>.so` in `directory`, or, where that is empty, beside this library or in `pumice/` below
/// it, and for the program of a wheel in the package of Python. Null where it was not built or not installed.
[[nodiscard]] std::optional<std::string> find_module(const std::string& name, const std::string& directory = {});

/// Finds and opens a module and checks that it was built with this library. Throws UnavailableError with the cause:
/// `libpumice_cuda.so is not in /usr/lib or /usr/lib/pumice`, `libcufft.so.12 is missing`, `.. is of pumice 0.1.0, ..`.
[[nodiscard]] Module open_module(const std::string& name, const std::string& directory = {});

}  // namespace pumice

/// Stands once in every module, at namespace scope, in a target that defines PUMICE_VERSION as the library does:
/// a module and a library of different versions share no interface.
#define PUMICE_DEFINE_MODULE_VERSION                                                     \
  extern "C" __attribute__((visibility("default"))) const char* pumice_module_version(); \
  extern "C" __attribute__((visibility("default"))) const char* pumice_module_version() { return PUMICE_VERSION; }
