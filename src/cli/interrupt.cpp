#include "cli/interrupt.hpp"

#include <pthread.h>

#include <csignal>

namespace pumice::cli {

Interrupt::Interrupt() {
  sigemptyset(&watched_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_IGN) {
      sigaddset(&watched_, number);
    }
  }
  std::signal(SIGPIPE, SIG_IGN);  // what nobody reads is lost, not the run
  sigaddset(&watched_, SIGTERM);  // the destructor wakes the watcher with it
  pthread_sigmask(SIG_BLOCK, &watched_, &previous_);
  watcher_ = std::jthread([this] { watch(); });
}

Interrupt::~Interrupt() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    ended_.notify_all();
    if (signal_ == 0) {
      pthread_kill(watcher_.native_handle(), SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread): sigwait takes it
    }
  }
  watcher_.join();
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

void Interrupt::watch() {
  int number = 0;
  sigwait(&watched_, &number);
  std::unique_lock lock(mutex_);
  if (ending_) {
    return;
  }
  signal_ = number;
  // From here on this thread takes the next signal, with its default action: the end.
  pthread_sigmask(SIG_UNBLOCK, &watched_, nullptr);
  lock.unlock();
  stop_.request_stop();
  lock.lock();
  ended_.wait(lock, [this] { return ending_; });
}

}  // namespace pumice::cli
