#include "cli/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <thread>

namespace pumice::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr Progress kHalf{.done = 50, .total = 100, .bytes = 4000000000, .skipped = 1, .seconds = 2};

/// What is written to stderr while `f` runs, and stderr is `descriptor`.
template <class F>
std::string written(int read_end, int write_end, F f) {
  const int own = dup(STDERR_FILENO);
  dup2(write_end, STDERR_FILENO);
  f();
  std::fflush(stderr);
  dup2(own, STDERR_FILENO);
  close(own);
  // What was written to a terminal arrives in pieces and a little later.
  std::string text;
  pollfd waiting{.fd = read_end, .events = POLLIN, .revents = 0};
  while (poll(&waiting, 1, 200) > 0) {
    char piece[4096];
    const ssize_t size = read(read_end, piece, sizeof piece);
    if (size <= 0) {
      break;
    }
    text.append(piece, static_cast<std::size_t>(size));
  }
  close(read_end);
  close(write_end);
  return text;
}

template <class F>
std::string written_to_pipe(F f) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  return written(ends[0], ends[1], f);
}

TEST(Progress, IsAPlainLineAnIntervalInAPipe) {
  const std::string text = written_to_pipe([] {
    ProgressPrinter printer(ProgressMode::kAuto, std::chrono::milliseconds(50));
    printer.update(kHalf);
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    printer.update(kHalf);
    printer.update(kHalf);
  });
  EXPECT_EQ(text, "50 %  50/100 segments  25 segments/s  2.00 GB/s  2 s left  1 skipped\n");
}

TEST(Progress, SaysNothingSoonInAPipe) {
  EXPECT_EQ(written_to_pipe([] { ProgressPrinter(ProgressMode::kAuto).update(kHalf); }), "");
}

TEST(Progress, IsABarOnATerminalThatIsTakenAway) {
  int terminal = -1;
  int program = -1;
  const winsize size{.ws_row = 24, .ws_col = 120, .ws_xpixel = 0, .ws_ypixel = 0};
  ASSERT_EQ(openpty(&terminal, &program, nullptr, nullptr, &size), 0);
  const std::string text = written(terminal, program, [] {
    ProgressPrinter printer(ProgressMode::kAuto);
    printer.update(kHalf);
    printer.message("a line above");
  });
  EXPECT_THAT(text, StartsWith("\r[####################....................] 50 %  50/100 segments"));
  EXPECT_THAT(text, HasSubstr("\r\x1b[Ka line above"));
}

TEST(Progress, IsSilentWhereItIsNotWanted) {
  EXPECT_EQ(written_to_pipe([] {
              ProgressPrinter printer(ProgressMode::kNever, std::chrono::milliseconds(0));
              printer.update(kHalf);
            }),
            "");
}

}  // namespace
}  // namespace pumice::cli
