#include "io/discover_paths.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_set>

#include "io/csv_number.hpp"
#include "io/problem.hpp"
#include "pumice/error.hpp"

namespace pumice::io {
namespace {

constexpr std::string_view kReads = "pumice reads .csv .tsv .txt, also .gz .zst";

constexpr std::array<std::string_view, 36> kUnsupportedExtensions{
    ".parquet", ".pq",       ".feather", ".arrow", ".orc", ".npy",  ".npz", ".mat", ".mseed",
    ".ms",      ".miniseed", ".seed",    ".sac",   ".h5",  ".hdf5", ".hdf", ".nc",  ".edf",
    ".bdf",     ".wav",      ".flac",    ".segy",  ".sgy", ".gse2", ".pkl", ".xls", ".xlsx",
    ".json",    ".zip",      ".bz2",     ".xz",    ".lz4", ".7z",   ".tar", ".tgz", ".pickle"};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

std::string_view name_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

std::string join(const std::string& directory, std::string_view name) {
  if (directory.empty() || directory == ".") {
    return directory.empty() ? std::string(name) : "./" + std::string(name);
  }
  return directory.back() == '/' ? directory + std::string(name) : directory + "/" + std::string(name);
}

/// What was asked for, or a directory below it, and is of no use: the end of a run on it alone.
class Unusable : public UsageError {
 public:
  Unusable(std::string_view path, std::string reason) : Unusable(problem_of(path, std::move(reason))) {}
  [[nodiscard]] const InputProblem& problem() const noexcept { return problem_; }

 private:
  explicit Unusable(InputProblem problem) : UsageError(problem.message()), problem_(std::move(problem)) {}
  InputProblem problem_;
};

struct Entry {
  std::string path;
  bool is_directory = false;
  bool is_file = false;
  std::int64_t bytes = 0;
  std::pair<dev_t, ino_t> identity;
};

bool look_at(const std::string& path, Entry& entry) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return false;
  }
  entry = {path, S_ISDIR(status.st_mode), S_ISREG(status.st_mode), status.st_size, {status.st_dev, status.st_ino}};
  return true;
}

/// What lies in a directory, hidden files left out, sorted bytewise. Throws Unusable where it cannot be read.
std::vector<Entry> list_directory(const std::string& directory) {
  const auto close = [](DIR* handle) { ::closedir(handle); };
  const std::unique_ptr<DIR, decltype(close)> handle(::opendir(directory.empty() ? "." : directory.c_str()), close);
  if (!handle) {
    throw Unusable(directory.empty() ? "." : directory, "cannot be opened: " + std::generic_category().message(errno));
  }
  std::vector<Entry> entries;
  while (const dirent* found = ::readdir(handle.get())) {
    if (found->d_name[0] == '.') {
      continue;
    }
    Entry entry;
    // A link to nothing is there too, and so is what this process may not look at: reported when it is opened.
    if (!look_at(join(directory, found->d_name), entry)) {
      entry.path = join(directory, found->d_name);
      entry.is_directory = found->d_type == DT_DIR;
      entry.identity.second = found->d_ino;
    }
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

/// The same for a directory that was not named itself: that it cannot be read is no end.
std::vector<Entry> list_if_readable(const std::string& directory, FoundFiles& found) {
  try {
    return list_directory(directory);
  } catch (const Unusable& unusable) {
    found.unusable.push_back(unusable.problem());
    return {};
  }
}

bool has_data_name(const Entry& entry) { return kind_of(entry.path) == FileKind::kData && !is_companion(entry.path); }

bool is_data_file(const Entry& entry) { return entry.is_file && has_data_name(entry); }

using Visited = std::set<std::pair<dev_t, ino_t>>;

/// Data files among what lies in a directory, and below it where `recursive`; a directory that links lead to again is
/// entered once. What has a data file's name and is none (a link to nothing, a directory) is found too: its decoder
/// says what it is.
void collect(const std::vector<Entry>& entries, bool recursive, Visited& visited, FoundFiles& found) {
  for (const Entry& entry : entries) {
    if (has_data_name(entry) && !(entry.is_directory && recursive)) {
      found.files.push_back({entry.path, entry.is_file ? entry.bytes : 0, false});
    } else if (entry.is_directory && recursive && visited.insert(entry.identity).second) {
      collect(list_if_readable(entry.path, found), recursive, visited, found);
    }
  }
}

bool has_wildcard(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

/// Everything that the components of a glob from `rest` on match below `directory`. `found` gets what cannot be read.
void match_glob(const std::string& directory, std::string_view rest, int depth, std::vector<Entry>& matches,
                FoundFiles& found) {
  constexpr int kDeepest = 64;
  if (depth > kDeepest) {
    return;
  }
  const std::size_t slash = rest.find('/');
  const std::string component(rest.substr(0, slash));
  const bool last = slash == std::string_view::npos;
  const std::string_view below = last ? std::string_view() : rest.substr(slash + 1);
  if (component == "**") {
    match_glob(directory, last ? std::string_view("*") : below, depth + 1, matches, found);
  }
  if (component.empty() || !has_wildcard(component)) {
    Entry entry;
    const std::string path = component.empty() ? directory : join(directory, component);
    if (!look_at(path, entry)) {
      return;
    }
    if (last) {
      matches.push_back(std::move(entry));
    } else if (entry.is_directory) {
      match_glob(path, below, depth + 1, matches, found);
    }
    return;
  }
  Entry here;
  if (look_at(directory.empty() ? "." : directory, here) ? !here.is_directory : errno != EACCES) {
    return;
  }
  for (Entry& entry : list_if_readable(directory, found)) {
    if (component == "**") {
      if (entry.is_directory) {
        match_glob(entry.path, rest, depth + 1, matches, found);
      }
    } else if (::fnmatch(component.c_str(), std::string(name_of(entry.path)).c_str(), FNM_PERIOD) == 0) {
      if (last) {
        matches.push_back(std::move(entry));
      } else if (entry.is_directory) {
        match_glob(entry.path, below, depth + 1, matches, found);
      }
    }
  }
}

void refuse(std::string_view path) {
  throw Unusable(path, fmt::format("reading {} is not supported yet; {}", extension_of(path), kReads));
}

void sort_by_path(std::vector<FoundFile>& files) {
  std::sort(files.begin(), files.end(), [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
}

FoundFiles files_of_directory(const std::string& directory, bool recursive) {
  FoundFiles found;
  Visited visited;
  Entry self;
  if (look_at(directory, self)) {
    visited.insert(self.identity);
  }
  collect(list_directory(directory), recursive, visited, found);
  if (found.files.empty()) {
    throw Unusable(directory, "has no segments" + (found.unusable.empty() ? describe_directory(directory)
                                                                          : "; " + found.unusable[0].message()));
  }
  sort_by_path(found.files);
  return found;
}

FoundFiles files_of_glob(const std::string& glob, bool recursive) {
  const bool absolute = !glob.empty() && glob.front() == '/';
  FoundFiles found;
  std::vector<Entry> matches;
  match_glob(absolute ? "/" : "", std::string_view(glob).substr(absolute ? 1 : 0), 0, matches, found);
  // A glob that spells an extension out, `*.dat`, means these files; `run1/*` means what pumice can read of them.
  const bool spelled_out = name_of(glob).find('.') != std::string_view::npos;
  for (const Entry& entry : matches) {
    if ((has_data_name(entry) && !entry.is_directory) ||
        (spelled_out && entry.is_file && kind_of(entry.path) == FileKind::kOther)) {
      found.files.push_back({entry.path, entry.bytes, false});
    } else if (entry.is_directory) {
      Visited visited{entry.identity};
      collect(list_if_readable(entry.path, found), recursive, visited, found);
    }
  }
  if (found.files.empty()) {
    for (const Entry& entry : matches) {
      if (kind_of(entry.path) == FileKind::kUnsupported) {
        refuse(entry.path);
      }
    }
    const std::string nothing = matches.empty() ? "no such file or directory, and no file matches it"
                                                : fmt::format("matches no file that can be read; {}", kReads);
    throw Unusable(glob, nothing + (found.unusable.empty() ? "" : "; " + found.unusable[0].message()));
  }
  sort_by_path(found.files);
  return found;
}

/// "s3://" of "s3://bucket/17.csv", else nothing.
std::string_view scheme_of(std::string_view input) {
  const std::size_t end = input.find("://");
  const bool named =
      end != std::string_view::npos && end > 0 && std::all_of(input.begin(), input.begin() + end, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+';
      });
  return named ? input.substr(0, end + 3) : std::string_view();
}

FoundFiles files_of(const std::string& input, bool recursive) {
  Entry entry;
  if (!look_at(input, entry)) {
    const int error = errno;
    if (const std::string_view scheme = scheme_of(input); !scheme.empty()) {
      throw Unusable(
          input,
          fmt::format("{} is not read by this build: mount or copy the files, and name them by their path", scheme));
    }
    if (has_wildcard(input)) {
      return files_of_glob(input, recursive);
    }
    throw Unusable(input, error == ENOENT ? "no such file or directory" : std::generic_category().message(error));
  }
  if (entry.is_directory) {
    return files_of_directory(input, recursive);
  }
  if (kind_of(input) == FileKind::kUnsupported) {
    refuse(input);
  }
  if (!entry.is_file) {
    throw Unusable(input, "is not a regular file");
  }
  return {.files = {{input, entry.bytes, true}}, .unusable = {}};
}

/// True where an input that is not there is named as a file of one segment: its row can be kept.
bool is_absent_segment(const std::string& input) {
  Entry entry;
  return kind_of(input) == FileKind::kData && !has_wildcard(input) && scheme_of(input).empty() &&
         !look_at(input, entry);
}

}  // namespace

std::string extension_of(std::string_view path) {
  const std::string name = lower_case(name_of(path));
  std::size_t point = name.find_last_of('.');
  if (point == std::string::npos || point == 0) {
    return {};
  }
  if (const std::string last = name.substr(point); last == ".gz" || last == ".zst") {
    const std::size_t inner = name.find_last_of('.', point - 1);
    if (inner != std::string::npos && inner > 0) {
      point = inner;
    }
  }
  return name.substr(point);
}

FileKind kind_of(std::string_view path) {
  std::string extension = extension_of(path);
  for (const std::string_view archive : {".gz", ".zst"}) {
    if (ends_with(extension, archive)) {
      extension.resize(extension.size() - archive.size());
    }
  }
  if (extension == ".csv" || extension == ".tsv" || extension == ".txt") {
    return FileKind::kData;
  }
  const bool unsupported = std::find(kUnsupportedExtensions.begin(), kUnsupportedExtensions.end(), extension) !=
                           kUnsupportedExtensions.end();
  return unsupported ? FileKind::kUnsupported : FileKind::kOther;
}

bool is_companion(std::string_view path) { return ends_with(lower_case(path), ".errors.csv"); }

FoundFiles find_files(const std::vector<std::string>& inputs, bool recursive) {
  if (inputs.empty()) {
    throw UsageError("no input was given: name files, directories or globs");
  }
  FoundFiles all;
  std::unordered_set<std::string> seen;
  std::unordered_set<std::string> told;
  std::optional<Unusable> first;
  std::size_t of_no_use = 0;
  for (const std::string& input : inputs) {
    FoundFiles found;
    try {
      found = files_of(input, recursive);
    } catch (const Unusable& unusable) {
      ++of_no_use;
      if (!first) {
        first.emplace(unusable);
      }
      if (is_absent_segment(input)) {
        found.files.push_back({input, 0, true, false});
      } else {
        found.unusable.push_back(unusable.problem());
      }
    }
    for (FoundFile& file : found.files) {
      // Two links to one file are two segments; one path spelled twice is one.
      if (seen.insert(std::filesystem::absolute(file.path).lexically_normal().string()).second) {
        all.files.push_back(std::move(file));
      }
    }
    for (InputProblem& problem : found.unusable) {
      if (told.insert(problem.path).second) {
        all.unusable.push_back(std::move(problem));
      }
    }
  }
  if (of_no_use == inputs.size()) {
    throw UsageError(inputs.size() == 1
                         ? std::string(first->what())
                         : fmt::format("{} (none of the {} inputs can be used)", first->what(), inputs.size()));
  }
  return all;
}

std::vector<FoundFile> files_as_named(const std::vector<std::string>& paths) {
  std::vector<FoundFile> files;
  files.reserve(paths.size());
  for (const std::string& path : paths) {
    Entry entry;
    files.push_back({path, look_at(path, entry) && entry.is_file ? entry.bytes : 0, true});
  }
  return files;
}

std::string describe_directory(const std::string& directory) {
  std::vector<std::pair<std::string, std::int64_t>> folders;
  std::map<std::string, int> extensions;
  int files = 0;
  for (const Entry& entry : list_directory(directory)) {
    if (entry.is_directory) {
      std::int64_t count = 0;
      try {
        const std::vector<Entry> below = list_directory(entry.path);
        count = std::count_if(below.begin(), below.end(), is_data_file);
      } catch (const UsageError&) {
        continue;  // a folder that may not be read has nothing to offer
      }
      if (count > 0) {
        folders.emplace_back(entry.path, count);
      }
    } else if (!is_data_file(entry)) {
      ++files;
      ++extensions[extension_of(entry.path)];
    }
  }
  if (!folders.empty()) {
    std::string text = fmt::format("; {} has {}", folders[0].first, folders[0].second);
    constexpr std::size_t kMost = 6;
    for (std::size_t i = 1; i < std::min(folders.size(), kMost); ++i) {
      text += fmt::format(", {} {}", folders[i].first, folders[i].second);
    }
    return folders.size() > kMost ? fmt::format("{}, .. ({} folders)", text, folders.size()) : text;
  }
  if (files == 0) {
    return fmt::format("; {}", kReads);
  }
  std::vector<std::string> counts;
  for (const auto& [extension, count] : extensions) {
    counts.push_back(fmt::format("{} {}", count, extension.empty() ? "without extension" : extension));
  }
  constexpr std::size_t kMost = 6;
  counts.resize(std::min(counts.size(), kMost));
  return fmt::format("; it holds {}; {}", fmt::join(counts, ", "), kReads);
}

}  // namespace pumice::io
