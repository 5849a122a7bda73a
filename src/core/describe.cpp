#include "core/describe.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "core/clock.hpp"
#include "core/running_moments.hpp"

namespace pumice {
namespace {

struct ChannelTally {
  RunningMoments moments;
  std::int64_t samples = 0;
  std::int64_t wholly_missing = 0;
  std::int64_t constant = 0;
};

/// What a stretch of recordings holds.
struct Tally {
  std::int64_t recordings = 0;
  std::int64_t rows = 0;
  std::int64_t fewest_rows = std::numeric_limits<std::int64_t>::max();
  std::int64_t most_rows = 0;
  std::int64_t text_bytes = 0;
  std::int64_t with_blanks = 0;
  std::int64_t with_infinities = 0;
  std::vector<ChannelTally> channels;
  std::vector<InputProblem> problems;

  void add(const DecodedRecording& decoded) {
    channels.resize(decoded.channels.size());
    bool blank = false;
    for (std::size_t k = 0; k < channels.size(); ++k) {
      const RunningMoments::Column column = channels[k].moments.add(decoded.channels[k].view());
      channels[k].samples += decoded.n;
      channels[k].wholly_missing += column.n == 0 ? 1 : 0;
      channels[k].constant += column.n > 0 && column.minimum == column.maximum ? 1 : 0;
      blank = blank || column.n < decoded.n;
    }
    ++recordings;
    rows += decoded.n;
    fewest_rows = std::min(fewest_rows, decoded.n);
    most_rows = std::max(most_rows, decoded.n);
    text_bytes += decoded.text_bytes;
    with_blanks += blank ? 1 : 0;
    with_infinities += decoded.has_infinities ? 1 : 0;
  }

  /// `next` follows this one.
  void append(const Tally& next) {
    channels.resize(std::max(channels.size(), next.channels.size()));
    for (std::size_t k = 0; k < next.channels.size(); ++k) {
      channels[k].moments.merge(next.channels[k].moments);
      channels[k].samples += next.channels[k].samples;
      channels[k].wholly_missing += next.channels[k].wholly_missing;
      channels[k].constant += next.channels[k].constant;
    }
    recordings += next.recordings;
    rows += next.rows;
    fewest_rows = std::min(fewest_rows, next.fewest_rows);
    most_rows = std::max(most_rows, next.most_rows);
    text_bytes += next.text_bytes;
    with_blanks += next.with_blanks;
    with_infinities += next.with_infinities;
    problems.insert(problems.end(), next.problems.begin(), next.problems.end());
  }
};

/// Threads take stretches of recordings; stretches are merged in order. Their size depends on the number of recordings
/// alone, so that float64 sums are rounded alike for any number of threads.
class Run {
 public:
  Run(const Source& source, const std::function<void(const Progress&)>& observe, std::stop_token stop)
      : source_(source),
        observe_(observe),
        stop_(std::move(stop)),
        count_(static_cast<std::int64_t>(source.recordings().size())),
        stretch_(std::clamp<std::int64_t>(count_ / 256, 1, 64)),
        tallies_(static_cast<std::size_t>((count_ + stretch_ - 1) / stretch_)) {}

  Description operator()(int threads) {
    {
      std::vector<std::jthread> workers;
      for (int worker = 0; worker < std::max(1, threads); ++worker) {
        workers.emplace_back([this] { work(); });
      }
    }
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    if (stop_.stop_requested()) {
      throw Cancelled("stopped");
    }
    Tally whole;
    for (const Tally& tally : tallies_) {
      whole.append(tally);
    }
    return result(whole);
  }

 private:
  void work() {
    try {
      const std::unique_ptr<Decoder> decoder = source_.make_decoder();
      DecodedRecording decoded;
      for (std::size_t k = next_++; k < tallies_.size(); k = next_++) {
        const std::int64_t first = static_cast<std::int64_t>(k) * stretch_;
        for (std::int64_t i = first; i < std::min(first + stretch_, count_) && !stop_.stop_requested(); ++i) {
          read(*decoder, source_.recordings()[static_cast<std::size_t>(i)], decoded, tallies_[k]);
        }
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      next_ = tallies_.size();
    }
  }

  void read(Decoder& decoder, const Recording& recording, DecodedRecording& decoded, Tally& tally) {
    StageSeconds ignored;
    const std::optional<InputProblem> problem = decoder.decode(recording, decoded, ignored);
    if (problem) {
      tally.problems.push_back(*problem);
    } else {
      tally.add(decoded);
    }
    const std::lock_guard lock(mutex_);
    ++progress_.done;
    progress_.total = count_;
    progress_.skipped += problem ? 1 : 0;
    progress_.bytes += problem ? 0 : decoded.text_bytes;
    progress_.seconds = seconds_since(start_);
    if (observe_) {
      observe_(progress_);
    }
  }

  [[nodiscard]] Description result(const Tally& whole) const {
    Description description{.recordings = whole.recordings,
                            .rows = whole.rows,
                            .fewest_rows = whole.recordings > 0 ? whole.fewest_rows : 0,
                            .most_rows = whole.most_rows,
                            .text_bytes = whole.text_bytes,
                            .recordings_with_blanks = whole.with_blanks,
                            .recordings_with_infinities = whole.with_infinities,
                            .channels = {},
                            .problems = whole.problems,
                            .seconds = seconds_since(start_)};
    for (std::size_t k = 0; k < source_.channels().size(); ++k) {
      const ChannelTally channel = k < whole.channels.size() ? whole.channels[k] : ChannelTally{};
      description.channels.push_back({.name = source_.channels()[k],
                                      .samples = channel.samples,
                                      .missing = channel.samples - channel.moments.count(),
                                      .wholly_missing = channel.wholly_missing,
                                      .constant = channel.constant,
                                      .minimum = channel.moments.minimum(),
                                      .maximum = channel.moments.maximum(),
                                      .mean = channel.moments.mean(),
                                      .standard_deviation = channel.moments.standard_deviation()});
    }
    return description;
  }

  const Source& source_;
  const std::function<void(const Progress&)>& observe_;
  std::stop_token stop_;
  std::int64_t count_;
  std::int64_t stretch_;
  std::vector<Tally> tallies_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  Progress progress_;
  Clock::time_point start_ = Clock::now();
  std::exception_ptr failure_;
};

}  // namespace

Description describe(const Source& source, int threads, const std::function<void(const Progress&)>& observe,
                     std::stop_token stop) {
  return Run(source, observe, std::move(stop))(threads);
}

}  // namespace pumice
