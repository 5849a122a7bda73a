// The part of EngineFeeder that deals with failures: smaller batches, fewer slots, and the spare.
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

#include "core/engine_feeder.hpp"
#include "pumice/error.hpp"

namespace pumice {

using After = SlotRing::After;

/// What the exception that is being handled says of the device; rethrows one that is not the device's.
DeviceFailure EngineFeeder::failure_of_device() {
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

/// Makes one more slot of the ring. A ring of two goes on with what it has where there is no memory for more.
void EngineFeeder::make(RingSlot& slot) {
  SlotRing& ring = *group_.ring;
  constexpr int kEnough = 2;
  const int made = ring.made();
  DeviceFailure failure;
  try {
    limit_ring();
    slot.segments = group_.batch_segments;
    if (made >= kEnough) {
      slot.slot = group_.backend.make_slot(run_.plan, run_.segment_samples(), slot.segments);
    } else if (!make_slot(slot, failure)) {
      slot.slot.reset();
    }
  } catch (...) {
    failure = failure_of_device();
  }
  take_notices();
  if (slot.slot) {
    ring.put_back(slot, After::kFree);
    return;
  }
  if (made >= kEnough && !failure.fatal) {
    ring.limit(made);
    run_.notices.add(
        fmt::format("{}: {} slots, for there is no memory for more ({})", group_.backend.name(), made, failure.what));
  }
  give_up(slot, failure);
}

/// Asks the device how large the ring may be, once.
void EngineFeeder::limit_ring() {
  SlotRing& ring = *group_.ring;
  if (!ring.is_limited()) {
    const RingSize fitting = group_.backend.fitting_ring(run_.plan, run_.segment_samples(), group_.sizes.ring);
    group_.batch_segments = std::min(group_.sizes.ring.segments, fitting.segments);
    ring.limit(fitting.slots);
  }
}

/// A slot for the batch that it should have, or for half of it, and so on; false where not even one segment fits.
bool EngineFeeder::make_slot(RingSlot& slot, DeviceFailure& failure) {
  do {
    try {
      slot.slot = group_.backend.make_slot(run_.plan, run_.segment_samples(), slot.segments);
      failure = {};
      return true;
    } catch (...) {
      failure = failure_of_device();
    }
  } while (halve(slot, failure));
  return false;
}

/// Slots that are made from here on are no larger.
bool EngineFeeder::halve(RingSlot& slot, const DeviceFailure& failure) {
  if (failure.fatal || slot.segments == 1) {
    return false;
  }
  slot.segments /= 2;
  int known = group_.batch_segments;
  while (slot.segments < known && !group_.batch_segments.compare_exchange_weak(known, slot.segments)) {
  }
  if (slot.segments < known) {
    run_.notices.add(fmt::format("{}: batches of {} segments from here on ({})", group_.backend.name(), slot.segments,
                                 failure.what));
  }
  return true;
}

/// Computes what a slot of the caller's own holds in spite of a failure, and puts the slot back: a smaller one, the
/// same where it holds one segment, or none.
void EngineFeeder::recover(RingSlot& slot, DeviceFailure failure) {
  if (failure.fatal) {
    retire(failure);
  }
  const SegmentCopies batch = take_segments(slot);
  std::size_t done = 0;
  while (halve(slot, failure)) {
    drop(slot);  // first: its memory may be what the new one lacks
    if (!make_slot(slot, failure)) {
      break;
    }
    if (compute_in_pieces(slot, batch, done, failure)) {
      group_.ring->put_back(slot, After::kFree);
      return;
    }
  }
  if (failure.fatal) {
    retire(failure);
  }
  if (group_.spare == nullptr) {
    std::rethrow_exception(failure.error);
  }
  if (slot.slot && !failure.fatal && done < batch.targets.size()) {
    say_that_spare_computes(failure);
  }
  for (; done < batch.targets.size(); ++done) {
    compute_on_spare(batch.segments[done], batch.targets[done]);
  }
  if (slot.slot && !failure.fatal) {
    group_.ring->put_back(slot, After::kFree);
  } else {
    give_up(slot, failure);
  }
}

/// Computes segments from `done` on, and counts them there as their values arrive.
bool EngineFeeder::compute_in_pieces(RingSlot& slot, const SegmentCopies& batch, std::size_t& done,
                                     DeviceFailure& failure) {
  const auto width = static_cast<std::size_t>(run_.plan.n_values);
  try {
    while (done < batch.targets.size()) {
      std::size_t end = done;
      while (end < batch.targets.size() && slot.slot->add(batch.segments[end])) {
        ++end;
      }
      if (end == done) {
        throw Error("an empty slot of " + group_.backend.name() + " refused a segment");
      }
      slot.slot->submit();
      const std::span<const double> values = slot.slot->wait();
      for (std::size_t i = 0; done < end; ++i, ++done) {
        ++segments_;
        hand_out(batch.targets[done], values.subspan(i * width, width));
        run_.take_share(*batch.targets[done].pending);
      }
    }
    return true;
  } catch (...) {
    failure = failure_of_device();
    return false;
  }
}

/// Copies of everything that the slot still has to compute, which may go then.
EngineFeeder::SegmentCopies EngineFeeder::take_segments(RingSlot& slot) {
  SegmentCopies copies;
  if (slot.targets.empty()) {
    return copies;
  }
  const std::vector<PreparedSegment> kept = slot.slot->kept();
  std::size_t next = 0;
  for (const SegmentTarget& target : std::exchange(slot.targets, {})) {
    if (!target.text.empty() || target.is_resident) {
      decode(target, copies);
    } else if (next < kept.size()) {
      copies.segments.add(kept[next++]);
      copies.targets.push_back(target);
    } else {
      throw Error("a slot of " + group_.backend.name() + " did not keep its segments");
    }
  }
  return copies;
}

void EngineFeeder::drop(RingSlot& slot) {
  if (slot.slot) {
    group_.ring->keep_seconds(slot.slot->seconds());
    slot.slot.reset();
  }
}

/// The ring goes on without the slot; without its last one, the spare does.
void EngineFeeder::give_up(RingSlot& slot, const DeviceFailure& failure) {
  if (failure.fatal) {
    retire(failure);
  }
  drop(slot);
  if (group_.ring->put_back(slot, After::kGone) || failure.fatal) {
    return;
  }
  if (group_.spare == nullptr) {
    group_.ring->close(failure);
    std::rethrow_exception(failure.error);
  }
  run_.notices.add(fmt::format("{} has no memory for a batch of one segment: {} computes ({})", group_.backend.name(),
                               group_.spare->name(), failure.what));
}

/// Nobody gives the device anything more.
void EngineFeeder::retire(const DeviceFailure& failure) {
  if (group_.spare == nullptr) {
    std::rethrow_exception(failure.error);
  }
  group_.ring->close(failure);
  if (!group_.retired.exchange(true)) {
    run_.notices.add(fmt::format("{} failed: {} computes what it had not finished, and the rest ({})",
                                 group_.backend.name(), group_.spare->name(), failure.what));
  }
}

/// A segment alone has failed, on a device that goes on with others: once for all of them.
void EngineFeeder::say_that_spare_computes(const DeviceFailure& failure) {
  if (group_.spare != nullptr && !group_.spoke_of_spare.exchange(true)) {
    run_.notices.add(fmt::format("{} fails at some segments even one by one: {} computes those ({})",
                                 group_.backend.name(), group_.spare->name(), failure.what));
  }
}

void EngineFeeder::take_notices() {
  for (std::string& line : group_.backend.take_notices()) {
    run_.notices.add(std::move(line));
  }
}

void EngineFeeder::turn_to_spare() {
  static_cast<void>(spare_slot());
  is_on_spare_ = true;
}

Slot& EngineFeeder::spare_slot() {
  if (!spare_slot_) {
    if (group_.spare == nullptr) {
      if (const std::exception_ptr why = group_.ring->why_closed()) {
        std::rethrow_exception(why);
      }
      throw Error(group_.backend.name() + " takes no more segments, and there is no spare");
    }
    spare_slot_ = group_.spare->make_slot(run_.plan, run_.segment_samples(), 1);
  }
  return *spare_slot_;
}

}  // namespace pumice
