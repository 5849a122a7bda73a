#include "core/sequencer.hpp"

#include <algorithm>
#include <utility>

namespace pumice {
namespace {

/// A consumer that has slept this long is woken for a single result. One that fell asleep just now is left alone until
/// there are more: where a recording takes microseconds, waking somebody for each would cost more than the recording.
constexpr std::chrono::nanoseconds kNap = std::chrono::milliseconds(1);

std::int64_t now_ns() { return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

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
  ready_.notify_one();
  room_.wait(lock, [&] { return stopping_ || has_room(recording); });
  --waiting_for_room_;
  return !stopping_;
}

RecordingResult& Sequencer::result_of(std::int64_t recording) { return place_of(recording).result; }

void Sequencer::put(std::int64_t recording) {
  place_of(recording).ready = true;
  const bool is_last = ++put_ == total_;
  // The consumer says that it sleeps before it looks whether its result is ready: one of the two sees the other.
  const std::int64_t asleep_since = asleep_since_ns_;
  if (asleep_since == 0) {
    return;
  }
  const std::int64_t wanted = delivered_;
  if (place_of(wanted).ready && (is_last || waiting_for_room_ > 0 || recording - wanted >= window_ / 2 ||
                                 now_ns() - asleep_since >= kNap.count())) {
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

void Sequencer::wake_who_waits_for_room() {
  if (waiting_for_room_ > 0) {
    const std::lock_guard lock(mutex_);
    room_.notify_all();
  }
}

/// The place of the result that was lent is free for another. Workers are woken once there is room for several.
void Sequencer::take_back() {
  Place& place = place_of(delivered_);
  place.result.clear();
  place.ready = false;
  is_lent_ = false;
  if (++delivered_ % std::max<std::int64_t>(1, window_ / 4) == 0) {
    wake_who_waits_for_room();
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
    wake_who_waits_for_room();
    asleep_since_ns_ = now_ns();
    std::unique_lock lock(mutex_);
    const bool awake = ready_.wait_until(lock, deadline, [&] { return stopping_ || place.ready; });
    asleep_since_ns_ = 0;
    if (!awake) {
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
