/// Which of the functions that Highway built for several targets is called. Included once a file, where HWY_ONCE.
#pragma once

#include <hwy/targets.h>

#include <cstdint>
#include <iterator>

namespace pumice {

/// Calls what HWY_DISPATCH_TABLE has for the best of `targets`. A table of one entry was built for one target alone.
template <class Table>
auto call_for_best(const Table& table, std::int64_t targets) {
  hwy::ChosenTarget chosen;
  chosen.Update(targets);
  return table[std::size(table) == 1 ? 0 : chosen.GetIndex()]();
}

}  // namespace pumice
