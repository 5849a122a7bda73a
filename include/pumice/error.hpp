/// What can go wrong, as types: the caller's fault, the input's, the machine's.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace pumice {

/// Base of every exception that pumice throws.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What is wrong with one input file. A status of its rows, not an exception, while a run goes on.
struct InputProblem {
  std::string path;
  std::string reason;                 ///< e.g. "has 9 cells, expected 10"
  std::optional<std::int64_t> row;    ///< line of the file, counted from 1, the header included
  std::optional<std::string> column;  ///< the channel's name, or its number from 1 where there is none
  std::optional<std::int64_t> byte;   ///< offset in the (decompressed) file, from 0
  bool other_table = false;           ///< a table of something else, labels say: no channel is among its columns

  /// "train/17.csv: row 312: has 9 cells, expected 10"
  [[nodiscard]] std::string message() const;
};

/// A file cannot be used, and the run cannot go on without it.
class InputError : public Error {
 public:
  explicit InputError(InputProblem problem);
  /// `what` says more than the problem, as where it is the first of several.
  InputError(const std::string& what, InputProblem problem);
  [[nodiscard]] const InputProblem& problem() const noexcept { return problem_; }

 private:
  InputProblem problem_;
};

/// The caller asked for something that cannot be done as asked. The program exits with 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// Something that this build or this machine does not have: a GPU, a driver, Arrow. The message says what is missing.
class UnavailableError : public Error {
 public:
  using Error::Error;
};

/// A call of a CUDA library failed.
class CudaError : public Error {
 public:
  CudaError(const std::string& what, int code, bool fatal) : Error(what), code_(code), fatal_(fatal) {}
  [[nodiscard]] int code() const noexcept { return code_; }
  /// True where the CUDA context is lost and CUDA cannot be used again in this process.
  [[nodiscard]] bool fatal() const noexcept { return fatal_; }

 private:
  int code_;
  bool fatal_;
};

/// The run was stopped on request (Ctrl-C, SIGTERM, a stop token).
class Cancelled : public Error {
 public:
  using Error::Error;
};

}  // namespace pumice
