#include "core/sequencer.hpp"

#include <algorithm>
#include <utility>

namespace pumice {

Sequencer::Sequencer(std::int64_t total, std::int64_t window)
    : total_(total), window_(window), places_(static_cast<std::size_t>(window)) {}

std::optional<std::int64_t> Sequencer::take() {
  if (stopping_) {
    return std::nullopt;
  }
  const std::int64_t recording = taken_.fetch_add(1);
  return recording < total_ ? std::optional(recording) : std::nullopt;
}

bool Sequencer::has_room(std::int64_t recording) const { return recording < delivered_ + window_; }

bool Sequencer::wait_for_room(std::int64_t recording) {
  std::unique_lock lock(mutex_);
  ++waiting_for_room_;
  room_.wait(lock, [&] { return stopping_ || has_room(recording); });
  --waiting_for_room_;
  return !stopping_;
}

RecordingResult& Sequencer::result_of(std::int64_t recording) { return place_of(recording).result; }

void Sequencer::put(std::int64_t recording) {
  place_of(recording).ready = true;
  // The consumer says which result it wants before it looks whether that is ready: one of the two sees the other.
  if (recording == delivered_) {
    const std::lock_guard lock(mutex_);
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

std::exception_ptr Sequencer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

/// The place of the result that was lent is free for another.
void Sequencer::take_back() {
  Place& place = place_of(delivered_);
  place.result.clear();
  place.ready = false;
  is_lent_ = false;
  ++delivered_;
  if (waiting_for_room_ > 0) {
    const std::lock_guard lock(mutex_);
    room_.notify_all();
  }
}

Sequencer::Next Sequencer::next(RecordingResult*& out, std::chrono::steady_clock::time_point deadline) {
  if (is_lent_) {
    take_back();
  }
  if (delivered_ == total_) {
    return Next::kEnd;
  }
  Place& place = place_of(delivered_);
  if (!place.ready) {
    std::unique_lock lock(mutex_);
    if (!ready_.wait_until(lock, deadline, [&] { return stopping_ || place.ready; })) {
      return Next::kTimeout;
    }
  }
  if (stopping_) {
    return Next::kStopped;
  }
  out = &place.result;
  is_lent_ = true;
  return Next::kResult;
}

}  // namespace pumice
