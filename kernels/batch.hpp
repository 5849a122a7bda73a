/// Packs segments into one upload and lays out everything the kernels fill: plain C++, tested without a GPU.
///
/// The upload holds the columns, then the tasks, spectra, blocks and derivations that the kernels walk. All else
/// (derived columns, counts, sorted samples, spectra, results) lies in device areas of its own, cut from the front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pumice/backend.hpp"
#include "pumice/plan.hpp"
#include "pumice/prepare.hpp"
#include "tasks.hpp"

namespace pumice::cuda {

/// Room of a slot, or what a batch takes of it. Counted, not in bytes, where the type is known.
struct BatchRoom {
  std::size_t segments = 0;
  std::size_t upload_bytes = 0;
  std::size_t derived_bytes = 0;
  std::size_t counters = 0;         ///< uint32
  std::size_t sorted_samples = 0;   ///< double
  std::size_t spectrum_values = 0;  ///< double

  [[nodiscard]] bool holds(const BatchRoom& other) const;
  /// The larger of each.
  void grow_to(const BatchRoom& other);
};

[[nodiscard]] constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + kColumnAlignment - 1) / kColumnAlignment * kColumnAlignment;
}

/// Bytes of the lists that follow the columns in an upload.
[[nodiscard]] std::size_t list_bytes(std::size_t tasks, std::size_t spectra, std::size_t blocks,
                                     std::size_t derivations);

/// Room for `segments` segments of n samples of integers, or half as many of decimals.
[[nodiscard]] BatchRoom room_for(const Plan& plan, std::int64_t n, int segments);

/// What that grows to where segments of n samples come as texts: the columns of decimals lie elsewhere, so that all
/// segments of a batch may have them, and all their samples have to be sorted.
[[nodiscard]] BatchRoom most_room_for(const Plan& plan, std::int64_t n, int segments);

/// Where the areas of a slot begin on the device.
struct DeviceAreas {
  std::byte* upload = nullptr;
  std::byte* derived = nullptr;
  std::uint32_t* counters = nullptr;
  double* unsorted = nullptr;
  double* sorted = nullptr;
  double* spectra = nullptr;
  double* results = nullptr;
};

/// Transforms of one length and taper: spectra and blocks are ranges of the batch's lists.
struct TransformGroup {
  int length = 0;
  Taper taper = Taper::kHann;
  std::int32_t first_spectrum = 0;  ///< in the order of spectra
  std::int32_t spectra = 0;
  std::int64_t first_block = 0;
  std::int64_t blocks = 0;
};

/// Where the lists lie in the upload, and how much there is to launch.
struct BatchLists {
  std::size_t upload_bytes = 0;
  std::size_t tasks = 0;  ///< byte offsets into the upload
  std::size_t spectra = 0;
  std::size_t blocks = 0;
  std::size_t derivations = 0;
  std::size_t sort_begins = 0;  ///< [sorts] int64, then [sorts] int64 of ends, in samples
  std::size_t sort_ends = 0;
  std::size_t sort_tasks = 0;      ///< [sorts] int32: which task is sorted
  std::size_t spectrum_order = 0;  ///< [spectra] int32: spectra, transform by transform
  int task_count = 0;
  int spectrum_count = 0;
  int derivation_count = 0;
  int sort_count = 0;
  std::int64_t sorted_samples = 0;
  std::int64_t longest_derivation = 0;  ///< samples
  std::int64_t longest_sort = 0;        ///< samples
  std::int64_t widest_count = 0;        ///< counters of the widest table
  int longest_spectrum = 0;             ///< bins
  bool has_type[3] = {};                ///< a task's features see this SampleType
  std::vector<TransformGroup> transforms;
};

/// The segments of one batch. Reused; allocates only where a batch is larger than any before.
class Batch {
 public:
  /// `plan` must outlive the batch.
  explicit Batch(const Plan& plan);

  /// Extremes of a channel's samples, of integers, where the plan asks for order statistics; else low > high.
  struct Extremes {
    std::int64_t low = 0;
    std::int64_t high = -1;
  };
  struct ChannelExtremes {
    Extremes valid;
    Extremes time_axis;
  };
  /// Goes through the samples: the one part of `append` that takes long, and needs nothing of the batch.
  [[nodiscard]] std::vector<ChannelExtremes> extremes_of(const PreparedSegment& segment) const;
  /// Lays `segment` out behind the others, copying nothing yet; returns what the batch takes with it.
  [[nodiscard]] BatchRoom append(const PreparedSegment& segment, std::span<const ChannelExtremes> extremes);
  [[nodiscard]] BatchRoom append(const PreparedSegment& segment) { return append(segment, extremes_of(segment)); }
  /// Takes the segment that was appended last out again.
  void undo_append();
  /// Adds a segment whose columns will be known later, or never; its place is the size that the batch had.
  void append_later();
  /// Lays out the segment at such a place, whose columns lie on the device; returns what the batch takes with it.
  [[nodiscard]] BatchRoom append_parsed(const PreparedSegment& segment, int place);
  /// Where the columns of the segment that was appended last have to be copied to in `upload` on the host.
  void list_copies(std::byte* upload, std::vector<SlotPlace::Copy>& copies) const;
  /// Writes the lists to `upload` behind the columns, with pointers into `areas`.
  [[nodiscard]] const BatchLists& finish(std::byte* upload, const DeviceAreas& areas);
  /// Samples of the batch that must be sorted. Throws std::bad_alloc where they are more than one sort takes: a smaller
  /// batch has fewer.
  [[nodiscard]] std::size_t sorted_samples() const;
  [[nodiscard]] int size() const { return size_; }
  void clear();

  /// Where the samples of a channel of the segment that was appended last lie in the upload; none where the plan does
  /// not ask for them.
  struct ChannelUpload {
    std::optional<std::size_t> valid;
    std::optional<std::size_t> time_axis;
  };
  [[nodiscard]] ChannelUpload uploaded(std::size_t channel) const;

 private:
  /// A column's place: in the upload, among the derived columns, or where it was given on the device.
  struct Place {
    enum class Area : std::uint8_t { kNone, kUpload, kDerived, kGiven } area = Area::kNone;
    std::size_t offset = 0;
    const void* given = nullptr;
    SampleType type = SampleType::kFloat64;
    std::int64_t n = 0;
    bool operator==(const Place&) const = default;
  };
  struct Channel {
    Place valid;
    Place time_axis;
    ChannelExtremes extremes;
  };
  struct Copy {
    const void* from = nullptr;
    std::size_t bytes = 0;
    std::size_t to = 0;
  };
  struct Derived {
    Place from;
    Place to;
    Derivation derivation = Derivation::kNone;
  };
  struct Spectrum {
    int task = 0;
    int length = 0;
    int step = 1;
    Taper taper = Taper::kHann;
    std::size_t first_block = 0;  ///< in blocks_
    std::size_t blocks = 0;
    std::size_t values = 0;  ///< place among the spectra's values
  };
  struct Task {
    Intake intake;
    Place valid;
    Place time_axis;
    Place feature_valid;
    Place feature_time_axis;
    std::int64_t base = 0;
    std::int64_t range = 0;
    std::size_t counters = 0;        ///< place among the counters
    std::size_t sorted_samples = 0;  ///< place among the sorted samples
    bool is_sorted = false;
    int segment = 0;
    int signal = 0;
    int first_spectrum = 0;
  };
  enum class Columns : std::uint8_t { kOnHost, kOnDevice };
  /// Lengths of everything before the last segment.
  struct Mark {
    std::size_t tasks = 0, spectra = 0, blocks = 0, derived = 0;
    BatchRoom room;
  };

  [[nodiscard]] BatchRoom lay_out(const PreparedSegment& segment, Columns columns,
                                  std::span<const ChannelExtremes> extremes, int place);
  [[nodiscard]] Place upload(const ColumnView& column);
  [[nodiscard]] Channel place_channel(const PreparedChannel& channel, Columns columns, int index);
  [[nodiscard]] bool needs_extremes(std::size_t channel) const {
    return (channel_needs_[channel] & kOrderStatistics) != 0;
  }
  [[nodiscard]] Place derive(const Place& from, SampleType type, Derivation derivation);
  void place_signal(const PreparedChannel& prepared, const Channel& channel, int signal, int segment);
  void place_for_features(Task& task, const Channel& channel, const SignalPlan& plan);
  void place_order_statistics(Task& task, const Channel& channel, Derivation derivation);
  void place_spectra(const Task& task, const SignalPlan& signal, const ColumnView& raw);
  [[nodiscard]] static ColumnView resolve(const Place& place, const DeviceAreas& areas);
  void place_lists();
  void write_tasks(std::byte* upload, const DeviceAreas& areas);
  void write_spectra(std::byte* upload, const DeviceAreas& areas);
  void write_blocks(std::byte* upload);
  void write_derivations(std::byte* upload, const DeviceAreas& areas);

  const Plan* plan_;
  std::vector<std::uint32_t> channel_needs_;  ///< union over a channel's signals
  std::vector<bool> counts_differences_;      ///< some signal of the channel needs order statistics of its difference
  std::vector<Task> tasks_;
  std::vector<Spectrum> spectra_;
  std::vector<std::int32_t> blocks_;
  std::vector<Derived> derived_;
  std::vector<Copy> copies_;       ///< of the last segment
  std::vector<Channel> channels_;  ///< of the last segment
  BatchRoom room_;                 ///< upload_bytes: of the columns alone
  Mark mark_;
  int size_ = 0;
  BatchLists lists_;
};

}  // namespace pumice::cuda
