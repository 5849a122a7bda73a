// The part of EngineLanes that deals with texts: taken by slots as they lie in files, or decoded after all.
#include <utility>

#include "core/engine_lanes.hpp"
#include "pumice/error.hpp"

namespace pumice {

std::span<char> EngineLanes::text_room(std::int64_t bytes) {
  while (Lane* const lane = lane_to_fill()) {
    std::span<char> room;
    try {
      room = lane->slot->text_room(bytes);
    } catch (...) {
      recover(*lane, failure_of_device());
      return {};
    }
    if (!room.empty() || lane->targets.empty()) {
      return room;
    }
    submit_and_turn(*lane);
  }
  return {};
}

void EngineLanes::add_text(const TextSegment& text, SegmentTarget target) {
  Lane& lane = lanes_[current_];
  try {
    static_cast<void>(lane.slot->add_text(text));
    lane.targets.push_back(target);
    return;
  } catch (...) {
    Failure failure = failure_of_device();
    SegmentCopies copy;
    decode(target, copy);  // before the slot goes, and the text with it
    lane.slot->drop_text_room(text.text);
    recover(lane, std::move(failure));
    for (std::size_t i = 0; i < copy.targets.size(); ++i) {
      add(copy.segments[i], copy.targets[i]);
    }
  }
}

void EngineLanes::advance() {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    if (!lane.in_flight) {
      continue;
    }
    try {
      static_cast<void>(lane.slot->advance());
    } catch (...) {
      lane.in_flight = false;
      recover(lane, failure_of_device());
    }
  }
}

void EngineLanes::take_results(Lane& lane, std::span<const double> values, SegmentCopies& refused) {
  const auto width = static_cast<std::size_t>(run_.plan.n_values);
  for (std::size_t i = 0; i < lane.targets.size(); ++i) {
    const SegmentTarget& target = lane.targets[i];
    if (!target.text.empty()) {
      const TextResult text = lane.slot->text_result(static_cast<int>(i));
      if (!text.taken) {
        texts_.was_refused();
        decode(target, refused);
        continue;
      }
      texts_.was_taken(*target.pending->result, text.n);
    }
    hand_out({&target, 1}, values.subspan(i * width, width));
    ++segments_;
  }
  lane.targets.clear();
}

void EngineLanes::decode(const SegmentTarget& target, SegmentCopies& copies) {
  group_.backend.begin_range("decode");
  const bool is_good = texts_.decode(*target.pending->result, target.text);
  group_.backend.end_range();
  if (is_good) {
    copies.segments.add(texts_.segment());
    copies.targets.push_back({target.pending, target.window});
  }
}

/// Copies of everything that the lane's slot still has to compute, which may go then.
EngineLanes::SegmentCopies EngineLanes::take_segments(Lane& lane) {
  SegmentCopies copies;
  const std::vector<PreparedSegment> kept = lane.slot->kept();
  std::size_t next = 0;
  for (const SegmentTarget& target : std::exchange(lane.targets, {})) {
    if (!target.text.empty()) {
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

}  // namespace pumice
