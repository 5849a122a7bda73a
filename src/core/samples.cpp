#include "pumice/samples.hpp"

#include <new>

namespace pumice {

void ColumnBuffer::Free::operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{kColumnAlignment}); }

void ColumnBuffer::reset(SampleType type, std::int64_t n) {
  const std::size_t used = static_cast<std::size_t>(n) * sample_size(type);
  const std::size_t needed = (used + kColumnAlignment) / kColumnAlignment * kColumnAlignment + kColumnAlignment;
  if (needed > capacity_) {
    bytes_.reset();
    bytes_.reset(static_cast<std::byte*>(::operator new (needed, std::align_val_t{kColumnAlignment})));
    capacity_ = needed;
  }
  type_ = type;
  n_ = n;
}

}  // namespace pumice
