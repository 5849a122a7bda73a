#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "io/csv_header.hpp"
#include "io/discover_paths.hpp"
#include "io/ids.hpp"
#include "io/problem.hpp"
#include "pumice/catalogue.hpp"
#include "pumice/column_name.hpp"
#include "pumice/source.hpp"

namespace pumice {
namespace io {
namespace {

/// Files whose columns decide what the channels are.
constexpr std::size_t kFirstFiles = 32;
/// Files after these are looked at before they are decoded only where their size is out of the ordinary by this factor,
/// or their name a word among numbers: opening thousands of files beforehand costs a seek each on a disk.
constexpr std::int64_t kOrdinaryFactor = 4;

/// A file that was looked at.
struct Inspected {
  std::size_t file;
  FileShape shape;
};

struct FirstLook {
  std::vector<Inspected> inspected;
  std::optional<InputProblem> first_problem;
  std::size_t problems = 0;
};

std::vector<std::string> all_names(const FileShape& shape) {
  std::vector<std::string> names = shape.channels;
  if (!shape.time_column.empty()) {
    names.insert(names.begin(), shape.time_column);
  }
  return names;
}

std::string columns_text(const FileShape& shape) { return "its columns are " + list_names(all_names(shape)); }

std::set<std::string> as_set(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

bool holds_all(const FileShape& shape, const std::vector<std::string>& channels) {
  const std::set<std::string> names = as_set(shape.channels);
  return std::all_of(channels.begin(), channels.end(), [&](const std::string& name) { return names.count(name) > 0; });
}

/// Inspects the first files, or one alone, and on until one can be used. Where every input is a recording, one without
/// the channels asked for is of no use: it is a bad file among others.
FirstLook look_at_first(const std::vector<FoundFile>& files, const DiscoveryOptions& options,
                        std::vector<std::optional<std::string>>& left_out) {
  const std::size_t first_files = options.first_file_alone ? 1 : kFirstFiles;
  FirstLook look;
  bool found = false;
  for (std::size_t i = 0; i < files.size() && (i < first_files || !found); ++i) {
    try {
      FileShape shape = inspect_file(files[i].path, options.format);
      if (!files[i].named && is_table_of_segments(all_names(shape))) {
        left_out[i] = columns_text(shape);
      } else {
        found = found || !options.inputs_are_recordings || holds_all(shape, options.channels);
        look.inspected.push_back({i, std::move(shape)});
      }
    } catch (const InputError& error) {
      ++look.problems;
      if (!look.first_problem) {
        look.first_problem = error.problem();
      }
    }
  }
  return look;
}

/// The shape of the first file that has the channels, and of those the sampling rate, of most files; with `wanted`, of
/// those that hold these.
const FileShape& usual_shape(const std::vector<Inspected>& inspected, const std::vector<std::string>& wanted) {
  std::map<std::set<std::string>, int> counts;
  for (const Inspected& one : inspected) {
    counts[as_set(one.shape.channels)] += 1;
  }
  const FileShape* best = nullptr;
  int best_count = 0;
  for (const Inspected& one : inspected) {
    const bool usable = holds_all(one.shape, wanted);
    const int count = (usable ? static_cast<int>(inspected.size()) : 0) + counts[as_set(one.shape.channels)];
    if (count > best_count) {
      best = &one.shape;
      best_count = count;
    }
  }
  // Of these files, the first with the rate that most of them show.
  std::map<double, int> rates;
  for (const Inspected& one : inspected) {
    rates[one.shape.sample_rate] += as_set(one.shape.channels) == as_set(best->channels) ? 1 : 0;
  }
  const FileShape* usual = best;
  for (const Inspected& one : inspected) {
    if (as_set(one.shape.channels) == as_set(best->channels) &&
        rates[one.shape.sample_rate] > rates[usual->sample_rate]) {
      usual = &one.shape;
    }
  }
  return *usual;
}

void check_channels(const std::vector<std::string>& wanted, const FileShape& shape) {
  if (const auto twice = repeated_name(wanted)) {
    throw UsageError(fmt::format("`--channels` names `{}` twice", *twice));
  }
  for (const std::string& name : wanted) {
    if (std::find(shape.channels.begin(), shape.channels.end(), name) == shape.channels.end()) {
      const std::vector<std::string> nearest = nearest_names(name, shape.channels);
      throw UsageError(fmt::format("{} has no channel `{}`; nearest: {}", shape.path, name, fmt::join(nearest, ", ")));
    }
  }
}

/// Only files found through a directory or a glob are judged: one that is named is taken at its word.
bool is_of_something_else(const FoundFile& file, const FileShape& shape, const FileShape& usual) {
  return !file.named && is_other_table(all_names(shape), shape.has_header, usual);
}

/// True for each file whose name is a number, where most are named so: of these, none is a table of something else.
std::vector<bool> named_by_number(const std::vector<FoundFile>& files) {
  std::vector<bool> result;
  for (const FoundFile& file : files) {
    result.push_back(is_canonical_integer(stem_of(file.path)));
  }
  const bool is_usual = std::count(result.begin(), result.end(), true) > std::ssize(files) / 2;
  return is_usual ? result : std::vector<bool>(files.size(), false);
}

/// Sizes that most of the first files have.
std::int64_t usual_bytes(const std::vector<FoundFile>& files, const std::vector<Inspected>& inspected) {
  std::vector<std::int64_t> sizes;
  for (const Inspected& one : inspected) {
    sizes.push_back(files[one.file].bytes);
  }
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle;
}

/// Marks files found through a directory or a glob that are tables of something else. A file that cannot be looked at
/// stays: it is reported when it is decoded.
void leave_out_others(const std::vector<FoundFile>& files, const FirstLook& look, const Discovery& discovery,
                      const DiscoveryOptions& options, const std::vector<bool>& is_number,
                      std::vector<std::optional<std::string>>& left_out) {
  for (const Inspected& one : look.inspected) {
    if (!is_number[one.file] && is_of_something_else(files[one.file], one.shape, discovery.shape)) {
      left_out[one.file] = columns_text(one.shape);
    }
  }
  if (options.first_file_alone) {
    return;
  }
  const bool numbers_are_usual = std::count(is_number.begin(), is_number.end(), true) > 0;
  const std::int64_t usual = usual_bytes(files, look.inspected);
  for (std::size_t i = std::max(kFirstFiles, look.inspected.back().file + 1); i < files.size(); ++i) {
    const bool ordinary = files[i].bytes >= usual / kOrdinaryFactor && files[i].bytes / kOrdinaryFactor <= usual;
    if (files[i].named || is_number[i] || (ordinary && !numbers_are_usual)) {
      continue;
    }
    try {
      const FileShape shape = inspect_file(files[i].path, options.format);
      if (is_of_something_else(files[i], shape, discovery.shape)) {
        left_out[i] = columns_text(shape);
      }
    } catch (const InputError&) {
      continue;
    }
  }
}

[[noreturn]] void nothing_usable(const DiscoveryOptions& options, const std::vector<FoundFile>& files,
                                 const FirstLook& look, const std::vector<std::optional<std::string>>& left_out) {
  if (look.first_problem) {
    InputProblem problem = *look.first_problem;
    if (look.problems > 1) {
      problem.reason += fmt::format(" ({} other files cannot be used either)", look.problems - 1);
    }
    throw InputError(std::move(problem));
  }
  const std::string& first = files.front().path;
  const auto holds_first = [&](const std::string& input) {
    std::error_code error;
    return first == input || (first.starts_with(input) && std::filesystem::is_directory(input, error));
  };
  const auto of_first = std::find_if(options.inputs.begin(), options.inputs.end(), holds_first);
  const std::string& input = of_first == options.inputs.end() ? options.inputs.front() : *of_first;
  const bool is_directory = first != input && holds_first(input);
  throw UsageError(fmt::format("{}: has no segments{}; {} was left out: {}", input,
                               is_directory ? describe_directory(input) : std::string(), first,
                               left_out.front().value_or("its columns are others")));
}

void note_time_column(Discovery& discovery, const DiscoveryOptions& options) {
  const FileShape& shape = discovery.shape;
  if (shape.time_column.empty()) {
    return;
  }
  const bool asked = !options.format.time_column.empty();
  const std::string rate = shape.sample_rate > 0 ? fmt::format(" ({} Hz)", shortest_number(shape.sample_rate))
                                                 : std::string(asked ? "" : " (an index, or times without a rate)");
  discovery.notes.push_back(fmt::format("column `{}` was left out{}{}", shape.time_column,
                                        asked ? ", as asked" : ": it rises uniformly", rate));
}

void note_rising_channel(Discovery& discovery, const DiscoveryOptions& options) {
  if (discovery.shape.first_rises && options.format.time_column.empty() && options.channels.empty()) {
    const std::string& name = discovery.shape.channels.front();
    discovery.notes.push_back(
        fmt::format("column `{0}` rises uniformly and is kept as a channel; `--time-column {0}` leaves it out", name));
  }
}

/// Where the ids of all that is there are integers, a path at which nothing is and whose name is none is no recording:
/// the ids would be texts for its sake.
void drop_absent_texts(Discovery& discovery) {
  const auto is_text = [](const Recording& recording) { return !is_canonical_integer(recording.id); };
  const auto is_absent_text = [&](const Recording& recording) { return !recording.is_there && is_text(recording); };
  auto& recordings = discovery.recordings;
  if (std::any_of(recordings.begin(), recordings.end(), [&](const auto& r) { return r.is_there && is_text(r); })) {
    return;
  }
  for (const Recording& recording : recordings) {
    if (is_absent_text(recording)) {
      std::error_code error;
      static_cast<void>(std::filesystem::file_size(recording.path, error));
      discovery.unusable.push_back(problem_of(recording.path, "cannot be opened: " + error.message()));
    }
  }
  std::erase_if(recordings, is_absent_text);
}

}  // namespace
}  // namespace io

Discovery discover(const DiscoveryOptions& options) {
  io::FoundFiles found = options.inputs_are_recordings
                             ? io::FoundFiles{.files = io::files_as_named(options.inputs), .unusable = {}}
                             : io::find_files(options.inputs, options.recursive);
  const std::vector<io::FoundFile>& files = found.files;
  std::vector<std::optional<std::string>> left_out(files.size());
  const io::FirstLook look = io::look_at_first(files, options, left_out);
  if (look.inspected.empty()) {
    io::nothing_usable(options, files, look, left_out);
  }
  Discovery discovery;
  discovery.unusable = std::move(found.unusable);
  discovery.shape = io::usual_shape(look.inspected, options.channels);
  const std::string& time_column = options.format.time_column;
  if (!time_column.empty() && time_column != "none" && discovery.shape.time_column.empty()) {
    const auto nearest = nearest_names(time_column, discovery.shape.channels);
    throw UsageError(fmt::format("there is no time column `{}`; nearest: {}", time_column, fmt::join(nearest, ", ")));
  }
  io::check_channels(options.channels, discovery.shape);
  discovery.channels_are_chosen = !options.channels.empty();
  discovery.channels = options.channels.empty() ? discovery.shape.channels : options.channels;
  if (discovery.channels.empty()) {
    throw UsageError(fmt::format("{} has no channels beside its time column", files[look.inspected.front().file].path));
  }
  const std::vector<bool> is_number = io::named_by_number(files);
  io::leave_out_others(files, look, discovery, options, is_number, left_out);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (left_out[i]) {
      discovery.left_out.push_back(io::problem_of(files[i].path, *left_out[i]));
    } else {
      discovery.recordings.push_back({.path = files[i].path,
                                      .id = {},
                                      .bytes = files[i].bytes,
                                      .named = files[i].named || is_number[i],
                                      .is_there = files[i].is_there});
      discovery.total_bytes += files[i].bytes;
    }
  }
  if (options.inputs_are_recordings) {
    io::number(discovery.recordings);
  } else {
    io::assign_ids(discovery.recordings, options.id);
    io::drop_absent_texts(discovery);
  }
  discovery.ids_are_integers =
      std::all_of(discovery.recordings.begin(), discovery.recordings.end(),
                  [](const Recording& recording) { return io::is_canonical_integer(recording.id); });
  io::note_time_column(discovery, options);
  io::note_rising_channel(discovery, options);
  return discovery;
}

}  // namespace pumice
