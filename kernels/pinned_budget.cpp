#include "pinned_budget.hpp"

#include <fmt/format.h>

namespace pumice::cuda {
namespace {

std::string megabytes(std::size_t bytes) { return fmt::format("{:.0f} MiB", static_cast<double>(bytes) * 0x1p-20); }

}  // namespace

bool PinnedBudget::take(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (taken_ + bytes > limit_) {
    was_short_ = true;
    return false;
  }
  taken_ += bytes;
  return true;
}

bool PinnedBudget::has_room(std::size_t bytes) const {
  const std::lock_guard lock(mutex_);
  return taken_ + bytes <= limit_;
}

void PinnedBudget::give_back(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  taken_ -= bytes;
}

void PinnedBudget::refuse(std::size_t bytes, const std::string& why) {
  const std::lock_guard lock(mutex_);
  taken_ -= bytes;
  ++refusals_;
  limit_ = refusals_ == 1 ? taken_ + (limit_ - taken_) / 2 : taken_;
  if (why_.empty()) {
    why_ = why;
  }
}

std::size_t PinnedBudget::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_;
}

std::size_t PinnedBudget::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

void PinnedBudget::renew() {
  const std::lock_guard lock(mutex_);
  limit_ = asked_;
  refusals_ = 0;
  why_.clear();
  was_short_ = false;
  refusal_was_said_ = false;
  shortness_was_said_ = false;
}

std::vector<std::string> PinnedBudget::take_notices(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  if (refusals_ > 0 && !refusal_was_said_) {
    lines.push_back(
        fmt::format("{}: the host locks no more than {} of its own memory (see `ulimit -l`; this is host "
                    "memory, not the GPU's): other copies are slower ({})",
                    name, megabytes(taken_), why_));
    refusal_was_said_ = true;
  } else if (was_short_ && refusals_ == 0 && !shortness_was_said_) {
    lines.push_back(
        fmt::format("{}: {} of page-locked host memory are too little for all its copies, some are slower: "
                    "see --pinned-memory",
                    name, megabytes(limit_)));
    shortness_was_said_ = true;
  }
  return lines;
}

}  // namespace pumice::cuda
