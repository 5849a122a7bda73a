#include "core/engine_lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "pumice/error.hpp"

namespace pumice {

EngineLanes::EngineLanes(EngineRun& run, EngineGroup& group, TextRoute& texts)
    : run_(run), group_(group), texts_(texts) {
  Backend& backend = group.backend;
  if (backend.borrows_input()) {
    at_once_ = backend.make_slot(run.plan, samples(), 1);
    return;
  }
  Failure failure;
  try {
    const int slots = group.sizes.threads * group.sizes.slots_per_worker;
    const int fitting = backend.fitting_batch(run.plan, samples(), group.sizes.batch_segments, slots);
    lanes_.resize(static_cast<std::size_t>(group.sizes.slots_per_worker));
    for (Lane& lane : lanes_) {
      lane.segments = std::min(group.batch_segments.load(), fitting);
      if (!make_slot(lane, failure)) {
        break;
      }
    }
  } catch (...) {
    failure = failure_of_device();
  }
  for (std::string& line : backend.take_notices()) {
    run.notices.add(std::move(line));
  }
  if (failure.error) {
    leave_device(failure);
  }
}

/// A slot that is torn down while it computes would pull its memory away: wait, whatever comes of it.
EngineLanes::~EngineLanes() {
  for (Lane& lane : lanes_) {
    if (lane.in_flight) {
      try {
        static_cast<void>(lane.slot->wait());
      } catch (...) {  // the run has failed already, with the first error
      }
    }
  }
}

/// What the exception that is being handled says of the device; rethrows one that is not the device's.
EngineLanes::Failure EngineLanes::failure_of_device() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return {std::current_exception(), "out of memory", false};
  } catch (const CudaError& error) {
    return {std::current_exception(), error.what(), error.fatal()};
  } catch (const UnavailableError& error) {
    return {std::current_exception(), error.what(), true};
  }
}

std::int64_t EngineLanes::samples() const { return std::max<std::int64_t>(1, run_.options.segment_samples); }

/// A slot for the lane's batch, or for half of it, and so on; false where not even one segment fits.
bool EngineLanes::make_slot(Lane& lane, Failure& failure) {
  do {
    try {
      lane.slot = group_.backend.make_slot(run_.plan, samples(), lane.segments);
      failure = {};
      return true;
    } catch (...) {
      failure = failure_of_device();
    }
  } while (halve(lane, failure));
  return false;
}

bool EngineLanes::halve(Lane& lane, const Failure& failure) {
  if (failure.fatal || lane.segments == 1) {
    return false;
  }
  lane.segments /= 2;
  int known = group_.batch_segments;
  while (lane.segments < known && !group_.batch_segments.compare_exchange_weak(known, lane.segments)) {
  }
  if (lane.segments < known) {
    run_.notices.add(fmt::format("{}: batches of {} segments from here on ({})", group_.backend.name(), lane.segments,
                                 failure.what));
  }
  return true;
}

/// The lane whose turn it is, with its earlier batch collected; null where segments are computed at once.
EngineLanes::Lane* EngineLanes::lane_to_fill() {
  if (!at_once_ && group_.retired) {
    leave_device({.error = {}, .what = {}, .fatal = true});
  }
  while (!at_once_ && lanes_[current_].in_flight) {
    collect(lanes_[current_]);
  }
  return at_once_ ? nullptr : &lanes_[current_];
}

void EngineLanes::add(const PreparedSegment& segment, SegmentTarget target) {
  while (Lane* const lane = lane_to_fill()) {
    switch (put(*lane, segment)) {
      case Put::kTaken:
        lane->targets.push_back(target);
        return;
      case Put::kFull:
        submit_and_turn(*lane);
        break;
      case Put::kTooLarge:
        compute_on_spare(segment, target);
        return;
      case Put::kDeviceLeft:
        break;
    }
  }
  compute(*at_once_, segment, target);
  ++(is_on_spare_ ? spare_segments_ : segments_);
}

EngineLanes::Put EngineLanes::put(Lane& lane, const PreparedSegment& segment) {
  for (;;) {
    try {
      if (lane.slot->add(segment)) {
        return Put::kTaken;
      }
    } catch (...) {
      if (recover(lane, failure_of_device())) {
        continue;
      }
      return at_once_ ? Put::kDeviceLeft : Put::kTooLarge;
    }
    if (lane.targets.empty()) {
      throw Error("an empty slot of " + group_.backend.name() + " refused a segment");
    }
    return Put::kFull;
  }
}

/// For a lane that is full: the next one is filled then.
void EngineLanes::submit_and_turn(Lane& lane) {
  current_ = (current_ + 1) % lanes_.size();
  submit(lane);
}

void EngineLanes::submit(Lane& lane) {
  try {
    lane.slot->submit();
    lane.in_flight = true;
  } catch (...) {
    recover(lane, failure_of_device());
  }
}

/// Waits for a slot, and hands its values to the recordings they belong to. What it has refused is added again, perhaps
/// to another lane: this one may be gone then.
void EngineLanes::collect(Lane& lane) {
  lane.in_flight = false;
  std::span<const double> values;
  try {
    values = lane.slot->wait();
  } catch (...) {
    recover(lane, failure_of_device());
    return;
  }
  SegmentCopies refused;
  take_results(lane, values, refused);
  for (std::size_t i = 0; i < refused.targets.size(); ++i) {
    add(refused.segments[i], refused.targets[i]);
  }
}

/// What is refused comes in a further round, as columns.
void EngineLanes::flush() {
  const auto owes = [](const Lane& lane) { return !lane.targets.empty(); };
  while (std::any_of(lanes_.begin(), lanes_.end(), owes)) {
    // A failure may leave the device, and no lane with it.
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (!lanes_[i].in_flight && owes(lanes_[i])) {
        submit(lanes_[i]);
      }
    }
    for (std::size_t i = 1; i <= lanes_.size(); ++i) {  // the oldest first
      Lane& lane = lanes_[(current_ + i) % lanes_.size()];
      if (lane.in_flight) {
        collect(lane);
        break;
      }
    }
  }
}

/// Computes the lane's batch in spite of a failure. True where the lane has a new slot, of a smaller batch.
bool EngineLanes::recover(Lane& lane, Failure failure) {
  if (failure.fatal && group_.spare == nullptr) {
    std::rethrow_exception(failure.error);
  }
  const auto [batch, targets] = take_segments(lane);
  std::size_t done = 0;
  while (halve(lane, failure)) {
    // The old slot's memory first: it may be what the new one lacks.
    seconds_of_the_gone_ += lane.slot->seconds();
    lane.slot.reset();
    if (!make_slot(lane, failure)) {
      break;
    }
    if (compute_in_pieces(lane, batch, targets, done, failure)) {
      return true;
    }
  }
  if (failure.fatal || !lane.slot) {
    leave_device(failure);
  }
  if (group_.spare == nullptr) {
    std::rethrow_exception(failure.error);
  }
  for (; done < targets.size(); ++done) {
    compute_on_spare(batch[done], targets[done]);
  }
  return false;
}

/// Computes segments from `done` on, and counts them there as their values arrive.
bool EngineLanes::compute_in_pieces(Lane& lane, const OwnedSegments& batch, std::span<const SegmentTarget> targets,
                                    std::size_t& done, Failure& failure) {
  try {
    while (done < targets.size()) {
      std::size_t end = done;
      while (end < targets.size() && lane.slot->add(batch[end])) {
        ++end;
      }
      if (end == done) {
        throw Error("an empty slot of " + group_.backend.name() + " refused a segment");
      }
      lane.slot->submit();
      hand_out(targets.subspan(done, end - done), lane.slot->wait());
      segments_ += static_cast<std::int64_t>(end - done);
      done = end;
    }
    return true;
  } catch (...) {
    failure = failure_of_device();
    return false;
  }
}

/// This worker gives the device nothing more; where the error was fatal, no worker does.
void EngineLanes::leave_device(const Failure& failure) {
  if (group_.spare == nullptr) {
    std::rethrow_exception(failure.error);
  }
  if (!failure.fatal) {
    run_.notices.add(fmt::format("{} has no memory for a batch of one segment: {} computes for one of its threads ({})",
                                 group_.backend.name(), group_.spare->name(), failure.what));
  } else if (!group_.retired.exchange(true)) {
    run_.notices.add(fmt::format("{} failed: {} computes what it had not finished, and the rest ({})",
                                 group_.backend.name(), group_.spare->name(), failure.what));
  }
  for (Lane& lane : lanes_) {
    finish_without_device(lane);
    if (lane.slot) {
      seconds_of_the_gone_ += lane.slot->seconds();
    }
  }
  lanes_.clear();
  at_once_ = std::move(spare_slot());
  is_on_spare_ = true;
}

/// Takes the results of the lane if they arrive all the same, else computes its segments.
void EngineLanes::finish_without_device(Lane& lane) {
  SegmentCopies left;
  std::optional<std::span<const double>> values;
  if (std::exchange(lane.in_flight, false)) {
    try {
      values = lane.slot->wait();
    } catch (...) {
      static_cast<void>(failure_of_device());
    }
  }
  if (values) {
    take_results(lane, *values, left);
  } else if (!lane.targets.empty()) {
    left = take_segments(lane);
  }
  for (std::size_t i = 0; i < left.targets.size(); ++i) {
    compute_on_spare(left.segments[i], left.targets[i]);
  }
}

std::unique_ptr<Slot>& EngineLanes::spare_slot() {
  if (!spare_slot_) {
    spare_slot_ = group_.spare->make_slot(run_.plan, samples(), 1);
  }
  return spare_slot_;
}

void EngineLanes::compute_on_spare(const PreparedSegment& segment, SegmentTarget target) {
  compute(is_on_spare_ ? *at_once_ : *spare_slot(), segment, target);
  ++spare_segments_;
}

void EngineLanes::compute(Slot& slot, const PreparedSegment& segment, SegmentTarget target) {
  if (!slot.add(segment)) {
    throw Error("an empty slot refused a segment");
  }
  slot.submit();
  hand_out({&target, 1}, slot.wait());
}

void EngineLanes::hand_out(std::span<const SegmentTarget> targets, std::span<const double> values) {
  const auto width = static_cast<std::size_t>(run_.plan.n_values);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const SegmentTarget& target = targets[i];
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                target.pending->result->values.begin() +
                    static_cast<std::ptrdiff_t>(static_cast<std::size_t>(target.window) * width));
    ++target.pending->computed;
  }
}

StageSeconds EngineLanes::seconds() const {
  StageSeconds sum = seconds_of_the_gone_;
  for (const Lane& lane : lanes_) {
    sum += lane.slot->seconds();
  }
  for (const Slot* slot : {at_once_.get(), spare_slot_.get()}) {
    if (slot != nullptr) {
      sum += slot->seconds();
    }
  }
  return sum;
}

}  // namespace pumice
