#include "pumice/engine.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "core/clock.hpp"
#include "core/engine_run.hpp"
#include "core/engine_worker.hpp"
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

constexpr auto kObserveInterval = std::chrono::milliseconds(100);

using Groups = std::vector<std::unique_ptr<EngineGroup>>;

Groups make_groups(const Plan& plan, const Source& source, const EngineBackends& backends, const WindowRule& window,
                   const EngineOptions& options) {
  const std::vector<EngineSizes> sizes = choose_engine_sizes(plan, source, backends, window, options);
  Groups groups;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    groups.push_back(std::make_unique<EngineGroup>(*backends.devices[i], backends.spare, sizes[i]));
  }
  return groups;
}

std::vector<DeviceWork> work_of(const Groups& groups, const Backend* spare) {
  std::vector<DeviceWork> work;
  std::int64_t of_spare = 0;
  for (const auto& group : groups) {
    work.push_back({group->backend.name(), group->segments});
    of_spare += group->spare_segments;
  }
  if (of_spare > 0) {
    work.push_back({spare->name(), of_spare});
  }
  return work;
}

}  // namespace

RunReport run_engine(const Plan& plan, const Source& source, const EngineBackends& backends, const WindowRule& window,
                     const EngineOptions& options, const std::function<void(RecordingResult&)>& consume,
                     const std::function<void(const Progress&)>& observe, const std::stop_token& stop) {
  if (window.length > 0 && window.hop < 1) {
    throw UsageError("the hop between windows must be at least one sample");
  }
  if (backends.devices.empty()) {
    throw UsageError("there is no device to compute on");
  }
  const auto start = Clock::now();
  const Groups groups = make_groups(plan, source, backends, window, options);
  int threads = 0;
  std::int64_t reorder_window = 0;
  for (const auto& group : groups) {
    threads += group->sizes.threads;
    reorder_window += group->sizes.reorder_window;
  }
  EngineRun run(plan, source, window, options, threads, reorder_window);
  Progress progress{.total = static_cast<std::int64_t>(source.recordings().size())};
  const auto pass_on_notices = [&] {
    for (const std::string& line : run.notices.take()) {
      if (options.message) {
        options.message(line);
      }
    }
  };
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
    for (const auto& group : groups) {
      for (int i = 0; i < group->sizes.threads; ++i) {
        workers.emplace_back([&run, &group] { run_engine_worker(run, *group); });
      }
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
      pass_on_notices();
      if (Clock::now() >= next_observation) {
        report_progress();
        next_observation = Clock::now() + kObserveInterval;
      }
    }
  }
  for (const auto& group : groups) {
    for (std::string& line : group->backend.take_notices()) {
      run.notices.add(std::move(line));
    }
  }
  pass_on_notices();
  for (const auto& group : groups) {
    if (group->ring) {
      run.seconds += group->ring->seconds();
    }
  }

  if (const auto failure = run.sequencer.failure()) {
    std::rethrow_exception(failure);
  }
  if (run.sequencer.stopping()) {
    throw Cancelled("stopped on request");
  }
  report_progress();
  return {.seconds = run.seconds, .progress = progress, .threads = threads, .devices = work_of(groups, backends.spare)};
}

}  // namespace pumice
