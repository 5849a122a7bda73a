#include "core/engine_feeder.hpp"

#include <algorithm>
#include <utility>

#include "core/clock.hpp"
#include "pumice/error.hpp"

namespace pumice {

using Task = SlotRing::Task;

EngineFeeder::EngineFeeder(EngineRun& run, EngineGroup& group, TextRoute& texts)
    : run_(run), group_(group), texts_(texts) {
  if (group.backend.borrows_input()) {
    at_once_ = group.backend.make_slot(run.plan, run.segment_samples(), 1);
  } else if (RingSlot* const slot = slot_to_fill()) {
    // Whoever has taken a recording before its device has started would hold up all others.
    do_turn(group.ring->leave(*slot, false));
  }
}

void EngineFeeder::add(const PreparedSegment& segment, SegmentTarget target) {
  if (at_once_) {
    compute(*at_once_, segment, target);
    ++segments_;
    return;
  }
  if (is_on_spare_) {
    compute(spare_slot(), segment, target);
    ++spare_segments_;
    return;
  }
  ++target.pending->owed;
  put(segment, target);
  work_off();
}

/// Has a segment computed that counts as owed.
void EngineFeeder::put(const PreparedSegment& segment, const SegmentTarget& target) {
  SlotRing& ring = *group_.ring;
  while (RingSlot* const slot = slot_to_fill()) {
    const bool is_one_segment = slot->segments == 1;
    bool is_reserved = false;
    DeviceFailure failure;
    try {
      is_reserved = slot->slot->reserve(segment, place_);
    } catch (...) {
      failure = failure_of_device();
    }
    if (is_reserved) {
      {
        const StageTimer copying(seconds_.upload);
        place_.fill();
      }
      do_turn(ring.commit(*slot, place_.index, target));
      return;
    }
    if (failure.error) {
      do_turn(ring.fail(*slot, failure));
      if (is_one_segment && !failure.fatal) {
        say_that_spare_computes(failure);
        break;  // the segment itself is too much
      }
    } else if (ring.is_empty_but_for_me(*slot)) {
      throw Error("an empty slot of " + group_.backend.name() + " refused a segment");
    } else {
      do_turn(ring.leave(*slot, true));
    }
  }
  compute_on_spare(segment, target);
}

/// A slot in which this worker may open one place; null where the ring takes no more. Nothing of this worker's may be
/// open.
RingSlot* EngineFeeder::slot_to_fill() {
  if (at_once_ || is_on_spare_) {
    return nullptr;
  }
  for (;;) {
    const SlotRing::Turn turn = group_.ring->next_to_fill();
    if (turn.task == Task::kFill) {
      return turn.slot;
    }
    if (turn.task == Task::kNone) {
      turn_to_spare();
      return nullptr;
    }
    do_turn(turn);
  }
}

void EngineFeeder::do_turn(const SlotRing::Turn& turn) {
  switch (turn.task) {
    case Task::kNone:
    case Task::kFill:
      break;
    case Task::kMake:
      make(*turn.slot);
      break;
    case Task::kSubmit:
      submit(*turn.slot);
      break;
    case Task::kCollect:
      collect(*turn.slot);
      break;
    case Task::kRecover: {
      DeviceFailure failure = std::move(*turn.slot->failure);
      turn.slot->failure.reset();
      recover(*turn.slot, std::move(failure));
      break;
    }
  }
}

/// What is added again may find other slots to be collected first, and more that was refused in them.
void EngineFeeder::work_off() {
  while (!backlog_.targets.empty()) {
    const SegmentCopies copies = std::exchange(backlog_, {});
    for (std::size_t i = 0; i < copies.targets.size(); ++i) {
      put(copies.segments[i], copies.targets[i]);
    }
  }
}

void EngineFeeder::add_resident(const ResidentSegment& segment, const SegmentTarget& target) {
  ++target.pending->owed;
  while (RingSlot* const slot = slot_to_fill()) {
    SlotRing& ring = *group_.ring;
    int place = -1;
    bool is_taken = false;
    DeviceFailure failure;
    try {
      is_taken = slot->slot->takes_resident(segment);
      place = is_taken ? slot->slot->add_resident(segment) : -1;
    } catch (...) {
      failure = failure_of_device();
    }
    if (place >= 0) {
      do_turn(ring.commit(*slot, place, target));
      work_off();
      return;
    }
    if (failure.error) {
      do_turn(ring.fail(*slot, failure));
      break;
    }
    const bool is_full = is_taken && !ring.is_empty_but_for_me(*slot);
    do_turn(ring.leave(*slot, is_full));
    if (!is_full) {
      break;
    }
  }
  decode(target, backlog_);
  work_off();
}

std::span<char> EngineFeeder::text_room(std::int64_t bytes) {
  while (RingSlot* const slot = slot_to_fill()) {
    SlotRing& ring = *group_.ring;
    std::span<char> room;
    bool takes_text = false;
    try {
      takes_text = slot->slot->takes_text();
      room = takes_text ? slot->slot->text_room(bytes) : room;
    } catch (...) {
      do_turn(ring.fail(*slot, failure_of_device()));
      break;
    }
    if (!room.empty()) {
      with_room_ = slot;
      return room;
    }
    // Full, but where it takes no texts, or not this one.
    const bool is_full = takes_text && !ring.is_empty_but_for_me(*slot);
    do_turn(ring.leave(*slot, is_full));
    if (!is_full) {
      break;
    }
  }
  return {};
}

void EngineFeeder::drop_text_room(std::span<const char> room) {
  RingSlot& slot = *std::exchange(with_room_, nullptr);
  slot.slot->drop_text_room(room);
  do_turn(group_.ring->leave(slot, false));
}

void EngineFeeder::add_text(const TextSegment& text, PendingRecording& pending) {
  RingSlot& slot = *std::exchange(with_room_, nullptr);
  const SegmentTarget target{&pending, 0, text.text};
  ++pending.owed;
  int place = -1;
  DeviceFailure failure;
  try {
    place = slot.slot->add_text(text);
  } catch (...) {
    failure = failure_of_device();
  }
  if (failure.error) {
    decode(target, backlog_);  // before the slot goes, and the text with it
    slot.slot->drop_text_room(text.text);
    do_turn(group_.ring->fail(slot, failure));
  } else {
    do_turn(group_.ring->commit(slot, place, target));
  }
  work_off();
}

void EngineFeeder::advance() {
  if (at_once_ || is_on_spare_) {
    return;
  }
  std::int64_t turn = 0;
  while (RingSlot* const slot = group_.ring->next_to_advance(turn)) {
    bool has_more = false;
    try {
      has_more = slot->slot->advance();
    } catch (...) {
      slot->in_flight = false;
      recover(*slot, failure_of_device());
      return;
    }
    group_.ring->advanced(*slot, has_more);
  }
}

void EngineFeeder::flush() {
  if (at_once_ || !group_.ring) {
    return;
  }
  for (;;) {
    work_off();
    const SlotRing::Turn turn = group_.ring->next_to_finish();
    if (turn.task == Task::kNone) {
      return;
    }
    do_turn(turn);
  }
}

void EngineFeeder::submit(RingSlot& slot) {
  try {
    slot.slot->submit();
  } catch (...) {
    recover(slot, failure_of_device());
    return;
  }
  slot.in_flight = true;
  group_.ring->put_back(slot, SlotRing::After::kInFlight);
}

/// The others first, so that the device has something to do while this one is waited for and handed out.
void EngineFeeder::collect(RingSlot& slot) {
  advance();
  slot.in_flight = false;
  std::span<const double> values;
  try {
    values = slot.slot->wait();
  } catch (...) {
    recover(slot, failure_of_device());
    return;
  }
  take_notices();  // a slot takes memory as it is filled, too
  take_results(slot, values);
  group_.ring->put_back(slot, SlotRing::After::kFree);
}

/// Hands the slot's values to the recordings they belong to. What it has refused goes into the backlog.
void EngineFeeder::take_results(const RingSlot& slot, std::span<const double> values) {
  const auto width = static_cast<std::size_t>(run_.plan.n_values);
  for (std::size_t i = 0; i < slot.targets.size(); ++i) {
    const SegmentTarget& target = slot.targets[i];
    if (target.is_resident) {
      const TextResult taken = slot.slot->text_result(static_cast<int>(i));
      if (taken.has_infinities) {  // others may write there, too
        target.pending->has_infinities = true;
      }
    } else if (!target.text.empty()) {
      const TextResult text = slot.slot->text_result(static_cast<int>(i));
      if (!text.taken) {
        if (!text.lacked_room) {
          texts_.was_refused();
        }
        decode(target, backlog_);
        continue;
      }
      texts_.was_taken(*target.pending->result, text.n);
    }
    ++segments_;
    hand_out(target, values.subspan(i * width, width));
    run_.take_share(*target.pending);
  }
}

/// What was added as a text, or lies on the device, as columns, behind the others of `copies`.
void EngineFeeder::decode(const SegmentTarget& target, SegmentCopies& copies) {
  if (target.is_resident) {
    texts_.read_resident(*target.pending->result, target.window);
    if (texts_.has_infinities()) {
      target.pending->has_infinities = true;
    }
    copies.segments.add(texts_.segment());
    copies.targets.push_back({.pending = target.pending, .window = target.window});
    return;
  }
  group_.backend.begin_range("decode");
  const bool is_good = texts_.decode(*target.pending->result, target.text);
  group_.backend.end_range();
  if (is_good) {
    copies.segments.add(texts_.segment());
    copies.targets.push_back({target.pending, target.window});
  } else {
    run_.take_share(*target.pending);
  }
}

/// Of a segment that counts as owed.
void EngineFeeder::compute_on_spare(const PreparedSegment& segment, const SegmentTarget& target) {
  compute(spare_slot(), segment, target);
  ++spare_segments_;
  run_.take_share(*target.pending);
}

void EngineFeeder::compute(Slot& slot, const PreparedSegment& segment, const SegmentTarget& target) {
  if (!slot.add(segment)) {
    throw Error("an empty slot refused a segment");
  }
  slot.submit();
  hand_out(target, slot.wait());
}

void EngineFeeder::hand_out(const SegmentTarget& target, std::span<const double> values) const {
  const auto width = static_cast<std::size_t>(run_.plan.n_values);
  std::copy_n(values.begin(), width,
              target.pending->result->values.begin() +
                  static_cast<std::ptrdiff_t>(static_cast<std::size_t>(target.window) * width));
}

StageSeconds EngineFeeder::seconds() const {
  StageSeconds sum = seconds_;
  for (const Slot* slot : {at_once_.get(), spare_slot_.get()}) {
    if (slot != nullptr) {
      sum += slot->seconds();
    }
  }
  return sum;
}

}  // namespace pumice
