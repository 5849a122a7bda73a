/// The slots of one worker: they take its segments in turn, and what comes of a device's failure is decided here.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/engine_run.hpp"
#include "core/owned_segments.hpp"
#include "core/text_route.hpp"
#include "pumice/backend.hpp"

namespace pumice {

/// A recording whose windows are still being computed.
struct PendingRecording {
  RecordingResult* result = nullptr;
  std::int64_t computed = 0;
  bool cut = false;  ///< all its windows were added
};

/// Where the values of a segment go.
struct SegmentTarget {
  PendingRecording* pending = nullptr;
  std::int64_t window = 0;
  std::span<char> text = {};  ///< in its slot's memory, where the segment was added as that
};

/// Every segment that was added is computed once, whatever fails:
///
/// - too little memory, or another error that leaves the device usable: the slot is replaced by one of half its batch,
///   down to one segment; a segment that fails alone is computed by the spare;
/// - a fatal error: the group is retired. Segments whose results have not arrived are taken from the host memory of
///   their slots and computed by the spare, and so are all further ones.
///
/// A text is decoded from its slot's memory where the slot refuses it, or fails: it is added again as columns.
///
/// Without a spare the error is thrown. A backend that borrows computes each segment at once, as the spare does.
class EngineLanes {
 public:
  EngineLanes(EngineRun& run, EngineGroup& group, TextRoute& texts);
  EngineLanes(const EngineLanes&) = delete;
  EngineLanes& operator=(const EngineLanes&) = delete;
  ~EngineLanes();

  void add(const PreparedSegment& segment, SegmentTarget target);
  /// True where texts may be added now.
  [[nodiscard]] bool takes_text() const { return !at_once_ && lanes_[current_].slot->takes_text(); }
  /// Slot::text_room of the slot that is to be filled; empty where the recording has to be decoded here.
  [[nodiscard]] std::span<char> text_room(std::int64_t bytes);
  /// Nothing was read into the room that was given last.
  void drop_text_room(std::span<const char> room) { lanes_[current_].slot->drop_text_room(room); }
  /// Adds the text that was read into the room that was given last.
  void add_text(const TextSegment& text, SegmentTarget target);
  /// Slot::advance of all slots that compute.
  void advance();
  /// Computes everything that was added.
  void flush();
  [[nodiscard]] StageSeconds seconds() const;
  /// Segments computed by the group's backend, and by its spare.
  [[nodiscard]] std::int64_t segments() const { return segments_; }
  [[nodiscard]] std::int64_t spare_segments() const { return spare_segments_; }

 private:
  struct Lane {
    std::unique_ptr<Slot> slot;
    int segments = 1;  ///< the batch that the slot was made for
    std::vector<SegmentTarget> targets;
    bool in_flight = false;
  };
  struct Failure {
    std::exception_ptr error;
    std::string what;
    bool fatal = false;
  };
  /// Segments that have to be computed elsewhere, or again.
  struct SegmentCopies {
    OwnedSegments segments;
    std::vector<SegmentTarget> targets;
  };
  enum class Put : std::uint8_t { kTaken, kFull, kTooLarge, kDeviceLeft };

  [[nodiscard]] static Failure failure_of_device();
  [[nodiscard]] std::int64_t samples() const;
  [[nodiscard]] bool make_slot(Lane& lane, Failure& failure);
  [[nodiscard]] bool halve(Lane& lane, const Failure& failure);
  [[nodiscard]] Lane* lane_to_fill();
  [[nodiscard]] Put put(Lane& lane, const PreparedSegment& segment);
  void submit_and_turn(Lane& lane);
  void submit(Lane& lane);
  void collect(Lane& lane);
  bool recover(Lane& lane, Failure failure);
  [[nodiscard]] bool compute_in_pieces(Lane& lane, const OwnedSegments& batch, std::span<const SegmentTarget> targets,
                                       std::size_t& done, Failure& failure);
  void leave_device(const Failure& failure);
  void finish_without_device(Lane& lane);
  void take_results(Lane& lane, std::span<const double> values, SegmentCopies& refused);
  [[nodiscard]] SegmentCopies take_segments(Lane& lane);
  void decode(const SegmentTarget& target, SegmentCopies& copies);
  [[nodiscard]] std::unique_ptr<Slot>& spare_slot();
  void compute_on_spare(const PreparedSegment& segment, SegmentTarget target);
  void compute(Slot& slot, const PreparedSegment& segment, SegmentTarget target);
  void hand_out(std::span<const SegmentTarget> targets, std::span<const double> values);

  EngineRun& run_;
  EngineGroup& group_;
  TextRoute& texts_;
  std::vector<Lane> lanes_;
  std::size_t current_ = 0;
  std::unique_ptr<Slot> at_once_;  ///< set: segments are computed as they come, in this slot
  bool is_on_spare_ = false;       ///< `at_once_` is the spare's
  std::unique_ptr<Slot> spare_slot_;
  std::int64_t segments_ = 0;
  std::int64_t spare_segments_ = 0;
  StageSeconds seconds_of_the_gone_;
};

}  // namespace pumice
