/// A CUDA block played by host threads: lanes that really run at once, with a barrier wherever a block has one. Under
/// the thread sanitizer a barrier that is missing is a race that is reported.
#pragma once

#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <new>
#include <thread>
#include <vector>

#include "pumice/team.hpp"

namespace pumice::test {

/// What the threads of one team share: a barrier, and memory for one reduction at a time.
class EmulatedBlock {
 public:
  explicit EmulatedBlock(int threads) : threads_(threads), barrier_(threads) {}
  [[nodiscard]] int threads() const { return threads_; }
  void sync() { barrier_.arrive_and_wait(); }
  /// [kLanes] accumulators, whose lifetime the lanes begin.
  template <class Acc>
  [[nodiscard]] Acc* lanes() {
    static_assert(sizeof(Acc) * kLanes <= kBytes && alignof(Acc) <= kAlignment);
    return reinterpret_cast<Acc*>(memory_);
  }

 private:
  static constexpr std::size_t kBytes = 64 * 1024;
  static constexpr std::size_t kAlignment = 64;
  int threads_;
  std::barrier<> barrier_;
  alignas(kAlignment) std::byte memory_[kBytes];
};

/// One thread's view of the team: it plays lanes thread, thread + threads, ..
class EmulatedTeam {
 public:
  EmulatedTeam(EmulatedBlock& block, int thread) : block_(block), thread_(thread) {}

  template <class Acc, class Add, class Merge>
  [[nodiscard]] Acc reduce(std::int64_t n, Add add, Merge merge) {
    Acc* lanes = block_.lanes<Acc>();
    each_lane(kLanes, 1, [&](int lane) {
      Acc acc{};
      for (std::int64_t i = lane; i < n; i += kLanes) {
        add(acc, i);
      }
      new (lanes + lane) Acc(acc);
    });
    for (int k = kLanes / 2; k > 0; k /= 2) {
      block_.sync();
      each_lane(k, 1, [&](int lane) { merge(lanes[lane], lanes[lane + k]); });
    }
    return result(lanes);
  }

  template <class Acc, class Add, class Merge>
  [[nodiscard]] Acc reduce_ordered(std::int64_t n, Add add, Merge merge) {
    Acc* lanes = block_.lanes<Acc>();
    const std::int64_t chunk = chunk_size(n);
    each_lane(kLanes, 1, [&](int lane) {
      Acc acc{};
      for (std::int64_t i = lane * chunk; i < n && i < (lane + 1) * chunk; ++i) {
        add(acc, i);
      }
      new (lanes + lane) Acc(acc);
    });
    for (int k = 1; k < kLanes; k *= 2) {
      block_.sync();
      each_lane(kLanes, 2 * k, [&](int lane) {
        if (lane + k < kLanes) {
          merge(lanes[lane], lanes[lane + k]);
        }
      });
    }
    return result(lanes);
  }

  template <class Body>
  void for_each(std::int64_t n, Body body) {
    for (std::int64_t i = thread_; i < n; i += block_.threads()) {
      body(i);
    }
    block_.sync();
  }

  template <class Body>
  void once(Body body) {
    if (thread_ == 0) {
      body();
    }
    block_.sync();
  }

 private:
  /// This thread's share of the lanes 0, step, 2 step .. below `end`.
  template <class Body>
  void each_lane(int end, int step, Body body) {
    for (int lane = thread_ * step; lane < end; lane += block_.threads() * step) {
      body(lane);
    }
  }

  /// Every lane takes the result before the memory is used again.
  template <class Acc>
  [[nodiscard]] Acc result(const Acc* lanes) {
    block_.sync();
    const Acc acc = lanes[0];
    block_.sync();
    return acc;
  }

  EmulatedBlock& block_;
  int thread_;
};

/// Runs body(team) on every thread of a team, as a kernel's block does.
template <class Body>
void emulate(int threads, Body body) {
  EmulatedBlock block(threads);
  std::vector<std::jthread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&block, thread, &body] {
      EmulatedTeam team(block, thread);
      body(team);
    });
  }
}

/// Adds one to a counter that several lanes count in.
struct AtomicIncrement {
  void operator()(std::uint32_t& counter) const {
    std::atomic_ref<std::uint32_t>(counter).fetch_add(1, std::memory_order_relaxed);
  }
};

}  // namespace pumice::test
