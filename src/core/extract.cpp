#include "pumice/extract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

#include "core/clock.hpp"
#include "core/engine_sizes.hpp"
#include "core/error_list.hpp"
#include "core/extract_labels.hpp"
#include "core/extract_output.hpp"
#include "core/extract_rows.hpp"
#include "core/extract_settings.hpp"
#include "core/extract_summary.hpp"
#include "core/recipe.hpp"
#include "pumice/error.hpp"
#include "pumice/table.hpp"

namespace pumice {
namespace {

/// A file this large is not decoded just to learn its shape.
constexpr std::int64_t kLargestProbeBytes = std::int64_t{64} << 20;
constexpr std::size_t kMostProbes = 8;
/// Seconds; whoever waits longer is told at once where it is computed. Others read it in the report.
constexpr double kLongRun = 10;

/// One run from options to table; its steps are called in order.
class Extraction {
 public:
  Extraction(const ExtractOptions& options, const ExtractHooks& hooks, ExtractEnds ends)
      : options_(options), hooks_(hooks), ends_(std::move(ends)) {}

  ExtractReport run() {
    start_ = Clock::now();
    if (!ends_.open_writer && (!options_.dry_run || !options_.output.empty())) {
      start_output_check();
    }
    settings_ = resolve_settings(options_);
    if (options_.labels_table) {
      labels_.emplace(*options_.labels_table, *options_.labels);
    } else if (options_.labels) {
      labels_.emplace(*options_.labels, options_.module_directory);
    }
    find_inputs();
    if (output_check_.valid()) {
      output_check_.get();
    }
    refuse_overwriting(options_, discovery_, *source_);
    check_stop();
    make_the_plan();
    choose_device();
    report_.output = options_.output;
    report_.feature_columns = rows_->feature_columns();
    report_.schema = {.columns = rows_->columns(), .metadata = to_metadata(recipe())};
    if (options_.dry_run) {
      estimate();
      report_.discovery = std::move(discovery_);
    } else {
      write_table();
    }
    report_.seconds = seconds_since(start_);
    return std::move(report_);
  }

 private:
  /// Beside the search for inputs: opening the Arrow libraries takes as long.
  void start_output_check() {
    if (options_.output.empty()) {
      throw UsageError("where to? say `-o OUT`, a .parquet, .csv, .arrow, .feather or .npy");
    }
    output_check_ =
        std::async(std::launch::async, [this] { check_table_path(options_.output, options_.module_directory); });
  }

  void say(const std::string& line) const {
    if (hooks_.message) {
      hooks_.message(line);
    }
  }
  void warn(std::string warning) {
    say("warning: " + warning);
    report_.warnings.push_back(std::move(warning));
  }
  void check_stop() const {
    if (hooks_.stop.stop_requested()) {
      throw Cancelled("stopped on request");
    }
  }

  void find_inputs() {
    if (ends_.discovery) {
      discovery_ = std::move(*ends_.discovery);
      in_memory_ = ends_.source != nullptr;
      source_ = in_memory_ ? std::move(ends_.source) : open_files();
      check_channels_like();
    } else {
      find_files();
    }
    report_.recordings = static_cast<std::int64_t>(discovery_.recordings.size());
    report_.total_bytes = discovery_.total_bytes;
    report_.left_out = discovery_.left_out;
    report_.notes = discovery_.notes;
    for (const std::string& note : discovery_.notes) {
      say(note);
    }
    take_unusable_inputs();
    probe_n_ = probe_samples();
  }

  /// What has no recording is skipped before any is read, and said then: a folder's name may be misspelled.
  void take_unusable_inputs() {
    report_.skipped = discovery_.unusable;
    report_.inputs_without_recording = static_cast<std::int64_t>(report_.skipped.size());
    if (report_.skipped.empty()) {
      return;
    }
    if (options_.on_error == OnError::kFail) {
      throw InputError(report_.skipped.front());
    }
    const std::size_t others = report_.skipped.size() - 1;
    say(fmt::format("skipped: {}{}", report_.skipped.front().message(),
                    others > 0 ? fmt::format(" (and {} more)", others) : ""));
  }

  [[nodiscard]] std::unique_ptr<Source> open_files() const {
    return open_source(discovery_, options_.input.format, options_.sample_rate ? 0 : discovery_.shape.sample_rate,
                       options_.simd);
  }

  /// Channels that were not searched for are those of the table of `like`, in its order.
  void check_channels_like() const {
    if (settings_.like && settings_.like->channels != discovery_.channels) {
      throw UsageError(fmt::format("the channels are not those that `--like {}` was made with: {}", *options_.like,
                                   fmt::join(settings_.like->channels, ", ")));
    }
  }

  void find_files() {
    DiscoveryOptions input = options_.input;
    if (settings_.like) {
      input.channels = settings_.like->channels;
    }
    try {
      discovery_ = discover(input);
    } catch (const UsageError&) {
      refuse_lacking_channel();
      throw;
    }
    source_ = open_files();
  }

  /// Says which channel of `--like` the input lacks, where that is why nothing was found.
  void refuse_lacking_channel() const {
    if (!settings_.like) {
      return;
    }
    const Discovery all = discover(options_.input);
    for (const std::string& channel : settings_.like->channels) {
      const auto& channels = all.shape.channels;
      if (std::find(channels.begin(), channels.end(), channel) == channels.end()) {
        throw UsageError(fmt::format("{} has no channel `{}`, which `--like {}` was made with", all.shape.path, channel,
                                     *options_.like));
      }
    }
  }

  /// Samples of the first recording that can be read; an estimate where they are large.
  [[nodiscard]] std::int64_t probe_samples() {
    const auto decoder = source_->make_decoder();
    DecodedRecording decoded;
    StageSeconds seconds;
    for (std::size_t i = 0; i < std::min(kMostProbes, discovery_.recordings.size()); ++i) {
      const Recording& recording = discovery_.recordings[i];
      if (const auto resident = source_->resident(recording)) {
        return resident->n;
      }
      if (recording.bytes > kLargestProbeBytes) {
        break;
      }
      if (!decoder->decode(recording, decoded, seconds)) {
        return decoded.n;
      }
    }
    return discovery_.shape.estimated_rows;
  }

  void make_the_plan() {
    const SampleRate rate = resolve_sample_rate(options_, settings_, discovery_.shape, ends_.is_part ? 0 : probe_n_);
    report_.sample_rate = rate.hz;
    report_.sample_rate_reason = rate.reason;
    if (rate.hz <= 0 && needs_sample_rate(settings_.request.features)) {
      throw UsageError(fmt::format(
          "features of the spectrum need the sampling rate, which the {} do not tell: say `--sample-rate HZ`",
          inputs_text()));
    }
    settings_.request.channels = discovery_.channels;
    settings_.request.sample_rate = rate.hz;
    std::vector<std::string> warnings;
    plan_ = make_plan(settings_.request, &warnings);
    for (std::string& warning : warnings) {
      warn(std::move(warning));
    }
    window_ = resolve_window(settings_, rate.hz);
    rows_.emplace(plan_,
                  RowLayout{.layout = settings_.layout,
                            .names = settings_.names,
                            .ids_are_integers = discovery_.ids_are_integers,
                            .window = window_,
                            .sample_rate = rate.hz},
                  labels_ ? &*labels_ : nullptr);
  }

  void choose_device() {
    const int threads = options_.threads > 0 ? options_.threads : usable_cpus();
    core_seconds_ = estimate_core_seconds(discovery_, settings_.request.features, work_size());
    chosen_ = choose_backends(options_.device, {.cpu_seconds = core_seconds_ / threads,
                                                .resident_on = source_->device(),
                                                .simd = options_.simd,
                                                .settings = options_.device_settings,
                                                .module_directory = options_.module_directory,
                                                .warm = ends_.warm});
    report_.device = chosen_.description();
    report_.device_reason = chosen_.reason;
    if (core_seconds_ / threads > kLongRun) {
      say(chosen_.reason);
    }
    for (const auto& device : chosen_.devices) {
      backends_.devices.push_back(device.get());
    }
    backends_.spare = chosen_.spare.get();
    engine_options_ = {.threads = options_.threads,
                       .memory_bytes = options_.memory_bytes,
                       .segment_samples = window_.length > 0 ? window_.length : longest_segment(),
                       .recording_samples = probe_n_,
                       .batch_segments = options_.batch_segments,
                       .message = [this](const std::string& line) { warn(line); }};
  }

  /// Samples that slots are sized for: where segments lie on a GPU the longest of them, for others are not taken there.
  [[nodiscard]] std::int64_t longest_segment() const {
    std::int64_t longest = std::max<std::int64_t>(1, probe_n_);
    if (source_->device() >= 0) {
      for (const Recording& recording : discovery_.recordings) {
        const auto resident = source_->resident(recording);
        longest = resident ? std::max(longest, resident->n) : longest;
      }
    }
    return longest;
  }

  [[nodiscard]] WorkSize work_size() const {
    const auto windows = static_cast<double>(window_.count(probe_n_));
    const auto samples = static_cast<double>(std::max<std::int64_t>(1, probe_n_));
    return {.coverage = window_.length > 0 ? windows * static_cast<double>(window_.length) / samples : 1,
            .values = windows * static_cast<double>(report_.recordings) * static_cast<double>(plan_.n_values)};
  }

  void estimate() {
    int threads = 0;
    for (const EngineSizes& sizes : choose_engine_sizes(plan_, *source_, backends_, window_, engine_options_)) {
      threads += sizes.threads;
      report_.estimated_memory_bytes += sizes.memory_bytes;
    }
    for (const Recording& recording : discovery_.recordings) {
      if (!recording.is_there) {
        report_.skipped.push_back(
            {.path = recording.path, .reason = "cannot be opened", .row = {}, .column = {}, .byte = {}});
      }
    }
    report_.rows = expected_rows();
    report_.estimated_seconds = core_seconds_ / threads;
  }

  [[nodiscard]] const char* inputs_text() const { return in_memory_ ? "cases" : "files"; }

  [[nodiscard]] std::int64_t expected_rows() const {
    return report_.recordings * window_.count(probe_n_) * rows_->rows_per_segment();
  }

  [[nodiscard]] Recipe recipe() const {
    Recipe recipe{.version = PUMICE_VERSION,
                  .features = {},
                  .channels = plan_.channels,
                  .missing = plan_.missing,
                  .precision = plan_.precision,
                  .sample_rate = plan_.sample_rate,
                  .bands = settings_.request.bands,
                  .welch = settings_.request.welch,
                  .names = settings_.names,
                  .layout = settings_.layout,
                  .window = settings_.window,
                  .hop = settings_.hop,
                  .device = chosen_.name()};
    for (const PlanColumn& column : plan_.columns) {
      recipe.features.push_back(column.name);
    }
    return recipe;
  }

  void write_table() {
    const auto writer = ends_.open_writer
                            ? ends_.open_writer(report_.schema, expected_rows())
                            : open_table_writer(options_.output, report_.schema, options_.module_directory);
    double write_seconds = 0;
    const auto flush = [&] {
      const auto start = Clock::now();
      writer->write(rows_->chunk());
      rows_->clear();
      write_seconds += seconds_since(start);
    };
    const auto consume = [&](const RecordingResult& result) { add_rows(result, flush); };
    report_.run =
        run_engine(plan_, *source_, backends_, window_, engine_options_, consume, hooks_.progress, hooks_.stop);
    report_.device = chosen_.description();  // a device may have started late
    if (report_.rows == 0 && !ends_.is_part) {
      refuse_empty_table();
    }
    if (rows_->chunk().rows > 0) {
      flush();
    }
    const auto start = Clock::now();
    writer->finish();
    list_skipped();
    report_.run.seconds.write = write_seconds + seconds_since(start);
    conclude();
  }

  template <class Flush>
  void add_rows(const RecordingResult& result, const Flush& flush) {
    const Recording& recording = discovery_.recordings[static_cast<std::size_t>(result.recording)];
    const auto add = [&](std::optional<std::int64_t> window, const double* values) {
      if (rows_->chunk().rows > 0 && rows_->chunk().rows + rows_->rows_per_segment() > kRowGroup) {
        flush();
      }
      rows_->add(recording.id, window, values);
      report_.rows += rows_->rows_per_segment();
    };
    if (result.problem && result.problem->other_table && !recording.named) {
      --report_.recordings;
      report_.left_out.push_back(*result.problem);
      return;
    }
    if (result.problem) {
      if (options_.on_error == OnError::kFail) {
        throw InputError(*result.problem);
      }
      report_.skipped.push_back(*result.problem);
      if (options_.on_error == OnError::kNan) {
        add(std::nullopt, nullptr);
      }
      return;
    }
    for (std::int64_t window = 0; window < result.windows; ++window) {
      add(window, result.values.data() + static_cast<std::ptrdiff_t>(window) * plan_.n_values);
    }
    without_window_ += result.windows == 0 ? 1 : 0;
    report_.partial_windows_left_out += result.partial_window_left_out ? 1 : 0;
    with_infinities_ += result.has_infinities ? 1 : 0;
    shorter_than_nperseg_ += result.shorter_than_nperseg ? 1 : 0;
    longest_ = std::max(longest_, result.samples);
  }

  void list_skipped() const {
    if (!ends_.open_writer) {
      write_error_list(options_.output, report_.skipped);
    }
  }

  /// A table without rows helps nobody: say why there are none. The reasons are listed as ever.
  void refuse_empty_table() {
    list_skipped();
    if (!report_.skipped.empty()) {
      const std::string list =
          ends_.open_writer ? "" : fmt::format("{} has the reasons, ", error_list_path(options_.output));
      const InputProblem& first = report_.skipped.front();
      throw InputError(fmt::format("none of the {} {} could be used; {}the first: {}", report_.recordings,
                                   inputs_text(), list, first.message()),
                       first);
    }
    throw UsageError(fmt::format("no {} has a whole window of {} samples; the longest has {}",
                                 in_memory_ ? "case" : "file", window_.length, longest_));
  }

  void conclude() {
    if (with_infinities_ > 0) {
      warn(fmt::format("{} of {} segments hold infinite values, which were taken as missing", with_infinities_,
                       report_.recordings));
    }
    if (shorter_than_nperseg_ > 0) {
      const int nperseg = std::max_element(plan_.welch.begin(), plan_.welch.end(), [](const auto& a, const auto& b) {
                            return a.nperseg < b.nperseg;
                          })->nperseg;
      warn(
          fmt::format("{} of {} {} have segments shorter than nperseg ({}): their spectra are of one block of the "
                      "segment's length",
                      shorter_than_nperseg_, report_.recordings, inputs_text(), nperseg));
    }
    if (without_window_ > 0 && !ends_.is_part) {
      warn(fmt::format("{} of {} {} are shorter than a window ({} samples): they have no row", without_window_,
                       report_.recordings, inputs_text(), window_.length));
    }
    report_.rows_without_label = rows_->rows_without_label();
    if (labels_) {
      report_.labels_without_row = labels_->unused();
      if (report_.rows_without_label == report_.rows && !ends_.is_part) {
        warn(fmt::format("no id of `{}` (column `{}`) is that of a segment: every label is null", *options_.labels,
                         labels_->id_column()));
      }
    }
    report_.limited_by = limited_by({.stages = report_.run.seconds,
                                     .engine_s = report_.run.progress.seconds,
                                     .total_s = seconds_since(start_),
                                     .bytes = report_.total_bytes});
  }

  const ExtractOptions& options_;
  const ExtractHooks& hooks_;
  ExtractEnds ends_;
  bool in_memory_ = false;
  Clock::time_point start_;
  ExtractReport report_;
  ExtractSettings settings_;
  std::optional<Labels> labels_;
  std::future<void> output_check_;
  Discovery discovery_;
  std::unique_ptr<Source> source_;
  std::int64_t probe_n_ = 0;
  Plan plan_;
  WindowRule window_;
  std::optional<RowBuilder> rows_;
  ChosenBackends chosen_;
  EngineBackends backends_;
  EngineOptions engine_options_;
  double core_seconds_ = 0;
  std::int64_t with_infinities_ = 0;
  std::int64_t without_window_ = 0;
  std::int64_t shorter_than_nperseg_ = 0;
  std::int64_t longest_ = 0;
};

}  // namespace

ExtractReport extract(const ExtractOptions& options, const ExtractHooks& hooks, ExtractEnds ends) {
  return Extraction(options, hooks, std::move(ends)).run();
}

}  // namespace pumice
