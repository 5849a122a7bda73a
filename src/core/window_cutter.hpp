/// Windows of a recording that was decoded, as segments that a backend takes.
#pragma once

#include <cstdint>
#include <vector>

#include "pumice/plan.hpp"
#include "pumice/prepare.hpp"
#include "pumice/samples.hpp"
#include "pumice/source.hpp"

namespace pumice {

/// One a worker; buffers reused.
class WindowCutter {
 public:
  /// Samples [first, first + count) of `recording`; lent until the next call.
  [[nodiscard]] PreparedSegment cut(const Plan& plan, const DecodedRecording& recording, std::int64_t first,
                                    std::int64_t count);

 private:
  [[nodiscard]] ColumnView narrowed(const ColumnView& window, std::size_t channel);

  std::vector<ColumnView> columns_;
  std::vector<ColumnBuffer> narrowed_;
  Preparer preparer_;
};

}  // namespace pumice
