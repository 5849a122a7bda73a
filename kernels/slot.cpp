#include "slot.hpp"

#include <algorithm>
#include <vector>

#include "call_tables.hpp"
#include "core/clock.hpp"
#include "pumice/error.hpp"
#include "ranges.hpp"
#include "transform_batch.hpp"

namespace pumice::cuda {

namespace {

/// Every thread of the process has a device of its own.
DeviceState& select_device(DeviceState& device) {
  PUMICE_CUDA(cudaSetDevice(device.ordinal));
  return device;
}

template <class T>
void upload_table(const std::vector<T>& table, DeviceBuffer& buffer, const Stream& stream) {
  if (!table.empty()) {
    buffer.reserve(table.size() * sizeof(T));
    PUMICE_CUDA(
        cudaMemcpyAsync(buffer.get(), table.data(), table.size() * sizeof(T), cudaMemcpyHostToDevice, stream.get()));
  }
}

}  // namespace

MemoryBytes slot_bytes(const Plan& plan, const BatchRoom& room, std::int64_t n) {
  const std::size_t results = room.segments * static_cast<std::size_t>(plan.n_values) * sizeof(double);
  std::size_t transforms = 0;
  for (const WelchSettings& settings : plan.welch) {
    transforms = std::max(
        transforms, Transforms::bytes_for(settings.for_length(std::max<std::int64_t>(n, 1)).nperseg, plan.precision));
  }
  // Samples to be sorted lie there three times: as keys, sorted, and between two passes.
  const std::size_t working = room.derived_bytes + room.counters * sizeof(std::uint32_t) +
                              3 * room.sorted_samples * sizeof(double) + room.spectrum_values * sizeof(double);
  return {.host = HostBuffer::whole_pages(room.upload_bytes) + HostBuffer::whole_pages(results),
          .device = room.upload_bytes + results + working + transforms};
}

CudaSlot::CudaSlot(DeviceState& device, const Plan& plan, std::int64_t n, int segments)
    : device_(select_device(device)),
      plan_(&plan),
      batch_(plan),
      room_(room_for(plan, n, segments)),
      texts_(device, plan, n, segments),
      host_upload_(device),
      host_results_(device),
      transforms_(plan.precision, plan.sample_rate, stream_) {
  reserve(room_);
  upload_calls();
  for (const SignalPlan& signal : plan.signals) {
    for (const int w : signal.welch) {
      const WelchSettings settings = plan.welch[static_cast<std::size_t>(w)].for_length(std::max<std::int64_t>(n, 1));
      static_cast<void>(transforms_.get(settings.nperseg, settings.taper));
    }
  }
}

/// In the thread that called for the run, which may use another GPU.
CudaSlot::~CudaSlot() {
  at_end_.emplace();
  static_cast<void>(cudaSetDevice(device_.ordinal));
  static_cast<void>(cudaStreamSynchronize(stream_.get()));
}

std::size_t CudaSlot::result_bytes(std::size_t segments) const {
  return segments * static_cast<std::size_t>(plan_->n_values) * sizeof(double);
}

/// Sorting memory is not taken here: recorded integers never need it. What the host has of the upload stays.
void CudaSlot::reserve(const BatchRoom& room) {
  host_upload_.grow(room.upload_bytes);
  upload_.reserve(room.upload_bytes);
  host_results_.reserve(result_bytes(room.segments));
  results_.reserve(result_bytes(room.segments));
  derived_.reserve(room.derived_bytes);
  counters_.reserve(room.counters * sizeof(std::uint32_t));
  spectra_.reserve(room.spectrum_values * sizeof(double));
}

void CudaSlot::upload_calls() {
  const HostCallTables tables = make_call_tables(*plan_);
  upload_table(tables.signals, signal_calls_, stream_);
  upload_table(tables.groups, call_groups_, stream_);
  upload_table(tables.calls, calls_, stream_);
  // `tables` are pageable and go away here.
  PUMICE_CUDA(cudaStreamSynchronize(stream_.get()));
}

void CudaSlot::require_filling() const {
  if (stage_ != Stage::kFilling) {
    throw Error("a segment was added to a slot that is computing");
  }
}

void CudaSlot::start_batch() {
  if (batch_.size() == 0) {
    kept_.clear();
  }
}

/// Where `body` throws, the batch is over; what was started before still reads this slot's memory. What the host holds
/// of segments and texts stays.
template <class Body>
void CudaSlot::or_give_up(Body body) {
  try {
    body();
  } catch (...) {
    static_cast<void>(cudaStreamSynchronize(stream_.get()));
    texts_.clear();
    batch_.clear();
    stage_ = Stage::kFilling;
    throw;
  }
}

bool CudaSlot::add(const PreparedSegment& segment) {
  SlotPlace place;
  if (!reserve(segment, place)) {
    return false;
  }
  place.fill();
  return true;
}

bool CudaSlot::reserve(const PreparedSegment& segment, SlotPlace& place) {
  const Range range("upload");
  const auto extremes = batch_.extremes_of(segment);
  const std::lock_guard lock(filling_);
  require_filling();
  const StageTimer uploading(seconds_.upload);
  start_batch();
  const bool is_empty = places_taken() == 0;
  BatchRoom taken = batch_.append(segment, extremes);
  taken.segments = places_taken();
  try {
    if (!is_empty) {
      if (!room_.holds(taken)) {
        batch_.undo_append();
        return false;
      }
    } else {
      select_device(device_);
      BatchRoom room = room_;
      room.grow_to(taken);
      reserve(room);
      room_ = room;
    }
    batch_.list_copies(host_upload_.get(), place.copies);
    kept_.add(segment, batch_);
  } catch (...) {
    batch_.undo_append();
    if (is_empty) {
      room_ = {.segments = room_.segments};  // where there is no more memory, what was there is gone, too
    }
    throw;
  }
  place.index = batch_.size() - 1;
  return true;
}

bool CudaSlot::takes_resident(const ResidentSegment& segment) const {
  const std::lock_guard lock(filling_);
  return texts_.takes(segment);
}

int CudaSlot::add_resident(const ResidentSegment& segment) {
  const std::lock_guard lock(filling_);
  require_filling();
  if (places_taken() > 0 && places_taken() >= room_.segments) {
    return -1;
  }
  select_device(device_);
  start_batch();
  if (!texts_.add(segment, batch_.size())) {
    return -1;
  }
  batch_.append_later();
  return batch_.size() - 1;
}

bool CudaSlot::takes_text() const {
  const std::lock_guard lock(filling_);
  return texts_.has_memory();
}

std::span<char> CudaSlot::text_room(std::int64_t bytes) {
  const std::lock_guard lock(filling_);
  require_filling();
  if (places_taken() > 0 && places_taken() >= room_.segments) {
    return {};
  }
  select_device(device_);
  return texts_.room(bytes);
}

int CudaSlot::add_text(const TextSegment& text) {
  const Range range("upload");
  const std::lock_guard lock(filling_);
  require_filling();
  select_device(device_);
  start_batch();
  texts_.add(text, batch_.size(), stream_);
  batch_.append_later();
  return batch_.size() - 1;
}

void CudaSlot::drop_text_room(std::span<const char> room) {
  const std::lock_guard lock(filling_);
  texts_.drop(room);
}

void CudaSlot::submit() {
  if (stage_ != Stage::kFilling || batch_.size() == 0) {
    return;
  }
  or_give_up([&] {
    select_device(device_);
    if (texts_.empty()) {
      const BatchLists& lists = prepare_batch();
      inject_faults();
      enqueue(lists);
      stage_ = Stage::kComputing;
    } else {
      const Range range("decode");
      inject_faults();
      record(kTexts);
      texts_.enqueue(stream_);
      record(kParsed);
      stage_ = Stage::kParsing;
    }
  });
}

bool CudaSlot::advance() {
  if (stage_ != Stage::kParsing) {
    return false;
  }
  or_give_up([&] {
    select_device(device_);
    if (marks_[kParsed].has_happened()) {
      place_texts();
    }
  });
  return stage_ == Stage::kParsing;
}

/// Lays out the texts that were taken and starts everything but parsing. What the stream was given is done.
void CudaSlot::place_texts() {
  const Range range("place texts");
  seconds_.upload += texts_.upload_seconds();
  seconds_.decode += marks_[kParsed].seconds_since(marks_[kTexts]);
  BatchRoom room = room_;
  texts_.for_each_taken(
      [&](const PreparedSegment& segment, int place) { room.grow_to(batch_.append_parsed(segment, place)); });
  if (!room_.holds(room)) {
    room_ = {.segments = room_.segments};  // where there is no more memory, what was there is gone, too
    reserve(room);
    room_ = room;
  }
  texts_.clear();
  enqueue(prepare_batch());
  stage_ = Stage::kComputing;
}

/// Plans, tapers and memory first: once work is enqueued, nothing may be taken or given back.
const BatchLists& CudaSlot::prepare_batch() {
  if (batch_.sorted_samples() > 0) {
    unsorted_.reserve(room_.sorted_samples * sizeof(double));
    sorted_.reserve(room_.sorted_samples * sizeof(double));
  }
  const DeviceAreas areas{.upload = upload_.get(),
                          .derived = derived_.get(),
                          .counters = reinterpret_cast<std::uint32_t*>(counters_.get()),
                          .unsorted = reinterpret_cast<double*>(unsorted_.get()),
                          .sorted = reinterpret_cast<double*>(sorted_.get()),
                          .spectra = reinterpret_cast<double*>(spectra_.get()),
                          .results = reinterpret_cast<double*>(results_.get())};
  const BatchLists& lists = batch_.finish(host_upload_.get(), areas);
  transforms_.trim();
  for (const TransformGroup& group : lists.transforms) {
    static_cast<void>(transforms_.get(group.length, group.taper));
  }
  if (lists.sort_count > 0) {
    sort_temporary_.reserve(sort_temporary_bytes(lists.sorted_samples, lists.sort_count));
  }
  return lists;
}

void CudaSlot::inject_faults() {
  const std::int64_t batch = device_.batches++;
  if (batch == device_.faults.failing_batch) {
    throw_cuda_error(cudaErrorInvalidValue, "an injected fault", __FILE__, __LINE__);
  }
  if (batch == device_.faults.fatal_batch) {
    launch_fault(stream_.get());
  }
}

std::vector<PreparedSegment> CudaSlot::kept() const { return kept_.segments(host_upload_.get()); }

void CudaSlot::enqueue(const BatchLists& lists) {
  const Range range("submit");
  record(kStart);
  PUMICE_CUDA(
      cudaMemcpyAsync(upload_.get(), host_upload_.get(), lists.upload_bytes, cudaMemcpyHostToDevice, stream_.get()));
  record(kUpload);
  launch_derive(list<DeriveTask>(lists.derivations), lists.derivation_count, lists.longest_derivation, stream_.get());
  record(kDerive);
  launch_moments(list<SignalTask>(lists.tasks), lists.task_count, stream_.get());
  record(kMoments);
  enqueue_order_statistics(lists);
  record(kOrderStatistics);
  enqueue_transforms(lists);
  record(kWelch);
  enqueue_features(lists);
  record(kFeatures);
  PUMICE_CUDA(cudaMemcpyAsync(host_results_.get(), results_.get(), result_bytes(static_cast<std::size_t>(size())),
                              cudaMemcpyDeviceToHost, stream_.get()));
  record(kDownload);
}

void CudaSlot::enqueue_order_statistics(const BatchLists& lists) {
  const Range range("order statistics");
  launch_count(list<SignalTask>(lists.tasks), lists.task_count, lists.widest_count, device_.counter_bytes,
               stream_.get());
  launch_sort({.tasks = list<SignalTask>(lists.tasks),
               .sort_tasks = list<std::int32_t>(lists.sort_tasks),
               .begins = list<std::int64_t>(lists.sort_begins),
               .ends = list<std::int64_t>(lists.sort_ends),
               .sorts = lists.sort_count,
               .samples = lists.sorted_samples,
               .longest = lists.longest_sort,
               .unsorted = reinterpret_cast<double*>(unsorted_.get()),
               .sorted = reinterpret_cast<double*>(sorted_.get()),
               .temporary = sort_temporary_.get(),
               .temporary_bytes = sort_temporary_.capacity()},
              stream_.get());
}

void CudaSlot::enqueue_transforms(const BatchLists& lists) {
  const Range range("welch");
  for (const TransformGroup& group : lists.transforms) {
    const Transform& transform = transforms_.get(group.length, group.taper);
    const TransformWork work{.tasks = list<SignalTask>(lists.tasks),
                             .spectra = list<SpectrumTask>(lists.spectra),
                             .blocks = list<FftBlock>(lists.blocks) + group.first_block,
                             .spectrum_order = list<std::int32_t>(lists.spectrum_order) + group.first_spectrum,
                             .spectrum_count = group.spectra,
                             .length = group.length,
                             .taper = reinterpret_cast<const double*>(transform.taper.get()),
                             .in_double = transforms_.in_double()};
    if (!work.in_double) {
      launch_find_scales(work, stream_.get());
    }
    for_each_batch(group.blocks, transform_batch(group.length), [&](std::int64_t first, int count) {
      launch_taper(work, first, count, transforms_.input(), stream_.get());
      transforms_.execute(transform);
      launch_accumulate(work, first, count, transforms_.output(), stream_.get());
    });
    launch_finish_spectra(work, transform.scale, stream_.get());
  }
}

void CudaSlot::enqueue_features(const BatchLists& lists) {
  const Range range("features");
  const CallTables tables{.signals = reinterpret_cast<const SignalCalls*>(signal_calls_.get()),
                          .groups = reinterpret_cast<const CallGroup*>(call_groups_.get()),
                          .calls = reinterpret_cast<const DeviceCall*>(calls_.get()),
                          .sample_rate = plan_->sample_rate};
  // All bits set is a NaN: what no feature writes has no value.
  PUMICE_CUDA(cudaMemsetAsync(results_.get(), 0xff, result_bytes(static_cast<std::size_t>(size())), stream_.get()));
  const auto* tasks = list<SignalTask>(lists.tasks);
  const auto* spectra = list<SpectrumTask>(lists.spectra);
  const auto has = [&](SampleType type) { return lists.has_type[static_cast<std::size_t>(type)]; };
  if (has(SampleType::kInt16)) {
    launch_features<std::int16_t>(tasks, lists.task_count, spectra, tables, stream_.get());
  }
  if (has(SampleType::kInt32)) {
    launch_features<std::int32_t>(tasks, lists.task_count, spectra, tables, stream_.get());
  }
  if (has(SampleType::kFloat64)) {
    launch_features<double>(tasks, lists.task_count, spectra, tables, stream_.get());
  }
}

std::span<const double> CudaSlot::wait() {
  const CurrentContext kept;  // a run that has failed waits in the thread that called for it
  const Range range("wait, download");
  if (stage_ == Stage::kParsing) {
    or_give_up([&] {
      select_device(device_);
      marks_[kParsed].wait();
      place_texts();
    });
  }
  const bool was_submitted = stage_ == Stage::kComputing;
  const int segments = was_submitted ? batch_.size() : 0;
  if (was_submitted) {
    or_give_up([&] {
      select_device(device_);
      marks_[kDownload].wait();
      add_times();
    });
  }
  batch_.clear();
  texts_.clear();
  stage_ = Stage::kFilling;
  return {reinterpret_cast<const double*>(host_results_.get()),
          static_cast<std::size_t>(segments) * static_cast<std::size_t>(plan_->n_values)};
}

void CudaSlot::add_times() {
  const auto between = [&](Mark earlier, Mark later) { return marks_[later].seconds_since(marks_[earlier]); };
  seconds_.upload += between(kStart, kUpload);
  seconds_.prepare += between(kUpload, kDerive);
  seconds_.moments += between(kDerive, kMoments);
  seconds_.order_statistics += between(kMoments, kOrderStatistics);
  seconds_.welch += between(kOrderStatistics, kWelch);
  seconds_.features += between(kWelch, kFeatures);
  seconds_.download += between(kFeatures, kDownload);
}

}  // namespace pumice::cuda
