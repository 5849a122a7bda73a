/// The texts of a batch: from the host's memory to columns on the device. Segments that lie there as arrays go the same
/// way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "device_state.hpp"
#include "host_buffer.hpp"
#include "io/csv_team_text.hpp"
#include "pumice/plan.hpp"
#include "pumice/prepare.hpp"
#include "pumice/sample_array.hpp"
#include "pumice/text.hpp"
#include "resources.hpp"

namespace pumice::cuda {

/// Rows that a text's columns have room for at first, where segments of n samples are expected. A text of more is
/// refused, and later batches have room for such ones.
[[nodiscard]] std::int64_t text_rows_room(std::int64_t n);
/// What texts of some segments are likely to take.
[[nodiscard]] MemoryBytes text_bytes(const Plan& plan, std::int64_t n, int segments);

/// Memory is taken when an empty batch is asked for room: what a batch of texts like this one needs, at most what
/// `text_bytes` says; more only where a text alone needs it. The texts lie in the process's own memory, which outlives
/// the device's context. Room for longer texts, up to eight times what was expected, is room for fewer: it takes more
/// memory only where one does. All calls are made with the device selected.
class TextBatch {
 public:
  /// `device` and `plan` must outlive this.
  TextBatch(DeviceState& device, const Plan& plan, std::int64_t n, int segments);

  /// False once there was not enough for one text.
  [[nodiscard]] bool has_memory() const { return !refused_memory_; }
  /// Slot::text_room. Only while the stream does nothing for texts of an earlier batch.
  [[nodiscard]] std::span<char> room(std::int64_t bytes);
  /// Starts copying the text in an open room; `place`: the segment's in the batch.
  void add(const TextSegment& text, int place, const Stream& stream);
  /// True where a batch that has room takes a segment that lies on a device.
  [[nodiscard]] bool takes(const ResidentSegment& segment) const;
  /// Adds a segment that lies on the device; false where it does not, and where the batch is full. A batch has texts or
  /// such segments, not both.
  [[nodiscard]] bool add(const ResidentSegment& segment, int place);
  /// Slot::drop_text_room. Its memory is used again in this batch only where no later room was given.
  void drop(std::span<const char> room);
  /// Rooms that were given, and neither taken nor dropped.
  [[nodiscard]] std::size_t open_rooms() const { return rooms_.size(); }
  /// Starts parsing all of them, and copying back what came of it.
  void enqueue(const Stream& stream);
  /// Once that is done: calls body(segment, place) for each text that was taken.
  template <class Body>
  void for_each_taken(Body body) {
    results_.resize(texts_.size());
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      if (prepare(i)) {
        body(PreparedSegment{channels_, results_[i].result.n}, texts_[i].place);
      }
    }
    ask_for_room();
  }
  /// Slot::text_result; of a segment of another kind, nothing was taken.
  [[nodiscard]] TextResult result(int place) const;
  [[nodiscard]] bool empty() const { return texts_.empty(); }
  /// Seconds that copying took, once it is done.
  [[nodiscard]] double upload_seconds() const;
  /// Forgets the texts, not what came of them, nor what the host holds of them.
  void clear();

 private:
  /// Or a resident segment, which has no text: `columns` are its arrays.
  struct Text {
    std::size_t offset = 0;  ///< of its first byte, on the host and on the device
    std::int64_t first = 0;
    std::int64_t last = 0;
    char delimiter = ',';
    std::size_t first_target = 0;  ///< or first array
    std::size_t columns = 0;
    int place = 0;
    bool is_resident = false;
  };
  struct Room {
    std::size_t offset = 0;
    std::size_t bytes = 0;
  };
  struct Placed {
    int place = 0;
    TextResult result;
  };
  struct Copied {
    Event start;
    Event end;
  };

  void take_memory(std::size_t needed);
  void make_room_for_rows(std::int64_t rows);
  void ask_for_room();
  void reserve(std::size_t text_bytes);
  [[nodiscard]] bool has_room_for(std::size_t text_bytes);
  [[nodiscard]] bool holds_resident() const { return !texts_.empty() && texts_.front().is_resident; }
  /// Fills in what is the same for texts and arrays.
  void place_columns(std::size_t i, io::TeamText& text) const;
  [[nodiscard]] std::vector<Room>::const_iterator room_at(const char* begin) const;
  [[nodiscard]] io::TeamText team_text(std::size_t i, std::int64_t first_tile) const;
  /// Of a channel's first sample, from that of the first text's first channel.
  [[nodiscard]] std::size_t first_place(std::size_t i, std::size_t channel) const;
  [[nodiscard]] double* doubles(std::size_t i, std::size_t channel) const;
  [[nodiscard]] std::byte* values(std::size_t i, std::size_t channel) const;
  [[nodiscard]] std::size_t outcome_bytes(std::size_t texts) const;
  [[nodiscard]] std::size_t marks_offset(std::size_t texts) const;
  /// Of the marks of a channel's gaps, in bytes of the outcomes.
  [[nodiscard]] std::size_t mark_place(std::size_t i, std::size_t channel) const;
  /// Fills `channels_` and results_[i]; true where the text was taken.
  [[nodiscard]] bool prepare(std::size_t i);

  const DeviceState* device_;
  const Plan* plan_;
  std::int64_t expected_rows_;  ///< that there is room for at first
  std::int64_t most_rows_;      ///< that room is made for
  std::int64_t wanted_rows_;    ///< of the longest text that batches are to have room for
  std::int64_t rows_room_;      ///< of each text of this batch
  std::size_t most_segments_;
  std::size_t segments_;        ///< of this batch, at most
  std::size_t expected_bytes_;  ///< of the texts, on the host; or what there was memory for
  bool refused_memory_ = false;
  std::vector<Text> texts_;
  std::vector<Room> rooms_;            ///< that are open
  std::size_t used_ = 0;               ///< bytes of the texts' memory, in texts and rooms
  std::vector<std::int32_t> targets_;  ///< of all texts
  std::vector<SampleArray> arrays_;    ///< of all resident segments
  std::vector<Placed> results_;        ///< [texts], of the last batch that was done
  /// What the last text was that was taken: the next ones are taken for the same first. Only the time depends on it.
  io::TextWay way_ = io::TextWay::kIntegers;
  std::vector<PreparedChannel> channels_;
  std::vector<ColumnBuffer> raw_;  ///< [channels], of those that have marked gaps
  std::vector<Copied> copied_;
  HostBuffer host_text_;
  HostBuffer host_tables_;
  HostBuffer host_outcomes_;
  DeviceBuffer text_;
  DeviceBuffer tables_;    ///< TeamText of each, then their arrays, then their targets
  DeviceBuffer tiles_;     ///< [segments] TextRows, then TextTile of each tile
  DeviceBuffer columns_;   ///< [segments][channels][stride] double, then as many of io::value_bytes
  DeviceBuffer outcomes_;  ///< TextRows of each text, then ColumnFacts of each column, then its gaps
};

}  // namespace pumice::cuda
