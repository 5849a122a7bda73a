/// The main job: files in, a feature table out. The command line and every binding call this.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "pumice/backend.hpp"
#include "pumice/column_name.hpp"
#include "pumice/engine.hpp"
#include "pumice/plan.hpp"
#include "pumice/source.hpp"
#include "pumice/table.hpp"

namespace pumice {

enum class Layout : std::uint8_t { kWide, kLong };
enum class OnError : std::uint8_t { kSkip, kNan, kFail };

/// A length of time or of samples: "100s", "10000n".
struct WindowLength {
  double value = 0;
  bool in_seconds = false;
};
[[nodiscard]] WindowLength parse_window_length(std::string_view text);

/// Everything that `pumice extract` takes, under the same names.
struct ExtractOptions {
  DiscoveryOptions input;
  std::string output;
  std::vector<std::string> features{"core"};
  std::vector<std::string> features_files;  ///< that `features` were read from: the run writes over none
  std::optional<std::string> like;          ///< a table that pumice made
  /// The metadata of the table `like`, which is then a name for messages and no file.
  std::optional<std::map<std::string, std::string>> like_metadata;
  std::optional<std::string> labels;
  /// The labels themselves; `labels` is then a name for messages and no file.
  std::optional<Table> labels_table;
  std::optional<double> sample_rate;     ///< Hz
  std::optional<MissingPolicy> missing;  ///< default skip
  std::optional<Precision> precision;
  std::optional<std::vector<Band>> bands;
  std::optional<int> nperseg;
  std::optional<int> overlap;
  std::optional<Taper> taper;
  std::optional<Naming> names;
  std::optional<WindowLength> window;
  std::optional<WindowLength> hop;
  DeviceRequest device;
  DeviceSettings device_settings;
  Simd simd = Simd::kAuto;
  int threads = 0;
  std::int64_t memory_bytes = 0;
  int batch_segments = 0;  ///< segments a batch on the GPU; 0: chosen
  std::optional<Layout> layout;
  OnError on_error = OnError::kSkip;
  bool dry_run = false;
  std::string module_directory;
};

/// What a run did, or, dry, would do.
struct ExtractReport {
  std::string output;
  TableSchema schema;  ///< of the table
  std::int64_t recordings = 0;
  std::int64_t rows = 0;
  std::int64_t feature_columns = 0;
  std::int64_t total_bytes = 0;  ///< of input
  double sample_rate = 0;
  std::string sample_rate_reason;             ///< "given", "from column `time`", "INGV's shape", ..
  std::vector<InputProblem> skipped;          ///< of a dry run: what is known before files are read
  std::int64_t inputs_without_recording = 0;  ///< of `skipped`, those that are Discovery::unusable
  std::vector<InputProblem> left_out;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
  std::int64_t partial_windows_left_out = 0;
  std::int64_t rows_without_label = 0;
  std::int64_t labels_without_row = 0;
  std::string device;
  std::string device_reason;
  double seconds = 0;
  double estimated_seconds = 0;
  std::int64_t estimated_memory_bytes = 0;
  RunReport run;
  Discovery discovery;     ///< of a dry run: what was found
  std::string limited_by;  ///< "disk, 2.1 GB/s", "compute (welch 43 %)"
};

struct ExtractHooks {
  std::function<void(const std::string& line)> message;  ///< one line, as it happens: chosen device, a warning
  std::function<void(const Progress&)> progress;
  std::stop_token stop;
};

/// What is not a file of a run, for callers that have samples or want rows in memory.
struct ExtractEnds {
  /// Instead of searching ExtractOptions::input: what was found, and the source that reads it; null: files.
  std::optional<Discovery> discovery;
  std::unique_ptr<Source> source;
  /// Instead of ExtractOptions::output: makes the writer that takes the rows. `expected_rows` is exact where no input
  /// is skipped and all are of one length. No list of skipped inputs is written.
  std::function<std::unique_ptr<TableWriter>(const TableSchema& schema, std::int64_t expected_rows)> open_writer;
  /// `discovery` is a part of what a larger run has: that none of it can be used is no error, and the sampling rate is
  /// given or that of a time column, never told by the number of samples.
  bool is_part = false;
  /// Where GPUs of earlier runs wait for this one, and this one's for later ones; must outlive the call.
  WarmBackends* warm = nullptr;
};

/// Runs the job. Throws UsageError, InputError, UnavailableError, CudaError, Cancelled, Error (disk full). Inputs
/// skipped under OnError::kSkip are in the report and in `<OUT>.errors.csv`; a stale one is removed.
[[nodiscard]] ExtractReport extract(const ExtractOptions& options, const ExtractHooks& hooks = {},
                                    ExtractEnds ends = {});

}  // namespace pumice
