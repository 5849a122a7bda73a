/// Ctrl-C and SIGTERM as a stop token, without a signal handler.
#pragma once

#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace pumice::cli {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP asks to stop and the second one ends the program. Make it before
/// other threads: they inherit the blocked signals. A signal that the parent had us ignore stays ignored.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  /// The signal that came, or 0.
  [[nodiscard]] int signal() const { return signal_; }

 private:
  void watch();

  sigset_t watched_{};
  sigset_t previous_{};
  std::stop_source stop_;
  std::atomic<int> signal_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::jthread watcher_;
};

}  // namespace pumice::cli
