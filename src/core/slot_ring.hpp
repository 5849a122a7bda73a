/// The slots of one device, which all workers of its group fill together.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pumice/backend.hpp"
#include "pumice/engine.hpp"

namespace pumice {

/// A recording whose windows are being computed, by whichever thread. Who takes the last share delivers it. In a cache
/// line of its own: neighbours are other threads' recordings.
struct alignas(64) PendingRecording {
  RecordingResult* result = nullptr;
  std::atomic<std::int64_t> owed = 0;        ///< segments without values, and one more until all were added
  std::atomic<bool> has_infinities = false;  ///< of segments that whoever hands out their values looks at
};

/// Where the values of a segment go.
struct SegmentTarget {
  PendingRecording* pending = nullptr;
  std::int64_t window = 0;
  std::span<char> text = {};  ///< in its slot's memory, where the segment was added as that
  bool is_resident = false;   ///< or it lies on the device
};

/// What a device's exception says of it.
struct DeviceFailure {
  std::exception_ptr error;
  std::string what;
  bool fatal = false;
};

/// One of the ring. What is public belongs to whoever has it alone; while it is filled, `slot` and `segments` may be
/// read.
class RingSlot {
 public:
  std::unique_ptr<Slot> slot;
  int segments = 0;                    ///< the batch that the slot was made for
  std::vector<SegmentTarget> targets;  ///< of the batch, by place
  bool in_flight = false;              ///< submitted, and not waited for
  std::optional<DeviceFailure> failure;

 private:
  friend class SlotRing;
  [[nodiscard]] bool is_full() const { return open_ + committed_ >= segments; }

  /// kAlone: somebody makes, submits, advances or recovers it; kCollected: somebody waits for its results.
  enum class State : std::uint8_t { kUnmade, kFree, kFilled, kAlone, kInFlight, kCollected, kGone };

  State state_ = State::kUnmade;
  int open_ = 0;                ///< threads that are filling it
  int opened_ = 0;              ///< of this batch so far
  int committed_ = 0;           ///< segments of this batch so far; `targets` has holes for those on their way
  bool is_sealed_ = false;      ///< takes nobody in
  bool has_more_ = false;       ///< Slot::advance has something to start yet
  std::int64_t submitted_ = 0;  ///< its turn
};

/// Who does what with which slot, under one lock that is held for a few instructions; whatever takes time is done by
/// the callers, without it.
///
/// A worker asks for a slot to fill (`next_to_fill`), and is told to fill one, or to do first what makes one available:
/// to make another, or to wait for the oldest in flight. It opens one place in the slot, fills it beside others, and
/// commits it. A slot is sealed when it refuses a segment, or when somebody flushes; who is the last to leave one that
/// is sealed or full submits it. A worker blocks only where nothing is to be filled and somebody else is about to make
/// a slot available; nobody blocks while a place of theirs is open.
///
/// Before a worker waits for anything else, or ends, it must do all that `next_to_finish` says. So whatever is left
/// unfinished is in the hands of a worker that will, too, and no result is waited for that nobody computes.
class SlotRing {
 public:
  enum class Task : std::uint8_t {
    kNone,     ///< nothing to be done; of `next_to_fill`: the device takes no more
    kFill,     ///< put one segment into it, and leave
    kMake,     ///< make it
    kSubmit,   ///< submit it
    kCollect,  ///< wait for it and hand its values out
    kRecover,  ///< compute what it holds in another way: it, or the device, has failed
  };
  /// All but kFill: the slot is the caller's alone until `put_back`.
  struct Turn {
    Task task = Task::kNone;
    RingSlot* slot = nullptr;
  };
  enum class After : std::uint8_t { kFree, kInFlight, kGone };

  /// At most `slots`, none of which is made yet.
  explicit SlotRing(int slots) : slots_(static_cast<std::size_t>(slots)) {}
  SlotRing(const SlotRing&) = delete;
  SlotRing& operator=(const SlotRing&) = delete;
  /// Waits for what is in flight: a slot that is torn down while it computes would pull its memory away.
  ~SlotRing();

  /// Blocks where all slots are busy and somebody is about to free one. Throws Cancelled after `abort`.
  [[nodiscard]] Turn next_to_fill();
  /// What is to be done so that nothing is left that was added; kNone where others are at it. Never blocks. Throws
  /// Cancelled after `abort`.
  [[nodiscard]] Turn next_to_finish();
  /// The oldest slot that may have something to start, of those that were submitted later than turn `after`, which
  /// becomes its own; the caller's alone until `advanced`. Null where there is none.
  [[nodiscard]] RingSlot* next_to_advance(std::int64_t& after);
  void advanced(RingSlot& slot, bool has_more);

  /// A segment was added at that place of a slot that the caller fills. Returns what the caller has to do then.
  [[nodiscard]] Turn commit(RingSlot& slot, int place, const SegmentTarget& target);
  /// Nothing was added; `is_full`: it takes no more.
  [[nodiscard]] Turn leave(RingSlot& slot, bool is_full);
  /// Nothing was added, because the slot has failed. A fatal failure closes the ring.
  [[nodiscard]] Turn fail(RingSlot& slot, const DeviceFailure& failure);
  /// True where nobody else has filled the slot since it was free, and nothing lies in it.
  [[nodiscard]] bool is_empty_but_for_me(const RingSlot& slot) const;

  /// Ends what a turn began. False where no slot is left.
  bool put_back(RingSlot& slot, After after);
  /// How many slots may be made, which the first who makes one finds out.
  void limit(int slots);
  [[nodiscard]] bool is_limited() const;
  /// Slots that were made and not given up, but for the one that is being made.
  [[nodiscard]] int made() const;

  /// The device is lost: what was added has to be recovered, and nothing more is taken.
  void close(const DeviceFailure& failure);
  /// What it was closed for; null where it was not.
  [[nodiscard]] std::exception_ptr why_closed() const;
  /// The run has failed: wakes everybody.
  void abort();
  /// Time spent in a slot that is about to go.
  void keep_seconds(const StageSeconds& seconds);
  /// Of all slots. Only once nobody uses them.
  [[nodiscard]] StageSeconds seconds() const;

 private:
  using State = RingSlot::State;
  [[nodiscard]] RingSlot* find(State state);
  [[nodiscard]] RingSlot* find_filled();
  template <class Which>
  [[nodiscard]] RingSlot* oldest_in_flight(Which which);
  [[nodiscard]] RingSlot* oldest_in_flight();
  [[nodiscard]] Turn open(RingSlot& slot);
  [[nodiscard]] Turn take(RingSlot& slot, Task task);
  [[nodiscard]] Turn left(RingSlot& slot);
  [[nodiscard]] Turn finish_one();
  [[nodiscard]] bool any(State state) const;
  void refuse_if_aborted() const;
  void close_locked(const DeviceFailure& failure);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<RingSlot> slots_;
  std::int64_t submitted_ = 0;
  bool is_limited_ = false;
  const RingSlot* making_ = nullptr;
  bool is_aborted_ = false;
  std::optional<DeviceFailure> failure_;  ///< set: closed
  StageSeconds seconds_of_the_gone_;
};

}  // namespace pumice
