#include "pumice/engine.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <new>
#include <thread>
#include <utility>

#include "core/engine_sizes.hpp"
#include "core/narrow.hpp"
#include "core/sequencer.hpp"
#include "pumice/error.hpp"

namespace pumice {

StageSeconds& StageSeconds::operator+=(const StageSeconds& other) {
  read += other.read;
  decode += other.decode;
  prepare += other.prepare;
  upload += other.upload;
  moments += other.moments;
  order_statistics += other.order_statistics;
  welch += other.welch;
  features += other.features;
  download += other.download;
  write += other.write;
  return *this;
}

void RecordingResult::clear() {
  std::vector<double> memory = std::move(values);
  memory.clear();
  *this = {};
  values = std::move(memory);
}

namespace {

using Clock = std::chrono::steady_clock;

/// Bytes a second that only memory gives: files that come in more slowly are read ahead.
constexpr double kPageCacheRate = 2e9;
constexpr auto kObserveInterval = std::chrono::milliseconds(100);

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// What the threads of one run share.
struct Run {
  const Plan& plan;
  const Source& source;
  Backend& backend;
  const WindowRule& window;
  const EngineOptions& options;
  EngineSizes sizes;
  Sequencer sequencer;
  std::atomic<std::int64_t> bytes{0};
  std::mutex seconds_mutex;
  StageSeconds seconds;
};

/// A recording whose windows are still being computed.
struct Pending {
  RecordingResult* result = nullptr;
  std::int64_t computed = 0;
  bool cut = false;  ///< all its windows were added
};

/// Recordings under way, oldest first, at places that stay theirs.
class PendingQueue {
 public:
  explicit PendingQueue(std::int64_t most) : places_(static_cast<std::size_t>(most)) {}
  [[nodiscard]] bool empty() const { return first_ == end_; }
  [[nodiscard]] Pending& front() { return places_[first_ % places_.size()]; }
  Pending& push(RecordingResult& result) {
    Pending& pending = places_[end_++ % places_.size()];
    pending = {.result = &result};
    return pending;
  }
  void pop() { ++first_; }

 private:
  std::vector<Pending> places_;
  std::size_t first_ = 0;
  std::size_t end_ = 0;
};

/// A slot and where the results of its segments go.
struct Lane {
  struct Target {
    Pending* pending;
    std::int64_t window;
  };
  std::unique_ptr<Slot> slot;
  std::vector<Target> targets;
  bool in_flight = false;
};

/// One thread: decodes recordings, cuts and prepares their segments, and keeps its slots busy.
class Worker {
 public:
  explicit Worker(Run& run) : run_(run), decoder_(run.source.make_decoder()), pending_(run.sizes.reorder_window) {
    lanes_.resize(static_cast<std::size_t>(run.sizes.slots_per_worker));
    for (Lane& lane : lanes_) {
      lane.slot = make_slot();
    }
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// A slot that is torn down while it computes would pull its memory away: wait, whatever comes of it.
  ~Worker() {
    for (Lane& lane : lanes_) {
      if (lane.in_flight) {
        try {
          static_cast<void>(lane.slot->wait());
        } catch (...) {  // the run has failed already, with the first error
        }
      }
    }
  }

  void work() {
    while (const auto recording = run_.sequencer.take()) {
      if (!run_.sequencer.has_room(*recording)) {
        flush();
        if (!run_.sequencer.wait_for_room(*recording)) {
          return;
        }
      }
      process(*recording);
    }
    if (!run_.sequencer.stopping()) {
      flush();
    }
  }

  [[nodiscard]] StageSeconds seconds() const {
    StageSeconds sum = seconds_;
    for (const Lane& lane : lanes_) {
      sum += lane.slot->seconds();
    }
    return sum;
  }

 private:
  /// Halves the batch where the device has less memory than was thought.
  std::unique_ptr<Slot> make_slot() {
    int segments = run_.sizes.batch_segments;
    for (;;) {
      try {
        return run_.backend.make_slot(run_.plan, std::max<std::int64_t>(1, run_.options.segment_samples), segments);
      } catch (const std::bad_alloc&) {
        if (segments == 1) {
          throw;
        }
      } catch (const CudaError& error) {
        if (segments == 1 || error.fatal()) {
          throw;
        }
      }
      segments /= 2;
    }
  }

  void process(std::int64_t recording) {
    RecordingResult& result = run_.sequencer.result_of(recording);
    Pending& pending = pending_.push(result);
    result.recording = recording;
    const Recording& file = run_.source.recordings()[static_cast<std::size_t>(recording)];
    if (files_are_cold_) {
      read_ahead(recording);
    }
    const double read_before = seconds_.read;
    result.problem = decoder_->decode(file, decoded_, seconds_);
    files_are_cold_ = static_cast<double>(file.bytes) < (seconds_.read - read_before) * kPageCacheRate;
    if (result.problem) {
      pending.cut = true;
      deliver_finished();
      return;
    }
    run_.bytes += decoded_.text_bytes;
    result.samples = decoded_.n;
    result.has_infinities = decoded_.has_infinities;
    cut(pending);
    pending.cut = true;
    deliver_finished();
  }

  /// Has the system read what will be wanted when each worker is done with two more recordings.
  void read_ahead(std::int64_t recording) {
    const std::vector<Recording>& files = run_.source.recordings();
    const auto ahead = static_cast<std::size_t>(recording + std::int64_t{2} * run_.sizes.threads);
    if (ahead < files.size()) {
      decoder_->read_ahead(files[ahead]);
    }
  }

  void cut(Pending& pending) {
    const bool windowed = run_.window.length > 0;
    const std::int64_t n = decoded_.n;
    const std::int64_t length = windowed ? run_.window.length : n;
    const std::int64_t hop = windowed ? run_.window.hop : n;
    const std::int64_t windows = run_.window.count(n);
    const std::int64_t covered = windows > 0 ? (windows - 1) * hop + length : 0;
    RecordingResult& result = *pending.result;
    result.windows = windows;
    result.partial_window_left_out = windowed && covered < n && windows * hop < n;
    result.shorter_than_nperseg = windows > 0 && std::any_of(run_.plan.welch.begin(), run_.plan.welch.end(),
                                                             [&](const auto& welch) { return length < welch.nperseg; });
    result.values.resize(static_cast<std::size_t>(windows) * static_cast<std::size_t>(run_.plan.n_values));
    for (std::int64_t window = 0; window < windows; ++window) {
      if (run_.sequencer.stopping()) {
        return;
      }
      add(prepare(window * hop, length), pending, window);
    }
  }

  PreparedSegment prepare(std::int64_t first, std::int64_t count) {
    const auto start = Clock::now();
    columns_.clear();
    narrowed_.resize(decoded_.channels.size());
    for (std::size_t c = 0; c < decoded_.channels.size(); ++c) {
      const ColumnView column = decoded_.channels[c].view().slice(first, count);
      columns_.push_back(count < decoded_.n ? narrowed(column, c) : column);
    }
    const PreparedSegment segment = preparer_.prepare(run_.plan, columns_);
    seconds_.prepare += seconds_since(start);
    return segment;
  }

  /// A window as a file of its own samples would hold it: the other samples of its recording may have asked for a wider
  /// type.
  ColumnView narrowed(const ColumnView& window, std::size_t channel) {
    const SampleType type = narrowest_type(window);
    if (type == window.type) {
      return window;
    }
    store_as(window, type, narrowed_[channel]);
    return narrowed_[channel].view();
  }

  /// A borrowing slot takes one segment and is waited for at once: the preparer's memory serves the next one.
  void add(const PreparedSegment& segment, Pending& pending, std::int64_t window) {
    const bool borrows = run_.backend.borrows_input();
    Lane* lane = &lanes_[current_];
    if (lane->in_flight) {
      collect(*lane);
    }
    if (!lane->slot->add(segment)) {
      lane->slot->submit();
      lane->in_flight = true;
      current_ = (current_ + 1) % lanes_.size();
      lane = &lanes_[current_];
      if (lane->in_flight) {
        collect(*lane);
      }
      if (!lane->slot->add(segment)) {
        throw Error("an empty slot of " + run_.backend.name() + " refused a segment");
      }
    }
    lane->targets.push_back({&pending, window});
    if (borrows) {
      lane->slot->submit();
      lane->in_flight = true;
      collect(*lane);
    }
  }

  /// Waits for a slot, and hands its values to the recordings they belong to.
  void collect(Lane& lane) {
    lane.in_flight = false;
    const std::span<const double> values = lane.slot->wait();
    const auto width = static_cast<std::size_t>(run_.plan.n_values);
    for (std::size_t i = 0; i < lane.targets.size(); ++i) {
      const auto [pending, window] = lane.targets[i];
      std::copy_n(
          values.begin() + static_cast<std::ptrdiff_t>(i * width), width,
          pending->result->values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(window) * width));
      ++pending->computed;
    }
    lane.targets.clear();
    deliver_finished();
  }

  /// Computes and delivers everything that this worker owes.
  void flush() {
    Lane& filling = lanes_[current_];
    if (!filling.in_flight && !filling.targets.empty()) {
      filling.slot->submit();
      filling.in_flight = true;
    }
    for (std::size_t i = 1; i <= lanes_.size(); ++i) {  // the oldest first
      Lane& lane = lanes_[(current_ + i) % lanes_.size()];
      if (lane.in_flight) {
        collect(lane);
      }
    }
  }

  /// Slots finish in the order in which they were filled, so finished recordings are at the front.
  void deliver_finished() {
    while (!pending_.empty() && pending_.front().cut && pending_.front().computed == pending_.front().result->windows) {
      const std::int64_t recording = pending_.front().result->recording;
      pending_.pop();
      run_.sequencer.put(recording);
    }
  }

  Run& run_;
  std::unique_ptr<Decoder> decoder_;
  Preparer preparer_;
  DecodedRecording decoded_;
  std::vector<ColumnView> columns_;
  std::vector<ColumnBuffer> narrowed_;  ///< [channels]
  std::vector<Lane> lanes_;
  std::size_t current_ = 0;
  PendingQueue pending_;
  bool files_are_cold_ = false;
  StageSeconds seconds_;
};

void run_worker(Run& run) {
  try {
    Worker worker(run);
    worker.work();
    const std::lock_guard lock(run.seconds_mutex);
    run.seconds += worker.seconds();
  } catch (...) {
    run.sequencer.fail(std::current_exception());
  }
}

}  // namespace

RunReport run_engine(const Plan& plan, const Source& source, Backend& backend, const WindowRule& window,
                     const EngineOptions& options, const std::function<void(RecordingResult&)>& consume,
                     const std::function<void(const Progress&)>& observe, const std::stop_token& stop) {
  if (window.length > 0 && window.hop < 1) {
    throw UsageError("the hop between windows must be at least one sample");
  }
  const auto start = Clock::now();
  const auto total = static_cast<std::int64_t>(source.recordings().size());
  const EngineSizes sizes = choose_engine_sizes(plan, source, backend, window, options);
  Run run{.plan = plan,
          .source = source,
          .backend = backend,
          .window = window,
          .options = options,
          .sizes = sizes,
          .sequencer = Sequencer(total, sizes.reorder_window),
          .seconds_mutex = {},
          .seconds = {}};
  Progress progress{.total = total};
  const auto report_progress = [&] {
    progress.bytes = run.bytes;
    progress.seconds = seconds_since(start);
    if (observe) {
      observe(progress);
    }
  };

  {
    const std::stop_callback on_stop(stop, [&] { run.sequencer.stop(); });
    std::vector<std::jthread> workers;
    // Whatever ends this scope, the workers must not wait for room that nobody will make.
    struct StopOnExit {
      Sequencer& sequencer;
      bool finished = false;
      ~StopOnExit() {
        if (!finished) {
          sequencer.stop();
        }
      }
    } stop_on_exit{run.sequencer};
    for (int i = 0; i < sizes.threads; ++i) {
      workers.emplace_back([&run] { run_worker(run); });
    }
    RecordingResult* result = nullptr;
    auto next_observation = Clock::now() + kObserveInterval;
    for (;;) {
      const Sequencer::Next next = run.sequencer.next(result, next_observation);
      if (next == Sequencer::Next::kStopped) {
        break;
      }
      if (next == Sequencer::Next::kEnd) {
        stop_on_exit.finished = true;
        break;
      }
      if (next == Sequencer::Next::kResult) {
        ++progress.done;
        progress.skipped += result->problem ? 1 : 0;
        consume(*result);
      }
      if (Clock::now() >= next_observation) {
        report_progress();
        next_observation = Clock::now() + kObserveInterval;
      }
    }
  }

  if (const auto failure = run.sequencer.failure()) {
    std::rethrow_exception(failure);
  }
  if (run.sequencer.stopping()) {
    throw Cancelled("stopped on request");
  }
  report_progress();
  return {.seconds = run.seconds, .progress = progress, .threads = sizes.threads};
}

}  // namespace pumice
