#include "core/cuda_limits.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <type_traits>

#include "core/clock.hpp"
#include "core/module.hpp"
#include "pumice/error.hpp"

namespace pumice {
namespace {

static_assert(std::is_trivially_copyable_v<CudaLimits>, "it goes through a pipe as it is");

void write_all(int file, const void* data, std::size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t done = write(file, at, bytes);
    if (done <= 0 && errno != EINTR) {
      return;
    }
    at += done > 0 ? done : 0;
    bytes -= static_cast<std::size_t>(done > 0 ? done : 0);
  }
}

std::string read_all(int file) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = read(file, buffer.data(), buffer.size());
    if (got > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      return text;
    }
  }
}

/// In the child: one byte that says which, then the limits or the reason.
void measure_into(int pipe, int ordinal, const CudaWork& work, const std::string& module_directory) {
  std::string reason;
  try {
    CudaLimits limits;
    const Clock::time_point start = Clock::now();
    const Module module = open_module("cuda", module_directory);
    const double open_s = seconds_since(start);
    module.function<MeasureCuda>(kMeasureCuda)(ordinal, work, limits);
    limits.open_s = open_s;
    write_all(pipe, "+", 1);
    write_all(pipe, &limits, sizeof(limits));
    return;
  } catch (const std::exception& error) {
    reason = error.what();
  }
  write_all(pipe, "-", 1);
  write_all(pipe, reason.data(), reason.size());
}

}  // namespace

MeasuredCuda measure_cuda(int ordinal, const CudaWork& work, const std::string& module_directory) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    throw Error(std::string("no pipe: ") + std::strerror(errno));
  }
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    throw Error(std::string("no process to measure the GPU in: ") + std::strerror(errno));
  }
  if (child == 0) {
    close(ends[0]);
    measure_into(ends[1], ordinal, work, module_directory);
    _exit(0);  // nothing of the parent's is flushed or torn down twice
  }
  close(ends[1]);
  const std::string answer = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  MeasuredCuda measured;
  measured.ordinal = ordinal;
  if (answer.size() == 1 + sizeof(CudaLimits) && answer[0] == '+') {
    std::memcpy(&measured.limits, answer.data() + 1, sizeof(CudaLimits));
  } else {
    measured.absent = answer.starts_with('-') ? answer.substr(1) : "the process that measured it died";
  }
  return measured;
}

}  // namespace pumice
