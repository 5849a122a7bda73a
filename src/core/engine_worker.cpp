#include "core/engine_worker.hpp"

#include <mutex>
#include <span>

#include "core/clock.hpp"

namespace pumice {

EngineWorker::EngineWorker(EngineRun& run, EngineGroup& group)
    : run_(run),
      group_(group),
      decoder_(run.source.make_decoder()),
      texts_(run, group.texts, *decoder_, seconds_),
      feeder_(run, group, texts_) {}

void EngineWorker::work() {
  while (const auto recording = run_.sequencer.take()) {
    if (!run_.sequencer.has_room(*recording)) {
      feeder_.flush();
      if (!run_.sequencer.wait_for_room(*recording)) {
        return;
      }
    }
    process(*recording);
  }
  if (!run_.sequencer.stopping()) {
    feeder_.flush();
  }
}

void EngineWorker::report() {
  const std::lock_guard lock(run_.totals_mutex);
  run_.seconds += seconds_;
  run_.seconds += feeder_.seconds();
  group_.segments += feeder_.segments();
  group_.spare_segments += feeder_.spare_segments();
}

void EngineWorker::process(std::int64_t recording) {
  PendingRecording& pending = run_.start(recording);
  RecordingResult& result = *pending.result;
  const Recording& file = run_.source.recordings()[static_cast<std::size_t>(recording)];
  if (files_are_cold_) {
    read_ahead(recording);
  }
  const double read_before = seconds_.read;
  feeder_.advance();
  if (const auto resident = group_.ring ? run_.source.resident(file) : std::nullopt) {
    run_.bytes += file.bytes;
    if (add_resident(*resident, pending)) {
      run_.take_share(pending);
    }
    return;
  }
  const bool is_text = group_.ring && texts_.is_open() && add_text(file, pending);
  if (!is_text) {
    group_.backend.begin_range("read and decode");
    result.problem = decoder_->decode(file, decoded_, seconds_);
    group_.backend.end_range();
  }
  // What comes in more slowly is read ahead.
  files_are_cold_ = static_cast<double>(file.bytes) < (seconds_.read - read_before) * kPageCacheRate;
  if (!is_text && !result.problem) {
    run_.bytes += decoded_.text_bytes;
    result.has_infinities = decoded_.has_infinities;
    if (!cut(pending, decoded_.n, [&](std::int64_t window, std::int64_t first, std::int64_t count) {
          feeder_.add(prepare(first, count), {.pending = &pending, .window = window});
        })) {
      return;
    }
  }
  run_.take_share(pending);
}

/// Has the system read what will be wanted when each worker is done with two more recordings.
void EngineWorker::read_ahead(std::int64_t recording) {
  const std::vector<Recording>& files = run_.source.recordings();
  const auto ahead = static_cast<std::size_t>(recording + std::int64_t{2} * run_.threads);
  if (ahead < files.size()) {
    decoder_->read_ahead(files[ahead]);
  }
}

/// Reads the text of a recording to where a slot parses it; false where it has to be decoded here.
bool EngineWorker::add_text(const Recording& file, PendingRecording& pending) {
  // A byte more than the file has, so that its end is seen.
  const std::span<char> room = feeder_.text_room(file.bytes + 1);
  if (room.empty()) {
    return false;
  }
  group_.backend.begin_range("read");
  const auto text = decoder_->read_text(file, room, seconds_);
  group_.backend.end_range();
  if (!text) {
    feeder_.drop_text_room(room);
    return false;
  }
  run_.bytes += static_cast<std::int64_t>(text->text.size());
  pending.result->windows = 1;
  pending.result->values.resize(static_cast<std::size_t>(run_.plan.n_values));
  feeder_.add_text(*text, pending);
  return true;
}

PreparedSegment EngineWorker::prepare(std::int64_t first, std::int64_t count) {
  const StageTimer preparing(seconds_.prepare);
  return cutter_.cut(run_.plan, decoded_, first, count);
}

/// Adds the windows of a recording that lies on the device; false where the run is stopping, and not all were added.
bool EngineWorker::add_resident(const ResidentSegment& whole, PendingRecording& pending) {
  return cut(pending, whole.n, [&](std::int64_t window, std::int64_t first, std::int64_t count) {
    arrays_.clear();
    for (const SampleArray& array : whole.channels) {
      arrays_.push_back(array.slice(first, count));
    }
    feeder_.add_resident({arrays_, count, whole.device}, {.pending = &pending, .window = window, .is_resident = true});
  });
}

/// Calls add(window, first sample, samples) for each window of a recording of n samples; false where the run is
/// stopping, and not all were added.
template <class Add>
bool EngineWorker::cut(PendingRecording& pending, std::int64_t n, Add add) {
  const bool windowed = run_.window.length > 0;
  const std::int64_t length = windowed ? run_.window.length : n;
  const std::int64_t hop = windowed ? run_.window.hop : n;
  const std::int64_t windows = run_.window.count(n);
  const std::int64_t covered = windows > 0 ? (windows - 1) * hop + length : 0;
  RecordingResult& result = *pending.result;
  result.samples = n;
  result.windows = windows;
  result.partial_window_left_out = windowed && covered < n && windows * hop < n;
  result.shorter_than_nperseg = windows > 0 && is_shorter_than_a_block(run_.plan, length);
  result.values.resize(static_cast<std::size_t>(windows) * static_cast<std::size_t>(run_.plan.n_values));
  for (std::int64_t window = 0; window < windows; ++window) {
    if (run_.sequencer.stopping()) {
      return false;
    }
    add(window, window * hop, length);
  }
  return true;
}

void run_engine_worker(EngineRun& run, EngineGroup& group) {
  try {
    EngineWorker worker(run, group);
    worker.work();
    worker.report();
  } catch (...) {
    run.sequencer.fail(std::current_exception());
    if (group.ring) {
      group.ring->abort();
    }
  }
}

}  // namespace pumice
