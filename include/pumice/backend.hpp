/// Where features are computed. The CPU and CUDA implement this one interface; the engine knows nothing else of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pumice/plan.hpp"
#include "pumice/prepare.hpp"
#include "pumice/simd.hpp"

namespace pumice {

/// Seconds spent, summed over threads.
struct StageSeconds {
  double read = 0;
  double decode = 0;
  double prepare = 0;  ///< policy and derived signals
  double upload = 0;
  double moments = 0;
  double order_statistics = 0;
  double welch = 0;
  double features = 0;
  double download = 0;
  double write = 0;
  StageSeconds& operator+=(const StageSeconds& other);
};

/// A place for a batch of segments on a backend. Used by one thread at a time; holds all its memory from the start.
class Slot {
 public:
  virtual ~Slot() = default;
  Slot() = default;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  /// Adds a segment, or returns false where the slot is full; an empty slot takes any segment (and grows for it).
  /// The samples are borrowed until `wait` returns if Backend::borrows_input(), else copied now.
  virtual bool add(const PreparedSegment& segment) = 0;
  [[nodiscard]] virtual int size() const = 0;
  /// Starts computing what was added; returns at once on an asynchronous backend. Throws CudaError.
  virtual void submit() = 0;
  /// Blocks until the batch is done. Results: [size][plan.n_values], valid until the next `add`; then the slot is
  /// empty. Throws CudaError.
  [[nodiscard]] virtual std::span<const double> wait() = 0;
  /// The batch's segments as they were added, in host memory that outlives the device: what is computed elsewhere when
  /// `add`, `submit` or `wait` has thrown. Valid until the next `add`. Not asked of a backend that borrows.
  [[nodiscard]] virtual std::vector<PreparedSegment> kept() const { return {}; }
  /// Time spent in this slot's stages so far.
  [[nodiscard]] virtual StageSeconds seconds() const = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  /// "cpu", "cuda:0".
  [[nodiscard]] virtual std::string name() const = 0;
  /// "AMD EPYC, AVX-512 (AVX3_ZEN4), 2 threads", "NVIDIA H200, 139.8 GiB, CUDA 13.0".
  [[nodiscard]] virtual std::string description() const = 0;
  /// True: samples stay where they are until `wait`, so a batch is one recording's segments.
  [[nodiscard]] virtual bool borrows_input() const = 0;
  /// Slots that a worker keeps in flight: 1 computes on the worker's own thread, 2 overlaps reading with computing.
  [[nodiscard]] virtual int slots_per_worker() const = 0;
  /// Bytes of host memory that a slot takes for `segments` segments of n samples.
  [[nodiscard]] virtual std::size_t bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const = 0;
  /// The largest batch, at most `segments`, of which `slots` slots fit into the device's own memory; 1 where none does.
  /// Safe to call from several threads. Throws UnavailableError where the device turns out not to be usable.
  [[nodiscard]] virtual int fitting_batch(const Plan& plan, std::int64_t n, int segments, int slots) const {
    static_cast<void>(plan), static_cast<void>(n), static_cast<void>(slots);
    return segments;
  }
  /// Lines for the user that came up since the last call: "cuda:0: the host refused ..". Safe to call from several
  /// threads.
  [[nodiscard]] virtual std::vector<std::string> take_notices() { return {}; }
  /// `plan` must outlive the slot. Safe to call from several threads. Throws CudaError, std::bad_alloc,
  /// UnavailableError.
  [[nodiscard]] virtual std::unique_ptr<Slot> make_slot(const Plan& plan, std::int64_t n, int segments) = 0;
};

/// Throws UnavailableError where this CPU has no such instructions.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend(Simd simd = Simd::kAuto);

/// A device as `--device` names it.
struct DeviceRequest {
  enum class Kind : std::uint8_t { kAuto, kCpu, kCuda } kind = Kind::kAuto;
  int ordinal = 0;
};
/// "auto", "cpu", "cuda", "cuda:1". Throws UsageError.
[[nodiscard]] DeviceRequest parse_device(std::string_view text);

/// What a machine has: one line each for `pumice devices`.
struct DeviceInfo {
  std::string name;  ///< "cpu", "cuda:0"
  std::string description;
  bool usable = false;
  std::string reason;  ///< why not: "no NVIDIA driver", "driver 12.2 is too old for CUDA 13.0", ..
};
/// Never throws for an absent GPU. `module_directory` empty: beside the library.
[[nodiscard]] std::vector<DeviceInfo> list_devices(const std::string& module_directory = {});

/// Opens the CUDA module and makes its backend. Throws UnavailableError with the cause: built without CUDA, no driver,
/// driver too old, no device of that number, no image for the card, libcufft missing.
[[nodiscard]] std::unique_ptr<Backend> make_cuda_backend(int ordinal, const std::string& module_directory = {});

/// The backend that was asked for, and one line that says what was chosen and why. `cpu_seconds` is the estimate of the
/// CPU's time: `auto` does not touch the driver where it is below CUDA's start-up. `simd` is the CPU backend's.
struct ChosenBackend {
  std::unique_ptr<Backend> backend;
  std::string reason;
};
[[nodiscard]] ChosenBackend choose_backend(const DeviceRequest& request, double cpu_seconds,
                                           const std::string& module_directory = {}, Simd simd = Simd::kAuto);

}  // namespace pumice
