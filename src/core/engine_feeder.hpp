/// Where one worker's segments are computed: in the ring of its device, or at once on the CPU. What comes of a device's
/// failure is decided here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/engine_run.hpp"
#include "core/owned_segments.hpp"
#include "core/slot_ring.hpp"
#include "core/text_route.hpp"
#include "pumice/backend.hpp"

namespace pumice {

/// One a worker. Whoever has a slot's values hands them out, and delivers the recordings that they complete, whichever
/// worker has added them. Every segment that was added is computed once, whatever fails:
///
/// - too little memory, or another error that leaves the device usable: the slot is replaced by one of half its batch,
///   down to one segment; a segment that fails alone is computed by the spare;
/// - a fatal error: the ring is closed. Segments whose results have not arrived are taken from the host memory of
///   their slots and computed by the spare, and so are all further ones.
///
/// A segment that lies on the device is copied to the host where a slot does not take it, or fails; where the device is
/// lost, so is what lies there, and the run ends with the error.
///
/// A slot that has failed is dealt with by whoever is the last to leave it. A text is decoded from its slot's memory
/// where the slot refuses it, or fails: it is added again as columns.
///
/// Without a spare the error is thrown. A backend that borrows computes each segment at once, as the spare does.
class EngineFeeder {
 public:
  EngineFeeder(EngineRun& run, EngineGroup& group, TextRoute& texts);

  void add(const PreparedSegment& segment, SegmentTarget target);
  /// Adds a segment that lies on the device; the target says so, and is copied from there where no slot takes it.
  void add_resident(const ResidentSegment& segment, const SegmentTarget& target);
  /// Slot::text_room of the slot that is being filled; empty where the recording has to be decoded here.
  [[nodiscard]] std::span<char> text_room(std::int64_t bytes);
  /// Nothing was read into the room.
  void drop_text_room(std::span<const char> room);
  /// Adds the text that was read into the room.
  void add_text(const TextSegment& text, PendingRecording& pending);
  /// Slot::advance of all slots that may have something to start.
  void advance();
  /// Has everything computed that was added by anybody, but for what others are at.
  void flush();
  /// Of what was computed at once, and of copying.
  [[nodiscard]] StageSeconds seconds() const;
  /// Segments computed by the group's backend, and by its spare.
  [[nodiscard]] std::int64_t segments() const { return segments_; }
  [[nodiscard]] std::int64_t spare_segments() const { return spare_segments_; }

 private:
  /// Segments that have to be computed elsewhere, or again.
  struct SegmentCopies {
    OwnedSegments segments;
    std::vector<SegmentTarget> targets;
  };

  void put(const PreparedSegment& segment, const SegmentTarget& target);
  [[nodiscard]] RingSlot* slot_to_fill();
  void work_off();
  void do_turn(const SlotRing::Turn& turn);
  void make(RingSlot& slot);
  void submit(RingSlot& slot);
  void collect(RingSlot& slot);
  void take_results(const RingSlot& slot, std::span<const double> values);
  void decode(const SegmentTarget& target, SegmentCopies& copies);
  void compute_on_spare(const PreparedSegment& segment, const SegmentTarget& target);
  void compute(Slot& slot, const PreparedSegment& segment, const SegmentTarget& target);
  void hand_out(const SegmentTarget& target, std::span<const double> values) const;

  // Failures.
  [[nodiscard]] static DeviceFailure failure_of_device();
  void limit_ring();
  [[nodiscard]] bool make_slot(RingSlot& slot, DeviceFailure& failure);
  [[nodiscard]] bool halve(RingSlot& slot, const DeviceFailure& failure);
  void recover(RingSlot& slot, DeviceFailure failure);
  [[nodiscard]] bool compute_in_pieces(RingSlot& slot, const SegmentCopies& batch, std::size_t& done,
                                       DeviceFailure& failure);
  [[nodiscard]] SegmentCopies take_segments(RingSlot& slot);
  void drop(RingSlot& slot);
  void give_up(RingSlot& slot, const DeviceFailure& failure);
  void retire(const DeviceFailure& failure);
  void turn_to_spare();
  void say_that_spare_computes(const DeviceFailure& failure);
  void take_notices();
  [[nodiscard]] Slot& spare_slot();

  EngineRun& run_;
  EngineGroup& group_;
  TextRoute& texts_;
  std::unique_ptr<Slot> at_once_;  ///< set: segments are computed as they come, in this slot
  bool is_on_spare_ = false;       ///< so are they in the spare's
  std::unique_ptr<Slot> spare_slot_;
  RingSlot* with_room_ = nullptr;  ///< where a room for a text is open
  SlotPlace place_;
  SegmentCopies backlog_;  ///< refused as texts, to be added as columns when nothing is open
  std::int64_t segments_ = 0;
  std::int64_t spare_segments_ = 0;
  StageSeconds seconds_;
};

}  // namespace pumice
