/// Where recordings come from: files found, and decoded into columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pumice/backend.hpp"
#include "pumice/error.hpp"
#include "pumice/sample_array.hpp"
#include "pumice/samples.hpp"
#include "pumice/simd.hpp"
#include "pumice/text.hpp"

namespace pumice {

/// A named set of channels with one sampling rate: one file, or one case in memory.
struct Recording {
  std::string path;
  std::string id;
  std::int64_t bytes = 0;  ///< on disk
  bool named = false;      ///< by the user, as a file, or by a number as most are: a table of something else is none
  std::size_t index = 0;   ///< of a case in memory; files do not need it
  bool is_there = true;    ///< false: a path was named at which no file can be seen, as its decoder will say
};

/// Overrides of what is otherwise detected in text files.
struct TextFormat {
  std::optional<bool> header;
  std::optional<char> delimiter;
  std::optional<char> decimal;
  std::vector<std::string> missing_words;  ///< besides empty, NaN, NA, null (any case)
  /// "" : detect; "none": there is none; else the column's name.
  std::string time_column;
};

/// What a file turned out to hold, from its first rows.
struct FileShape {
  std::vector<std::string> channels;  ///< without the time column
  std::string time_column;            ///< empty where there is none
  double sample_rate = 0;             ///< Hz, from a uniform time column in seconds or as dates; 0: not known
  bool has_header = false;
  char delimiter = ',';
  char decimal = '.';
  std::int64_t estimated_rows = 0;
  std::string path = {};     ///< the file that was looked at
  bool first_rises = false;  ///< the first channel rises by a constant step, though its name is not a time's
};

/// Looks at the beginning of a file (decompressing it). Throws InputError where it holds no table of numbers.
[[nodiscard]] FileShape inspect_file(const std::string& path, const TextFormat& format);

/// The samples of one recording; reused from file to file.
struct DecodedRecording {
  std::vector<ColumnBuffer> channels;  ///< in the order asked for
  std::int64_t n = 0;                  ///< rows
  std::int64_t text_bytes = 0;         ///< decompressed
  bool has_infinities = false;         ///< +-inf were read, as missing
};

/// Reads and decodes files; one a worker, buffers reused.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Fills `out` with the channels that the source was opened for, or says what is wrong with the file. Adds its time
  /// to `seconds`. A bad file never throws.
  [[nodiscard]] virtual std::optional<InputProblem> decode(const Recording& recording, DecodedRecording& out,
                                                           StageSeconds& seconds) = 0;
  /// Reads the text of a file into `room`, kTextRoomPadding bytes on both sides of which may be written, and says where
  /// its rows begin. Nothing where that is not all there is to it (an archive, another dialect, times to check), where
  /// it does not fit, or where something is wrong, which `decode` words.
  [[nodiscard]] virtual std::optional<TextSegment> read_text(const Recording& recording, std::span<char> room,
                                                             StageSeconds& seconds) {
    static_cast<void>(recording);
    static_cast<void>(room);
    static_cast<void>(seconds);
    return {};
  }
  /// The same as `decode`, for a text that `read_text` has read.
  [[nodiscard]] virtual std::optional<InputProblem> decode_text(const Recording& recording, std::span<char> text,
                                                                DecodedRecording& out, StageSeconds& seconds) {
    static_cast<void>(text);
    return decode(recording, out, seconds);
  }
  /// Asks the system to read a file ahead, which will be decoded soon, perhaps by another decoder. Reports nothing.
  virtual void read_ahead(const Recording& recording) { static_cast<void>(recording); }
};

class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual const std::vector<Recording>& recordings() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& channels() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Decoder> make_decoder() const = 0;
  /// The GPU on which recordings lie; -1: none.
  [[nodiscard]] virtual int device() const { return -1; }
  /// A recording as it lies on a GPU, which `decode` copies from there; nothing where it does not, or something is
  /// wrong with it.
  [[nodiscard]] virtual std::optional<ResidentSegment> resident(const Recording& recording) const {
    static_cast<void>(recording);
    return {};
  }
};

/// How segment ids are made (`--id`).
struct IdRule {
  enum class Kind : std::uint8_t { kStem, kPath, kRegex } kind = Kind::kStem;
  std::string pattern;  ///< kRegex: the first group, else the whole match, of the path
};

struct DiscoveryOptions {
  std::vector<std::string> inputs;  ///< files, directories, globs
  bool recursive = false;
  /// Each input is the path of one file and a recording of its own, in this order, whatever is at that path: its
  /// decoder says what is wrong with it. Ids are places in the list: "0", "1", ..
  bool inputs_are_recordings = false;
  IdRule id;
  TextFormat format;
  std::vector<std::string> channels;  ///< `--channels`: keep these, in this order; empty: all
  /// Judge by the first file that can be used and open no other: tables of something else are then found when they are
  /// decoded.
  bool first_file_alone = false;
};

/// What was found. `left_out` names files that are tables of something else (labels, say): they hold none of the
/// channels of most of the first files. A file that holds some of them but not all is a recording, which its decoder
/// refuses: a segment is never passed over in silence. So is a table of something else that was not looked at
/// (InputProblem::other_table).
struct Discovery {
  std::vector<Recording> recordings;
  FileShape shape;                    ///< of most of the first files
  std::vector<std::string> channels;  ///< to extract, in order
  bool channels_are_chosen = false;   ///< by DiscoveryOptions::channels: files may hold others too
  std::vector<InputProblem> left_out;
  /// Inputs that are no recordings and have none (no such directory, a glob that matches nothing), beside others that
  /// have, and directories below inputs that cannot be read.
  std::vector<InputProblem> unusable;
  std::vector<std::string> notes;  ///< e.g. "column `time` was left out: it rises uniformly (100 Hz)"
  std::int64_t total_bytes = 0;
  bool ids_are_integers = false;  ///< every id is a canonical integer
};

/// Finds recordings. A path with the name of a text file at which nothing is, beside others that are there, is a
/// recording that cannot be read. Throws UsageError (no input is there or has anything usable, and what is there
/// instead, a format refused by name) and InputError (a duplicate id, naming both files).
[[nodiscard]] Discovery discover(const DiscoveryOptions& options);

/// Decodes what was discovered. `time_rate`: Hz at which the time column of every file must rise, from its first row to
/// its last (where the run takes its rate from that column); 0: what the time column holds does not matter.
[[nodiscard]] std::unique_ptr<Source> open_source(const Discovery& discovery, const TextFormat& format,
                                                  double time_rate = 0, Simd simd = Simd::kAuto);

}  // namespace pumice
