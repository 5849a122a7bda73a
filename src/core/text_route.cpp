#include "core/text_route.hpp"

namespace pumice {

void TextRoute::was_taken(RecordingResult& result, std::int64_t n) {
  gate_.was_taken();
  result.samples = n;
  result.shorter_than_nperseg = is_shorter_than_a_block(run_.plan, n);
}

bool TextRoute::decode(RecordingResult& result, std::span<char> text) {
  const Recording& file = run_.source.recordings()[static_cast<std::size_t>(result.recording)];
  result.problem = decoder_.decode_text(file, text, decoded_, seconds_);
  if (result.problem) {
    result.windows = 0;
    result.values.clear();
    return false;
  }
  result.samples = decoded_.n;
  result.has_infinities = decoded_.has_infinities;
  result.shorter_than_nperseg = is_shorter_than_a_block(run_.plan, decoded_.n);
  columns_.clear();
  for (const ColumnBuffer& column : decoded_.channels) {
    columns_.push_back(column.view());
  }
  segment_ = preparer_.prepare(run_.plan, columns_);
  return true;
}

}  // namespace pumice
