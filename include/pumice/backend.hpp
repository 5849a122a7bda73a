/// Where features are computed. The CPU and CUDA implement this one interface; the engine knows nothing else of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pumice/plan.hpp"
#include "pumice/prepare.hpp"
#include "pumice/sample_array.hpp"
#include "pumice/simd.hpp"
#include "pumice/text.hpp"

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

/// Where the samples of a segment belong that a slot has laid out. Reused: nothing is allocated once it has grown.
struct SlotPlace {
  struct Copy {
    const void* from = nullptr;  ///< the segment's own samples
    void* to = nullptr;
    std::size_t bytes = 0;
  };
  int index = 0;  ///< in the batch
  std::vector<Copy> copies;

  /// Copies all of them.
  void fill() const {
    for (const Copy& copy : copies) {
      std::memcpy(copy.to, copy.from, copy.bytes);
    }
  }
};

/// A place for a batch of segments on a backend.
///
/// A slot of a backend that borrows is used by one thread. Any other may be filled by several:
///
/// - filling calls are `reserve`, `takes_resident`, `add_resident`, `takes_text`, `text_room`, `add_text` and
///   `drop_text_room`. Any number of threads may make them at once; the slot keeps them apart, and none waits for what
///   another thread reads or copies;
/// - a place is open from `reserve` until its samples were copied (SlotPlace::fill), and a room from `text_room` until
///   `add_text` has taken it or `drop_text_room` was called. What they gave is written to without any lock, and stays
///   where it is;
/// - every other call is made by one thread at a time, while no filling call is under way and nothing is open. Callers
///   see to that, and to it that each sees what those before it have written;
/// - a filling call that throws adds nothing, and leaves all else as it was: other threads may still be writing.
class Slot {
 public:
  virtual ~Slot() = default;
  Slot() = default;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  /// Adds a segment, or returns false where the slot is full; an empty slot takes any segment (and grows for it).
  /// The samples are borrowed until `wait` returns if Backend::borrows_input(), else copied now. For a slot that one
  /// thread uses. Throws CudaError, std::bad_alloc; then it was not added.
  virtual bool add(const PreparedSegment& segment) = 0;
  /// The same for a slot that several threads fill, but for copying the samples, which is left to the caller. Where it
  /// is full, or has room only if nothing were open, false.
  virtual bool reserve(const PreparedSegment& segment, SlotPlace& place) {
    place.index = size();
    place.copies.clear();
    return add(segment);
  }
  /// True where this slot takes such a segment while it has room: it lies on its device, for one.
  [[nodiscard]] virtual bool takes_resident(const ResidentSegment& segment) const {
    static_cast<void>(segment);
    return false;
  }
  /// Adds a segment whose samples lie on the slot's device, where they must stay as they are until `wait` returns;
  /// returns its place in the batch. -1 where the slot is full, or does not take it. Throws CudaError.
  [[nodiscard]] virtual int add_resident(const ResidentSegment& segment) {
    static_cast<void>(segment);
    return -1;
  }
  /// Segments that were added.
  [[nodiscard]] virtual int size() const = 0;
  /// Starts computing what was added; returns at once on an asynchronous backend. Throws CudaError, std::bad_alloc;
  /// then the slot is empty.
  virtual void submit() = 0;
  /// Blocks until the batch is done. Results: [size][plan.n_values], valid until the next is added; then the slot is
  /// empty, as it is where this throws CudaError.
  [[nodiscard]] virtual std::span<const double> wait() = 0;
  /// The batch's segments as they were added, but for texts and resident ones, in host memory that outlives the device:
  /// what is computed elsewhere when a call has thrown. Valid until the next is added. Not asked of a backend that
  /// borrows.
  [[nodiscard]] virtual std::vector<PreparedSegment> kept() const { return {}; }
  /// Time spent in this slot's stages so far.
  [[nodiscard]] virtual StageSeconds seconds() const = 0;

  /// True where this slot parses texts itself.
  [[nodiscard]] virtual bool takes_text() const { return false; }
  /// Memory for a text of up to `bytes` bytes, with kTextRoomPadding on both sides. Empty where the slot is full; an
  /// empty slot has room for any text that there is memory for. A room counts as a segment while it is open. What was
  /// written stays until room is asked for again after `wait`, whatever fails. Throws CudaError.
  [[nodiscard]] virtual std::span<char> text_room(std::int64_t bytes) {
    static_cast<void>(bytes);
    return {};
  }
  /// Adds a segment as the text that lies at the beginning of an open room; returns its place in the batch. `wait` has
  /// its values where it was taken. Throws CudaError; then the room is still open.
  virtual int add_text(const TextSegment& text) {
    static_cast<void>(text);
    return -1;
  }
  /// Nothing comes of an open room.
  virtual void drop_text_room(std::span<const char> room) { static_cast<void>(room); }
  /// What became of segment `i` of the batch that was waited for, which was added as a text or was resident, and is
  /// taken then; until the next is added.
  [[nodiscard]] virtual TextResult text_result(int i) const {
    static_cast<void>(i);
    return {};
  }
  /// Starts what was waiting for a part of the batch that is done by now; false once nothing more has to be started.
  /// Never blocks. Throws CudaError; then the slot is empty.
  virtual bool advance() { return false; }
};

/// Slots of a device, which are filled in turn, and the segments that each holds.
struct RingSize {
  int slots = 1;
  int segments = 1;

  /// The next smaller one to try where memory is short: slots beyond four go first, then segments beyond eight.
  [[nodiscard]] RingSize smaller() const;
  [[nodiscard]] bool is_smallest() const { return slots <= 1 && segments <= 1; }
  bool operator==(const RingSize&) const = default;
};

class Backend {
 public:
  virtual ~Backend() = default;
  /// "cpu", "cuda:0".
  [[nodiscard]] virtual std::string name() const = 0;
  /// "AMD EPYC, AVX-512 (AVX3_ZEN4), 2 threads", "NVIDIA H200, 139.8 GiB, CUDA 13.0".
  [[nodiscard]] virtual std::string description() const = 0;
  /// True: samples stay where they are until `wait`: each worker computes on its own thread, in a slot of its own.
  /// False: they are copied, and all workers fill the slots of one ring.
  [[nodiscard]] virtual bool borrows_input() const = 0;
  /// Bytes of host memory that a slot takes for `segments` segments of n samples.
  [[nodiscard]] virtual std::size_t bytes_per_slot(const Plan& plan, std::int64_t n, int segments) const = 0;
  /// The largest ring, at most `wanted`, that fits into the device's own memory and what it may lock of the host's; one
  /// slot of one segment where none does. Asked where input is not borrowed. Safe to call from several threads. Throws
  /// UnavailableError where the device turns out not to be usable.
  [[nodiscard]] virtual RingSize fitting_ring(const Plan& plan, std::int64_t n, RingSize wanted) const {
    static_cast<void>(plan), static_cast<void>(n);
    return wanted;
  }
  /// Lines for the user that came up since the last call: "cuda:0: the host refused ..". Safe to call from several
  /// threads.
  [[nodiscard]] virtual std::vector<std::string> take_notices() { return {}; }
  /// Makes a backend that has no slots fit for another run: what is free is asked anew. False where it is not, or has
  /// nothing that is worth keeping.
  [[nodiscard]] virtual bool renew() { return false; }
  /// Names what the calling thread does until `end_range`, for a profiler that looks on; the CPU's has none.
  virtual void begin_range(const char* name) const { static_cast<void>(name); }
  virtual void end_range() const {}
  /// `plan` must outlive the slot. Safe to call from several threads. Throws CudaError, std::bad_alloc,
  /// UnavailableError.
  [[nodiscard]] virtual std::unique_ptr<Slot> make_slot(const Plan& plan, std::int64_t n, int segments) = 0;
};

/// Throws UnavailableError where this CPU has no such instructions.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend(Simd simd = Simd::kAuto);

/// Devices as `--device` names them.
struct DeviceRequest {
  /// kAll: the CPU beside every GPU.
  enum class Kind : std::uint8_t { kAuto, kCpu, kCuda, kAll } kind = Kind::kAuto;
  std::vector<int> ordinals = {};  ///< kCuda: these GPUs, each once; empty: all
};
/// "auto", "cpu", "cuda", "cuda:1", "cuda:0,1", "cuda:all", "all". Throws UsageError.
[[nodiscard]] DeviceRequest parse_device(std::string_view text);

/// Faults that a GPU's backend is asked to have, to see what becomes of a run; -1: none of that kind. With any, `auto`
/// takes the GPU however little there is to do.
struct DeviceFaults {
  int largest_batch = -1;           ///< slots for more segments find no memory
  std::int64_t failing_batch = -1;  ///< this batch of the device (from 0) fails, and the device stays usable
  std::int64_t fatal_batch = -1;    ///< this batch loses the device
  std::int64_t counter_bytes = -1;  ///< a block has no more shared memory for counters than this, in bytes
  bool refuses_pinned = false;      ///< the host gives no page-locked memory
  bool operator==(const DeviceFaults&) const = default;
  [[nodiscard]] bool any() const {
    return largest_batch >= 0 || failing_batch >= 0 || fatal_batch >= 0 || counter_bytes >= 0 || refuses_pinned;
  }
};
/// "memory:4", "error:3", "fatal:3", "counters:65536", "pinned", several between commas. Throws UsageError.
[[nodiscard]] DeviceFaults parse_faults(std::string_view text);

/// What a run may take of each GPU, and of page-locked memory on the host for all of them.
struct DeviceSettings {
  std::int64_t gpu_bytes = 0;     ///< 0: most of what is free when the run starts
  std::int64_t pinned_bytes = 0;  ///< 0: an eighth of the host's memory
  DeviceFaults faults = {};
  bool operator==(const DeviceSettings&) const = default;
};
/// What each of the `devices` GPUs of a run may take: page-locked memory is shared out, at least 1 byte each.
[[nodiscard]] DeviceSettings share_of(DeviceSettings settings, std::size_t devices);

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
[[nodiscard]] std::unique_ptr<Backend> make_cuda_backend(int ordinal, const std::string& module_directory = {},
                                                         const DeviceSettings& settings = {});

/// Backends of GPUs that wait for the next run of this process: the host memory that they have locked need not be
/// locked again. Safe to call from several threads. Of no use in a child of fork: see `forget`.
class WarmBackends {
 public:
  WarmBackends();
  ~WarmBackends();
  WarmBackends(const WarmBackends&) = delete;
  WarmBackends& operator=(const WarmBackends&) = delete;

  /// What `make_cuda_backend` makes, or one that waits and was made with the same; it waits again, unless another does
  /// by then, once the last copy of the pointer is gone. It may outlive this. Throws as that does.
  [[nodiscard]] std::shared_ptr<Backend> lend(int ordinal, const std::string& module_directory,
                                              const DeviceSettings& settings);
  /// Ends those that wait, and gives back their memory.
  void clear();
  /// In a child of fork, while it has one thread: leaves what waits to the parent, whose device it is.
  void forget();

 private:
  class Shelf;
  std::shared_ptr<Shelf> shelf_;
};

/// What `--device` is chosen by, besides its name.
struct ChoiceOptions {
  double cpu_seconds = 0;  ///< estimate of the CPU's time: `auto` asks no driver where it is below CUDA's start-up
  int resident_on = -1;    ///< the GPU where the samples lie: `auto` takes it, however little there is to do
  Simd simd = Simd::kAuto;
  DeviceSettings settings = {};
  std::string module_directory = {};
  WarmBackends* warm = nullptr;                         ///< where GPUs of earlier runs wait
  std::string gpu_folder = "/proc/driver/nvidia/gpus";  ///< has an entry for each GPU, where the driver keeps one
};

/// The backends that were asked for, and one line that says what was chosen and why.
struct ChosenBackends {
  std::vector<std::shared_ptr<Backend>> devices;  ///< at least one
  std::unique_ptr<Backend> spare;                 ///< where a GPU's failure may be made good; else null
  std::string reason;

  /// "cpu", "cuda:0", "cpu+cuda:0+cuda:1"
  [[nodiscard]] std::string name() const;
  /// "cuda:0 (NVIDIA H200, ..)"; of several, one after the other.
  [[nodiscard]] std::string description() const;
};
/// `auto` takes the CPU where CUDA cannot be used, or fails later; a GPU that was asked for must be there, and its
/// failure ends the run. Beside the CPU (`all`), GPUs start while the CPU works already. Throws UnavailableError.
[[nodiscard]] ChosenBackends choose_backends(const DeviceRequest& request, const ChoiceOptions& options = {});

}  // namespace pumice
