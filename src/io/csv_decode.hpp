/// Text to columns: header, fast path, general path.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "io/csv_fast.hpp"
#include "io/csv_general.hpp"
#include "io/csv_kernels.hpp"
#include "io/csv_number.hpp"
#include "pumice/source.hpp"

namespace pumice::io {

/// Which way a text went.
enum class CsvPath : std::uint8_t { kFast, kGeneral };

/// What becomes of columns that are not asked for.
enum class OtherColumns : std::uint8_t { kRefuse, kPassOver };

/// Decodes texts that hold the same channels; keeps its memory from text to text.
class CsvDecoder {
 public:
  /// `wanted`: the channels to decode, in order. A text must hold them, in any order. Under OtherColumns::kRefuse, and
  /// where they are all that `shape` has, it must hold no others beside the time column.
  CsvDecoder(FileShape shape, std::vector<std::string> wanted, const TextFormat& format,
             OtherColumns others = OtherColumns::kRefuse);

  /// `text`: writable, with kTextPadding bytes behind it that may be read and written. The problem's path is empty.
  [[nodiscard]] std::optional<InputProblem> decode(std::span<char> text, DecodedRecording& out);
  /// The rows of a text that the fast path might take; nothing where it is asked for more. Where the last row has no
  /// line feed, one is written behind the text. Lent until the next text.
  [[nodiscard]] std::optional<PlainText> find_rows(std::span<char> text);
  /// The way that the last text went.
  [[nodiscard]] CsvPath last_path() const { return last_path_; }
  /// Above 0: the time column of every text must rise by one step of this rate (Hz) a row.
  void require_rate(double sample_rate) { required_rate_ = sample_rate; }
  /// Off: every text takes the general path.
  void allow_fast_path(bool allow) { fast_allowed_ = allow; }
  /// SIMD targets to choose from; all usable ones unless this is called.
  void use_targets(std::int64_t targets) { kernels_ = csv_kernels(targets); }

 private:
  [[nodiscard]] bool is_fast(const CsvDialect& dialect) const;
  [[nodiscard]] std::optional<InputProblem> decode_as(std::string_view text, const CsvDialect& dialect,
                                                      DecodedRecording& out);
  [[nodiscard]] std::optional<InputProblem> map_columns(const std::vector<std::string>& names, bool has_header);
  [[nodiscard]] std::optional<InputProblem> read_header(std::string_view text, const CsvDialect& dialect,
                                                        std::string_view& body, std::int64_t& body_line);
  enum class FastWay : std::uint8_t { kIntegers, kDecimals };
  [[nodiscard]] bool decode_fast(PlainText text, FastWay way, DecodedRecording& out);
  /// Gives the columns, which hold doubles, the types that the general path gives them; true where all are int16.
  bool narrow(DecodedRecording& out);

  FileShape shape_;
  std::vector<std::string> wanted_;
  std::unordered_map<std::string, int> wanted_index_;
  std::unordered_set<std::string> known_;  ///< names that a text may hold; empty: any
  TextFormat format_;
  CsvDialect dialect_;
  MissingWords missing_;
  bool fast_allowed_ = true;
  double required_rate_ = 0;
  CsvPath last_path_ = CsvPath::kGeneral;

  /// What the last header meant: texts that start with the same bytes are not looked at again.
  std::string header_bytes_;
  std::optional<CsvDialect> header_dialect_;
  std::int64_t header_lines_ = 0;
  std::vector<std::string> names_;
  std::vector<int> target_;  ///< [columns]: index into wanted_, or -1
  int time_index_ = -1;      ///< column of times to check, or -1
  CsvKernels kernels_ = csv_kernels(usable_csv_targets());
  PlainParser<std::int16_t> integers_;
  PlainParser<double> decimals_;
  /// What the last plain text was: the next one is taken for the same first. Only the time depends on it.
  FastWay fast_way_ = FastWay::kIntegers;
  ColumnBuffer spare_;
  GeneralTable table_;
};

}  // namespace pumice::io
