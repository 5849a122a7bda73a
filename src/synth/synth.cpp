#include "synth/synth.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <unordered_set>
#include <vector>

#include "pumice/error.hpp"
#include "synth/activity.hpp"
#include "synth/segment_text.hpp"
#include "synth/signals.hpp"
#include "synth/whole_file.hpp"

namespace pumice {
namespace {

namespace fs = std::filesystem;

/// Says what made a directory, so that a later run may replace it. Written first, so that an interrupted run is known.
constexpr const char* kMarker = "synth.json";

struct Job {
  std::int64_t id = 0;
  std::int64_t time_to_eruption = 0;
  bool is_test = false;
};

constexpr std::uint64_t kJobStream = 0;         // of ids and labels
constexpr std::uint64_t kFirstStream = 1;       // of train segments
constexpr std::uint64_t kTestStream = 1 << 30;  // of test segments

std::vector<Job> draw_jobs(const SynthOptions& options) {
  synth::Random random(options.seed, kJobStream);
  std::unordered_set<std::int64_t> taken;
  std::vector<Job> jobs;
  jobs.reserve(static_cast<std::size_t>(options.segments + options.test_segments));
  for (std::int64_t i = 0; i < options.segments + options.test_segments; ++i) {
    Job job{.is_test = i >= options.segments};
    do {
      job.id = random.integer(1, INT32_MAX);
    } while (!taken.insert(job.id).second);
    job.time_to_eruption = random.integer(synth::kShortestTime, synth::kLongestTime);
    jobs.push_back(job);
  }
  return jobs;
}

void check(const SynthOptions& options) {
  const auto need = [](bool holds, std::string_view message) {
    if (!holds) {
      throw UsageError(std::string(message));
    }
  };
  need(!options.directory.empty(), "no directory to write to");
  need(options.segments >= 1, "--segments must be at least 1");
  need(options.test_segments >= 0, "--test must be at least 0");
  need(options.segments + options.test_segments <= 100'000'000, "more than 100 million segments");
  need(options.samples >= 1 && options.samples <= 100'000'000, "--samples must be from 1 to 100 million");
  need(options.sensors >= 1 && options.sensors <= 1000, "--sensors must be from 1 to 1000");
}

void remove_data_files(const fs::path& directory) {
  if (!fs::is_directory(directory)) {
    return;
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".csv" || extension == synth::kPartExtension)) {
      files.push_back(entry.path());
    }
  }
  for (const fs::path& file : files) {
    fs::remove(file);
  }
}

/// Makes the directory ready, or says why it is left as it is.
void claim(const SynthOptions& options) {
  const fs::path directory = options.directory;
  if (fs::exists(directory) && !fs::is_directory(directory)) {
    throw UsageError(fmt::format("{} is a file, not a directory", options.directory));
  }
  if (fs::is_directory(directory) && !fs::is_empty(directory)) {
    if (!options.overwrite) {
      throw UsageError(
          fmt::format("{} is not empty: choose another directory, or replace it with --force", options.directory));
    }
    if (fs::exists(directory / kMarker)) {
      remove_data_files(directory / "train");
      remove_data_files(directory / "test");
      fs::remove(directory / "train.csv");
      fs::remove(directory / "sample_submission.csv");
    } else if (fs::exists(directory / "train") || fs::exists(directory / "test") ||
               fs::exists(directory / "train.csv")) {
      throw UsageError(
          fmt::format("{} holds data that `pumice synth` did not make: choose another directory", options.directory));
    }
  }
  fs::create_directories(directory / "train");
  if (options.test_segments > 0) {
    fs::create_directories(directory / "test");
  }
  const nlohmann::ordered_json marker{{"made_by", "pumice synth"},     {"segments", options.segments},
                                      {"test", options.test_segments}, {"seed", options.seed},
                                      {"samples", options.samples},    {"sensors", options.sensors}};
  synth::write_whole_file(directory / kMarker, marker.dump(2) + "\n");
}

void write_labels(const SynthOptions& options, const std::vector<Job>& jobs) {
  std::string train = "segment_id,time_to_eruption\n";
  std::string submission = train;
  for (const Job& job : jobs) {
    fmt::format_to(std::back_inserter(job.is_test ? submission : train), "{},{}\n", job.id,
                   job.is_test ? 0 : job.time_to_eruption);
  }
  const fs::path directory = options.directory;
  synth::write_whole_file(directory / "train.csv", train);
  if (options.test_segments > 0) {
    synth::write_whole_file(directory / "sample_submission.csv", submission);
  }
}

/// Threads take the next segment until there is none; each segment has a random stream of its own.
class Run {
 public:
  Run(const SynthOptions& options, const std::vector<Job>& jobs, const std::function<void(const SynthReport&)>& observe,
      std::stop_token stop)
      : options_(options), jobs_(jobs), observe_(observe), stop_(std::move(stop)) {}

  SynthReport operator()() {
    {
      std::vector<std::jthread> threads;
      for (int thread = 0; thread < std::max(1, options_.threads); ++thread) {
        threads.emplace_back([this] { work(); });
      }
    }
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    if (stop_.stop_requested()) {
      throw Cancelled("stopped; the data set is not complete");
    }
    return so_far_;
  }

 private:
  void work() {
    try {
      synth::SegmentMaker maker(options_.sensors, options_.samples);
      std::string text;
      for (std::size_t job = next_++; job < jobs_.size() && !stop_.stop_requested(); job = next_++) {
        write_segment(static_cast<std::int64_t>(job), maker, text);
        note(static_cast<std::int64_t>(text.size()));
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      next_ = jobs_.size();
    }
  }

  void write_segment(std::int64_t index, synth::SegmentMaker& maker, std::string& text) {
    const Job& job = jobs_[static_cast<std::size_t>(index)];
    const std::uint64_t stream = job.is_test ? kTestStream + static_cast<std::uint64_t>(index - options_.segments)
                                             : kFirstStream + static_cast<std::uint64_t>(index);
    synth::Random random(options_.seed, stream);
    maker.make(random, job.time_to_eruption);
    format_.write(maker, text);
    const fs::path folder = fs::path(options_.directory) / (job.is_test ? "test" : "train");
    synth::write_whole_file(folder / fmt::format("{}.csv", job.id), text);
  }

  void note(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    ++so_far_.segments;
    so_far_.bytes += bytes;
    so_far_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (observe_) {
      observe_(so_far_);
    }
  }

  const SynthOptions& options_;
  const std::vector<Job>& jobs_;
  const std::function<void(const SynthReport&)>& observe_;
  std::stop_token stop_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  synth::SegmentText format_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  SynthReport so_far_;
  std::exception_ptr failure_;
};

}  // namespace

SynthReport synthesise(const SynthOptions& options, const std::function<void(const SynthReport&)>& observe,
                       std::stop_token stop) {
  check(options);
  try {
    claim(options);
    const std::vector<Job> jobs = draw_jobs(options);
    const SynthReport report = Run(options, jobs, observe, std::move(stop))();
    write_labels(options, jobs);
    return report;
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("{}: {}", error.path1().string(), error.code().message()));
  }
}

}  // namespace pumice
