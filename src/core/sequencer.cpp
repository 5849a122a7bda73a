#include "core/sequencer.hpp"

#include <utility>

namespace pumice {

std::optional<std::int64_t> Sequencer::take() {
  const std::lock_guard lock(mutex_);
  if (stopping_ || taken_ == total_) {
    return std::nullopt;
  }
  return taken_++;
}

bool Sequencer::has_room(std::int64_t recording) {
  const std::lock_guard lock(mutex_);
  return recording < delivered_ + window_;
}

bool Sequencer::wait_for_room(std::int64_t recording) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return stopping_ || recording < delivered_ + window_; });
  return !stopping_;
}

void Sequencer::put(RecordingResult&& result) {
  const std::lock_guard lock(mutex_);
  const std::int64_t recording = result.recording;
  waiting_.emplace(recording, std::move(result));
  if (recording == delivered_) {
    ready_.notify_one();
  }
}

void Sequencer::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  room_.notify_all();
  ready_.notify_all();
}

void Sequencer::fail(std::exception_ptr failure) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) {
      failure_ = std::move(failure);
    }
  }
  stop();
}

bool Sequencer::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

std::exception_ptr Sequencer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

Sequencer::Next Sequencer::next(RecordingResult& out, std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (delivered_ == total_) {
    return Next::kEnd;
  }
  const auto is_ready = [&] { return stopping_ || (!waiting_.empty() && waiting_.begin()->first == delivered_); };
  if (!ready_.wait_until(lock, deadline, is_ready)) {
    return Next::kTimeout;
  }
  if (stopping_) {
    return Next::kStopped;
  }
  out = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  ++delivered_;
  room_.notify_all();
  return Next::kResult;
}

}  // namespace pumice
