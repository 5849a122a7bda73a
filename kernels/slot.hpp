/// A batch's place on a GPU: pinned and device memory, a stream, events and transforms of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "batch.hpp"
#include "current_context.hpp"
#include "device_state.hpp"
#include "host_buffer.hpp"
#include "kept_batch.hpp"
#include "launch.hpp"
#include "pumice/backend.hpp"
#include "resources.hpp"
#include "text_batch.hpp"
#include "transforms.hpp"

namespace pumice::cuda {

/// Of a slot, but for its texts and for cuFFT's own.
[[nodiscard]] MemoryBytes slot_bytes(const Plan& plan, const BatchRoom& room, std::int64_t n);

/// Filling calls are made one after the other, under a lock of the slot's own: they lay out, record events and start
/// copies, and wait for nothing but memory that an empty slot lacks. Host memory moves only while nothing is open.
class CudaSlot final : public Slot {
 public:
  /// `device` must outlive the slot.
  CudaSlot(DeviceState& device, const Plan& plan, std::int64_t n, int segments);
  ~CudaSlot() override;

  bool add(const PreparedSegment& segment) override;
  bool reserve(const PreparedSegment& segment, SlotPlace& place) override;
  [[nodiscard]] int size() const override { return batch_.size(); }
  void submit() override;
  [[nodiscard]] std::span<const double> wait() override;
  [[nodiscard]] std::vector<PreparedSegment> kept() const override;
  [[nodiscard]] StageSeconds seconds() const override { return seconds_; }
  [[nodiscard]] bool takes_text() const override;
  [[nodiscard]] std::span<char> text_room(std::int64_t bytes) override;
  [[nodiscard]] bool takes_resident(const ResidentSegment& segment) const override;
  int add_resident(const ResidentSegment& segment) override;
  int add_text(const TextSegment& text) override;
  void drop_text_room(std::span<const char> room) override;
  [[nodiscard]] TextResult text_result(int i) const override { return texts_.result(i); }
  bool advance() override;

 private:
  /// What was started of the batch. Rows and extremes of texts have to be known before the rest can be laid out.
  enum class Stage : std::uint8_t { kFilling, kParsing, kComputing };
  /// What an event on the stream ends.
  enum Mark {
    kTexts,
    kParsed,
    kStart,
    kUpload,
    kDerive,
    kMoments,
    kOrderStatistics,
    kWelch,
    kFeatures,
    kDownload,
    kMarks
  };

  void reserve(const BatchRoom& room);
  void upload_calls();
  void require_filling() const;
  void start_batch();
  /// Segments that were added, and texts that may be.
  [[nodiscard]] std::size_t places_taken() const {
    return static_cast<std::size_t>(batch_.size()) + texts_.open_rooms();
  }
  template <class Body>
  void or_give_up(Body body);
  void place_texts();
  [[nodiscard]] const BatchLists& prepare_batch();
  void inject_faults();
  void enqueue(const BatchLists& lists);
  void enqueue_order_statistics(const BatchLists& lists);
  void enqueue_transforms(const BatchLists& lists);
  void enqueue_features(const BatchLists& lists);
  void record(Mark mark) { marks_[mark].record(stream_); }
  void add_times();
  [[nodiscard]] std::size_t result_bytes(std::size_t segments) const;
  template <class T>
  [[nodiscard]] T* list(std::size_t offset) const {
    return reinterpret_cast<T*>(upload_.get() + offset);
  }

  std::optional<CurrentContext> at_end_;  ///< the first member, so that it goes when all others have
  DeviceState& device_;
  const Plan* plan_;
  mutable std::mutex filling_;  ///< what filling calls use: the batch, the texts, the upload's place, the times
  Batch batch_;
  mutable KeptBatch kept_;
  BatchRoom room_;
  TextBatch texts_;
  Stream stream_;
  std::array<Event, kMarks> marks_;
  HostBuffer host_upload_;
  HostBuffer host_results_;
  DeviceBuffer upload_;
  DeviceBuffer derived_;
  DeviceBuffer counters_;
  DeviceBuffer unsorted_;
  DeviceBuffer sorted_;
  DeviceBuffer sort_temporary_;
  DeviceBuffer spectra_;
  DeviceBuffer results_;
  DeviceBuffer signal_calls_;
  DeviceBuffer call_groups_;
  DeviceBuffer calls_;
  Transforms transforms_;
  StageSeconds seconds_;
  Stage stage_ = Stage::kFilling;
};

}  // namespace pumice::cuda
