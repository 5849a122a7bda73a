/// How much of the host's memory may be page-locked, and what to say where it is less than was wanted.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace pumice::cuda {

/// Shared by the slots of a device. Memory beyond the budget works too, but its copies are slower.
class PinnedBudget {
 public:
  explicit PinnedBudget(std::size_t bytes) : limit_(bytes), asked_(bytes) {}

  /// True where `bytes` more may be locked; they count until `give_back`.
  [[nodiscard]] bool take(std::size_t bytes);
  /// True where `take` would give as many.
  [[nodiscard]] bool has_room(std::size_t bytes) const;
  void give_back(std::size_t bytes);
  /// The host refused `bytes` that were taken: they are given back, and half of what is left is tried for; once it has
  /// refused again, nothing is.
  void refuse(std::size_t bytes, const std::string& why);
  [[nodiscard]] std::size_t limit() const;
  [[nodiscard]] std::size_t taken() const;
  /// What is to be said since the last call, of the device `name`. Each thing is said once.
  [[nodiscard]] std::vector<std::string> take_notices(const std::string& name);
  /// Another run begins: what was refused is tried for anew, and said anew.
  void renew();

 private:
  mutable std::mutex mutex_;
  std::size_t limit_;
  std::size_t taken_ = 0;
  std::size_t asked_;  ///< the limit before the host refused anything
  int refusals_ = 0;
  std::string why_;  ///< the host's words, the first time
  bool was_short_ = false;
  bool refusal_was_said_ = false;
  bool shortness_was_said_ = false;
};

}  // namespace pumice::cuda
