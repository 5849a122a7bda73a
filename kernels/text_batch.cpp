#include "text_batch.hpp"

#include <algorithm>
#include <new>

#include "batch.hpp"
#include "core/parsed_columns.hpp"
#include "io/array_team.hpp"
#include "launch.hpp"
#include "pumice/error.hpp"

namespace pumice::cuda {

namespace {

/// Before a text in the texts' memory, and behind it.
constexpr std::size_t kPadding = align_up(std::max(kTextRoomPadding, static_cast<std::size_t>(io::kTeamPadding)));

/// A multiple of what aligns columns of every type.
[[nodiscard]] std::int64_t stride_for(std::int64_t rows) {
  return static_cast<std::int64_t>(align_up(static_cast<std::size_t>(rows) * sizeof(std::int16_t)) /
                                   sizeof(std::int16_t));
}

/// Of the places of one column.
[[nodiscard]] std::size_t column_bytes(const Plan& plan, std::int64_t rows) {
  return static_cast<std::size_t>(stride_for(rows)) *
         (sizeof(double) + static_cast<std::size_t>(io::value_bytes(gap_fill(plan.missing))));
}

/// Of the marks of one column's gaps.
[[nodiscard]] std::size_t gap_bytes(const Plan& plan, std::int64_t rows) {
  const bool marks = gap_fill(plan.missing) == io::GapFill::kLeftOut;
  return marks ? static_cast<std::size_t>(io::gap_words(stride_for(rows))) * sizeof(std::uint32_t) : 0;
}

/// Of the texts alone, with what lies round them.
[[nodiscard]] std::size_t body_bytes(const Plan& plan, std::int64_t n, int segments) {
  // "-1234.0,"; what is longer makes the batches smaller.
  constexpr std::size_t kBytesPerCell = 8;
  const std::size_t cells = plan.channels.size() * static_cast<std::size_t>(std::max<std::int64_t>(n, 1));
  return static_cast<std::size_t>(std::max(segments, 1)) * (kBytesPerCell * cells + 2 * kPadding);
}

/// Times the expected rows that room is made for.
constexpr std::int64_t kMostTimesExpected = 8;

}  // namespace

std::int64_t text_rows_room(std::int64_t n) {
  constexpr std::int64_t kMore = 1024;
  return std::max<std::int64_t>(n, 1) / 4 * 5 + kMore;
}

MemoryBytes text_bytes(const Plan& plan, std::int64_t n, int segments) {
  const auto count = static_cast<std::size_t>(std::max(segments, 1));
  const std::size_t columns = count * plan.channels.size();
  const std::size_t text = HostBuffer::whole_pages(body_bytes(plan, n, segments));
  const std::size_t tiles =
      (text / io::kTextTileBytes + 2 * count) * sizeof(io::TextTile) + count * sizeof(io::TextRows);
  const std::size_t tables =
      count * sizeof(io::TeamText) + columns * std::max(sizeof(SampleArray), sizeof(std::int32_t));
  const std::size_t outcomes =
      count * sizeof(io::TextRows) + columns * (sizeof(io::ColumnFacts) + gap_bytes(plan, text_rows_room(n)));
  return {.host = text + HostBuffer::whole_pages(tables) + HostBuffer::whole_pages(outcomes),
          .device = text + tiles + tables + columns * column_bytes(plan, text_rows_room(n)) + outcomes};
}

TextBatch::TextBatch(DeviceState& device, const Plan& plan, std::int64_t n, int segments)
    : device_(&device),
      plan_(&plan),
      expected_rows_(text_rows_room(n)),
      most_rows_(std::max(expected_rows_, kMostTimesExpected * n)),
      wanted_rows_(expected_rows_),
      rows_room_(expected_rows_),
      most_segments_(static_cast<std::size_t>(std::max(segments, 1))),
      segments_(most_segments_),
      expected_bytes_(body_bytes(plan, n, segments)),
      host_text_(device),
      host_tables_(device),
      host_outcomes_(device) {}

std::span<char> TextBatch::room(std::int64_t bytes) {
  const std::size_t needed = align_up(static_cast<std::size_t>(bytes)) + 2 * kPadding;
  if (texts_.empty() && rooms_.empty()) {
    used_ = 0;
    make_room_for_rows(std::min(wanted_rows_, most_rows_));
    take_memory(needed);
  }
  if (refused_memory_ || holds_resident() || texts_.size() + rooms_.size() == segments_ ||
      used_ + needed > host_text_.capacity()) {
    return {};
  }
  const Room& room = rooms_.emplace_back(Room{used_ + kPadding, needed - 2 * kPadding});
  used_ += needed;
  return {reinterpret_cast<char*>(host_text_.get()) + room.offset, room.bytes};
}

/// For an empty batch: for one text at least, and for all that it may have where they are as long as this one.
void TextBatch::take_memory(std::size_t needed) {
  const std::size_t least = std::max(needed, host_text_.capacity());
  std::size_t wanted = least;
  if (segments_ * needed > host_text_.capacity()) {
    // Texts of a set are of nearly the same size; a little more than this one's keeps the batches full.
    wanted = std::max(least, std::min(segments_ * (needed + needed / 8), expected_bytes_));
  }
  if (!has_room_for(wanted)) {
    expected_bytes_ = least;  // what there was no memory for is not tried again
    refused_memory_ = wanted == least || !has_room_for(least);
  }
}

/// For an empty batch: room for texts of so many rows, and for as many of them as the memory that was planned holds.
/// Where there is none for one, all stays as it was, and nothing longer is tried again.
void TextBatch::make_room_for_rows(std::int64_t rows) {
  const bool is_usual = rows <= expected_rows_ || rows > most_rows_;
  const std::int64_t room = is_usual ? expected_rows_ : std::min(text_rows_room(rows), most_rows_);
  if (room == rows_room_) {
    return;
  }
  const std::int64_t room_before = rows_room_;
  const std::size_t segments_before = segments_;
  const std::size_t planned = most_segments_ * column_bytes(*plan_, expected_rows_);
  rows_room_ = room;
  segments_ = std::clamp<std::size_t>(planned / column_bytes(*plan_, room), 1, most_segments_);
  if (!has_room_for(host_text_.capacity())) {
    rows_room_ = room_before;
    most_rows_ = room_before;
    segments_ = segments_before;
  }
}

/// Where most texts of a batch lacked room: for a few among many, batches would be smaller in vain.
void TextBatch::ask_for_room() {
  const auto* const outcomes = reinterpret_cast<const io::TextRows*>(host_outcomes_.get());
  const auto lacks = [&](std::size_t i) {
    return outcomes[i].refusal.status == io::TextStatus::kRoom && outcomes[i].rows <= most_rows_;
  };
  std::size_t lacking = 0;
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    lacking += lacks(i) ? 1 : 0;
  }
  for (std::size_t i = 0; i < texts_.size() && 2 * lacking >= texts_.size(); ++i) {
    if (lacks(i)) {
      results_[i].result.lacked_room = true;
      wanted_rows_ = std::max(wanted_rows_, outcomes[i].rows);
    }
  }
}

/// The open room that begins there, or none.
std::vector<TextBatch::Room>::const_iterator TextBatch::room_at(const char* begin) const {
  const auto* const memory = reinterpret_cast<const char*>(host_text_.get());
  return std::find_if(rooms_.begin(), rooms_.end(), [&](const Room& room) { return memory + room.offset == begin; });
}

void TextBatch::drop(std::span<const char> room) {
  const auto dropped = room_at(room.data());
  if (dropped == rooms_.end()) {
    return;
  }
  if (dropped->offset + dropped->bytes + kPadding == used_) {
    used_ = dropped->offset - kPadding;
  }
  rooms_.erase(dropped);
}

/// False, and without memory from here on, where there is not enough: as columns, segments need less.
bool TextBatch::has_room_for(std::size_t text_bytes) {
  if (refused_memory_) {
    return false;
  }
  try {
    reserve(text_bytes);
    return true;
  } catch (const std::bad_alloc&) {
  } catch (const CudaError& error) {
    if (error.fatal()) {
      throw;
    }
  }
  host_text_.release();
  text_ = {};
  tiles_ = {};
  columns_ = {};
  return false;
}

void TextBatch::reserve(std::size_t text_bytes) {
  const std::size_t columns = segments_ * plan_->channels.size();
  host_text_.reserve(text_bytes);
  text_.reserve(host_text_.capacity());  // which is rounded up, and filled to its end
  // A tile more a text for its ends, which lie anywhere.
  tiles_.reserve((host_text_.capacity() / io::kTextTileBytes + 2 * segments_) * sizeof(io::TextTile) +
                 segments_ * sizeof(io::TextRows));
  columns_.reserve(columns * column_bytes(*plan_, rows_room_));
  host_outcomes_.reserve(outcome_bytes(segments_));
  outcomes_.reserve(outcome_bytes(segments_));
}

/// Rows and facts come first, and marks of gaps behind them.
std::size_t TextBatch::marks_offset(std::size_t texts) const {
  return texts * (sizeof(io::TextRows) + plan_->channels.size() * sizeof(io::ColumnFacts));
}

std::size_t TextBatch::outcome_bytes(std::size_t texts) const {
  return marks_offset(texts) + texts * plan_->channels.size() * gap_bytes(*plan_, rows_room_);
}

std::size_t TextBatch::mark_place(std::size_t i, std::size_t channel) const {
  return marks_offset(texts_.size()) + (i * plan_->channels.size() + channel) * gap_bytes(*plan_, rows_room_);
}

void TextBatch::add(const TextSegment& text, int place, const Stream& stream) {
  const auto room = room_at(text.text.data());
  if (room == rooms_.end() || text.text.size() > room->bytes) {
    throw Error("a text was added that does not lie in a room that is open");
  }
  const std::size_t offset = room->offset;
  // The body, and what may be read on both sides.
  const std::size_t from =
      (offset + static_cast<std::size_t>(text.first)) / kColumnAlignment * kColumnAlignment - kColumnAlignment;
  const std::size_t to = align_up(offset + static_cast<std::size_t>(text.last + io::kTeamPadding));
  if (copied_.size() <= texts_.size()) {
    copied_.emplace_back();
  }
  Copied& copied = copied_[texts_.size()];
  copied.start.record(stream);
  PUMICE_CUDA(
      cudaMemcpyAsync(text_.get() + from, host_text_.get() + from, to - from, cudaMemcpyHostToDevice, stream.get()));
  copied.end.record(stream);
  const std::size_t first_target = targets_.size();
  targets_.insert(targets_.end(), text.target.begin(), text.target.end());
  texts_.push_back({.offset = offset,
                    .first = text.first,
                    .last = text.last,
                    .delimiter = text.delimiter,
                    .first_target = first_target,
                    .columns = text.target.size(),
                    .place = place});
  rooms_.erase(room);
}

bool TextBatch::takes(const ResidentSegment& segment) const {
  return segment.device == device_->ordinal && segment.n <= most_rows_ && !refused_memory_ &&
         std::all_of(segment.channels.begin(), segment.channels.end(), io::is_aligned);
}

bool TextBatch::add(const ResidentSegment& segment, int place) {
  if (!takes(segment)) {
    return false;
  }
  if (texts_.empty() && rooms_.empty()) {
    make_room_for_rows(segment.n);
    refused_memory_ = !has_room_for(0);
  }
  if (segment.n > rows_room_ || refused_memory_ || texts_.size() == segments_ || !rooms_.empty() ||
      holds_resident() != !texts_.empty()) {
    return false;
  }
  const std::size_t first_array = arrays_.size();
  arrays_.insert(arrays_.end(), segment.channels.begin(), segment.channels.end());
  Text& text = texts_.emplace_back();
  text.first_target = first_array;
  text.columns = segment.channels.size();
  text.place = place;
  text.is_resident = true;
  return true;
}

void TextBatch::enqueue(const Stream& stream) {
  const std::size_t headers = texts_.size() * sizeof(io::TeamText);
  const std::size_t array_bytes = arrays_.size() * sizeof(SampleArray);
  const std::size_t table_bytes = headers + array_bytes + targets_.size() * sizeof(std::int32_t);
  host_tables_.reserve(table_bytes);
  tables_.reserve(table_bytes);
  auto* const headers_to = reinterpret_cast<io::TeamText*>(host_tables_.get());
  std::copy(arrays_.begin(), arrays_.end(), reinterpret_cast<SampleArray*>(host_tables_.get() + headers));
  std::copy(targets_.begin(), targets_.end(),
            reinterpret_cast<std::int32_t*>(host_tables_.get() + headers + array_bytes));
  std::int64_t tiles = 0;
  std::int64_t most_tiles = 0;
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    headers_to[i] = team_text(i, tiles);
    most_tiles = std::max(most_tiles, io::tile_count(headers_to[i]));
    tiles += io::tile_count(headers_to[i]);
  }
  PUMICE_CUDA(cudaMemcpyAsync(tables_.get(), host_tables_.get(), table_bytes, cudaMemcpyHostToDevice, stream.get()));
  const auto* const teams = reinterpret_cast<const io::TeamText*>(tables_.get());
  const auto count = static_cast<int>(texts_.size());
  const auto channels = static_cast<int>(plan_->channels.size());
  if (holds_resident()) {
    launch_take_arrays(teams, count, channels, stream.get());
  } else {
    launch_parse_texts(teams, count, most_tiles, channels, stream.get());
  }
  // Which blocks of Welch's are left out is all that the host needs each gap for.
  const std::size_t wanted = plan_->welch.empty() ? marks_offset(texts_.size()) : outcome_bytes(texts_.size());
  PUMICE_CUDA(cudaMemcpyAsync(host_outcomes_.get(), outcomes_.get(), wanted, cudaMemcpyDeviceToHost, stream.get()));
}

io::TeamText TextBatch::team_text(std::size_t i, std::int64_t first_tile) const {
  const Text& from = texts_[i];
  io::TeamText text;
  place_columns(i, text);
  const std::byte* const tables = tables_.get() + texts_.size() * sizeof(io::TeamText);
  if (from.is_resident) {
    text.arrays = reinterpret_cast<const SampleArray*>(tables) + from.first_target;
    return text;
  }
  text.text = reinterpret_cast<const char*>(text_.get()) + from.offset;
  text.first = from.first;
  text.last = from.last;
  text.delimiter = from.delimiter;
  text.way = way_;
  text.columns = static_cast<std::int32_t>(from.columns);
  text.target = reinterpret_cast<const std::int32_t*>(tables) + from.first_target;
  text.room = std::min(rows_room_, (text.last - text.first) / text.columns);
  auto* const rows = reinterpret_cast<io::TextRows*>(tiles_.get());
  text.rows = rows + i;
  text.tiles = reinterpret_cast<io::TextTile*>(rows + segments_) + first_tile;
  return text;
}

void TextBatch::place_columns(std::size_t i, io::TeamText& text) const {
  const std::size_t channels = plan_->channels.size();
  text.fill = gap_fill(plan_->missing);
  text.kept = static_cast<std::int32_t>(channels);
  text.stride = stride_for(rows_room_);
  text.doubles = doubles(i, 0);
  text.values = values(i, 0);
  text.gaps = reinterpret_cast<std::uint32_t*>(outcomes_.get() + mark_place(i, 0));
  auto* const outcomes = reinterpret_cast<io::TextRows*>(outcomes_.get());
  text.outcome = outcomes + i;
  text.facts = reinterpret_cast<io::ColumnFacts*>(outcomes + texts_.size()) + i * channels;
}

std::size_t TextBatch::first_place(std::size_t i, std::size_t channel) const {
  return (i * plan_->channels.size() + channel) * static_cast<std::size_t>(stride_for(rows_room_));
}

double* TextBatch::doubles(std::size_t i, std::size_t channel) const {
  return reinterpret_cast<double*>(columns_.get()) + first_place(i, channel);
}

std::byte* TextBatch::values(std::size_t i, std::size_t channel) const {
  return reinterpret_cast<std::byte*>(doubles(segments_, 0)) +
         first_place(i, channel) * static_cast<std::size_t>(io::value_bytes(gap_fill(plan_->missing)));
}

bool TextBatch::prepare(std::size_t i) {
  const auto* const outcomes = reinterpret_cast<const io::TextRows*>(host_outcomes_.get());
  const std::size_t channels = plan_->channels.size();
  const auto* const facts = reinterpret_cast<const io::ColumnFacts*>(outcomes + texts_.size()) + i * channels;
  results_[i] = {texts_[i].place, {}};
  if (outcomes[i].refusal.status != io::TextStatus::kTaken) {
    return false;
  }
  way_ = io::TextWay::kIntegers;
  channels_.resize(channels);
  raw_.resize(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const std::int64_t n = outcomes[i].rows;
    ParsedColumn column{.values = values(i, c), .doubles = doubles(i, c), .n = n, .raw = {}};
    if (!plan_->welch.empty() && has_marked_gaps(plan_->missing, facts[c], n)) {
      store_gaps(reinterpret_cast<const std::uint32_t*>(host_outcomes_.get() + mark_place(i, c)), n, raw_[c]);
      column.raw = raw_[c].view();
    }
    channels_[c] = prepare_parsed(plan_->missing, column, facts[c]);
    way_ = type_of(facts[c]) == SampleType::kInt16 ? way_ : io::TextWay::kDecimals;
    results_[i].result.has_infinities = results_[i].result.has_infinities || facts[c].has_infinities;
  }
  results_[i].result.taken = true;
  results_[i].result.n = outcomes[i].rows;
  return true;
}

TextResult TextBatch::result(int place) const {
  for (const Placed& placed : results_) {
    if (placed.place == place) {
      return placed.result;
    }
  }
  return {};
}

void TextBatch::clear() {
  texts_.clear();
  targets_.clear();
  arrays_.clear();
  rooms_.clear();
}

double TextBatch::upload_seconds() const {
  double seconds = 0;
  for (std::size_t i = 0; i < texts_.size() && !texts_[i].is_resident; ++i) {
    seconds += copied_[i].end.seconds_since(copied_[i].start);
  }
  return seconds;
}

}  // namespace pumice::cuda
