#include "core/slot_ring.hpp"

#include <algorithm>
#include <utility>

#include "pumice/error.hpp"

namespace pumice {

SlotRing::~SlotRing() {
  for (RingSlot& slot : slots_) {
    if (slot.in_flight) {
      try {
        static_cast<void>(slot.slot->wait());
      } catch (...) {  // the run has failed already, with the first error
      }
    }
  }
}

RingSlot* SlotRing::find(State state) {
  const auto found =
      std::find_if(slots_.begin(), slots_.end(), [&](const RingSlot& slot) { return slot.state_ == state; });
  return found == slots_.end() ? nullptr : &*found;
}

bool SlotRing::any(State state) const {
  return std::any_of(slots_.begin(), slots_.end(), [&](const RingSlot& slot) { return slot.state_ == state; });
}

RingSlot* SlotRing::find_filled() {
  const auto found = std::find_if(slots_.begin(), slots_.end(), [](const RingSlot& slot) {
    return slot.state_ == State::kFilled && !slot.is_sealed_ && !slot.is_full();
  });
  return found == slots_.end() ? nullptr : &*found;
}

template <class Which>
RingSlot* SlotRing::oldest_in_flight(Which which) {
  RingSlot* oldest = nullptr;
  for (RingSlot& slot : slots_) {
    if (slot.state_ == State::kInFlight && which(slot) && (oldest == nullptr || slot.submitted_ < oldest->submitted_)) {
      oldest = &slot;
    }
  }
  return oldest;
}

RingSlot* SlotRing::oldest_in_flight() {
  return oldest_in_flight([](const RingSlot&) { return true; });
}

void SlotRing::refuse_if_aborted() const {
  if (is_aborted_) {
    throw Cancelled("the run has failed");
  }
}

SlotRing::Turn SlotRing::open(RingSlot& slot) {
  slot.state_ = State::kFilled;
  ++slot.open_;
  ++slot.opened_;
  return {Task::kFill, &slot};
}

/// The slot is the caller's alone from here on.
SlotRing::Turn SlotRing::take(RingSlot& slot, Task task) {
  slot.state_ = task == Task::kCollect ? State::kCollected : State::kAlone;
  if (task == Task::kRecover && !slot.failure) {
    slot.failure = failure_;
  }
  if (task == Task::kMake) {
    making_ = &slot;
  }
  return {task, &slot};
}

SlotRing::Turn SlotRing::next_to_fill() {
  std::unique_lock lock(mutex_);
  for (;; changed_.wait(lock)) {
    refuse_if_aborted();
    if (failure_) {
      return finish_one();
    }
    if (RingSlot* const filled = find_filled()) {
      return open(*filled);
    }
    if (RingSlot* const free = find(State::kFree)) {
      return open(*free);
    }
    if (making_ != nullptr) {
      continue;
    }
    if (RingSlot* const unmade = find(State::kUnmade)) {
      return take(*unmade, Task::kMake);
    }
    if (any(State::kCollected)) {
      continue;
    }
    if (RingSlot* const oldest = oldest_in_flight()) {
      return take(*oldest, Task::kCollect);
    }
    if (!any(State::kFilled) && !any(State::kAlone)) {
      return {};
    }
  }
}

SlotRing::Turn SlotRing::next_to_finish() {
  const std::lock_guard lock(mutex_);
  refuse_if_aborted();
  return finish_one();
}

SlotRing::Turn SlotRing::finish_one() {
  if (RingSlot* const filled = find_filled()) {
    filled->is_sealed_ = true;
    if (filled->open_ == 0) {
      return take(*filled, failure_ ? Task::kRecover : Task::kSubmit);
    }
  }
  RingSlot* const oldest = oldest_in_flight();
  return oldest == nullptr ? Turn{} : take(*oldest, Task::kCollect);
}

RingSlot* SlotRing::next_to_advance(std::int64_t& after) {
  const std::lock_guard lock(mutex_);
  if (failure_) {
    return nullptr;
  }
  RingSlot* const oldest =
      oldest_in_flight([&](const RingSlot& slot) { return slot.has_more_ && slot.submitted_ > after; });
  if (oldest == nullptr) {
    return nullptr;
  }
  after = oldest->submitted_;
  return take(*oldest, Task::kNone).slot;
}

void SlotRing::advanced(RingSlot& slot, bool has_more) {
  const std::lock_guard lock(mutex_);
  slot.has_more_ = has_more;
  slot.state_ = State::kInFlight;
  changed_.notify_all();
}

SlotRing::Turn SlotRing::commit(RingSlot& slot, int place, const SegmentTarget& target) {
  const std::lock_guard lock(mutex_);
  const auto at = static_cast<std::size_t>(place);
  slot.targets.resize(std::max(slot.targets.size(), at + 1));
  slot.targets[at] = target;
  ++slot.committed_;
  slot.has_more_ |= !target.text.empty() || target.is_resident;
  return left(slot);
}

SlotRing::Turn SlotRing::leave(RingSlot& slot, bool is_full) {
  const std::lock_guard lock(mutex_);
  slot.is_sealed_ |= is_full;
  return left(slot);
}

SlotRing::Turn SlotRing::fail(RingSlot& slot, const DeviceFailure& failure) {
  const std::lock_guard lock(mutex_);
  if (!slot.failure || failure.fatal) {
    slot.failure = failure;
  }
  slot.is_sealed_ = true;
  if (failure.fatal) {
    close_locked(failure);
  }
  return left(slot);
}

/// The last one to leave a slot that takes nobody in has to do something about it.
SlotRing::Turn SlotRing::left(RingSlot& slot) {
  --slot.open_;
  if (!slot.is_sealed_ && !slot.is_full()) {
    changed_.notify_all();  // somebody may wait for a place
  }
  if (slot.open_ > 0) {
    return {};
  }
  if (slot.failure || failure_) {
    return take(slot, Task::kRecover);
  }
  const bool is_empty = slot.targets.empty();
  if (!is_empty && (slot.is_sealed_ || slot.is_full())) {
    return take(slot, Task::kSubmit);
  }
  if (is_empty) {
    slot.state_ = State::kFree;
    slot.is_sealed_ = false;
    slot.opened_ = 0;
    changed_.notify_all();
  }
  return {};
}

bool SlotRing::is_empty_but_for_me(const RingSlot& slot) const {
  const std::lock_guard lock(mutex_);
  return slot.opened_ == 1;
}

bool SlotRing::put_back(RingSlot& slot, After after) {
  const std::lock_guard lock(mutex_);
  if (making_ == &slot) {
    making_ = nullptr;
  }
  if (after == After::kInFlight) {
    slot.state_ = State::kInFlight;
    slot.submitted_ = ++submitted_;
  } else {
    slot.state_ = after == After::kFree && !failure_ ? State::kFree : State::kGone;
    slot.targets.clear();
    slot.committed_ = 0;
    slot.has_more_ = false;
  }
  slot.is_sealed_ = false;
  slot.opened_ = 0;
  changed_.notify_all();
  return std::any_of(slots_.begin(), slots_.end(), [](const RingSlot& any) { return any.state_ != State::kGone; });
}

void SlotRing::limit(int slots) {
  const std::lock_guard lock(mutex_);
  is_limited_ = true;
  for (std::size_t i = static_cast<std::size_t>(std::max(slots, 1)); i < slots_.size(); ++i) {
    if (slots_[i].state_ == State::kUnmade) {
      slots_[i].state_ = State::kGone;
    }
  }
}

bool SlotRing::is_limited() const {
  const std::lock_guard lock(mutex_);
  return is_limited_;
}

int SlotRing::made() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(slots_.begin(), slots_.end(), [&](const RingSlot& slot) {
    return &slot != making_ && slot.state_ != State::kUnmade && slot.state_ != State::kGone;
  }));
}

void SlotRing::close_locked(const DeviceFailure& failure) {
  if (!failure_) {
    failure_ = failure;
    changed_.notify_all();
  }
}

void SlotRing::close(const DeviceFailure& failure) {
  const std::lock_guard lock(mutex_);
  close_locked(failure);
}

std::exception_ptr SlotRing::why_closed() const {
  const std::lock_guard lock(mutex_);
  return failure_ ? failure_->error : nullptr;
}

void SlotRing::abort() {
  const std::lock_guard lock(mutex_);
  is_aborted_ = true;
  changed_.notify_all();
}

void SlotRing::keep_seconds(const StageSeconds& seconds) {
  const std::lock_guard lock(mutex_);
  seconds_of_the_gone_ += seconds;
}

StageSeconds SlotRing::seconds() const {
  StageSeconds sum = seconds_of_the_gone_;
  for (const RingSlot& slot : slots_) {
    if (slot.slot) {
      sum += slot.slot->seconds();
    }
  }
  return sum;
}

}  // namespace pumice
