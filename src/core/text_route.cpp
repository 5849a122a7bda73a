#include "core/text_route.hpp"

#include "pumice/error.hpp"

namespace pumice {

void TextRoute::was_taken(RecordingResult& result, std::int64_t n) {
  gate_.was_taken();
  result.samples = n;
  result.shorter_than_nperseg = is_shorter_than_a_block(run_.plan, n);
}

bool TextRoute::decode(RecordingResult& result, std::span<char> text) {
  const Recording& file = run_.source.recordings()[static_cast<std::size_t>(result.recording)];
  resident_ = -1;
  result.problem = decoder_.decode_text(file, text, decoded_, seconds_);
  if (result.problem) {
    result.windows = 0;
    result.values.clear();
    return false;
  }
  result.samples = decoded_.n;
  result.has_infinities = decoded_.has_infinities;
  result.shorter_than_nperseg = is_shorter_than_a_block(run_.plan, decoded_.n);
  segment_ = cutter_.cut(run_.plan, decoded_, 0, decoded_.n);
  return true;
}

void TextRoute::read_resident(RecordingResult& result, std::int64_t window) {
  if (resident_ != result.recording) {
    resident_ = -1;
    const Recording& recording = run_.source.recordings()[static_cast<std::size_t>(result.recording)];
    // Other windows of it may be anywhere: what is wrong with one cannot be what becomes of the recording any more.
    if (auto problem = decoder_.decode(recording, decoded_, seconds_)) {
      throw InputError(*problem);
    }
    resident_ = result.recording;
  }
  const std::int64_t first = run_.window.length > 0 ? window * run_.window.hop : 0;
  segment_ = cutter_.cut(run_.plan, decoded_, first, run_.window.length > 0 ? run_.window.length : decoded_.n);
}

}  // namespace pumice
