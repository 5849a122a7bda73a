#include "cuda/fake_cuda_runtime.hpp"

#include <cuda.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace {

thread_local int current_device = 0;

constexpr std::size_t kWithoutEnd = std::numeric_limits<std::size_t>::max();

/// What all threads share; never held while a stream works.
struct Device {
  std::mutex mutex;
  std::size_t memory = kWithoutEnd;
  std::size_t taken = 0;  ///< of it
  std::map<const void*, std::size_t> allocated;
  std::map<void*, std::size_t> locked;
  std::int64_t locks = 0;  ///< so far
  std::int64_t failing_call = -1;
  bool call_failed = false;
  cudaError_t context = cudaSuccess;
  bool is_lost = false;
  bool is_late = false;
  int unready_queries = 0;
};
Device device;
thread_local cudaError_t last_error = cudaSuccess;

struct FakeStream {
  std::mutex mutex;
  std::deque<std::function<void()>> work;
  std::uint64_t given = 0;
  std::uint64_t done = 0;
};
struct FakeEvent {
  FakeStream* stream = nullptr;
  std::uint64_t place = 0;  ///< done once the stream has done so much
  int unready_queries = 0;
};

FakeStream* of(cudaStream_t stream) { return reinterpret_cast<FakeStream*>(stream); }
FakeEvent* of(cudaEvent_t event) { return reinterpret_cast<FakeEvent*>(event); }

cudaError_t failed(cudaError_t error) {
  last_error = error == cudaSuccess ? last_error : error;
  return error;
}

template <class T>
T locked_value(T Device::*member) {
  const std::lock_guard lock(device.mutex);
  return device.*member;
}

/// A lost device does nothing more.
void work_off(FakeStream& stream, std::uint64_t until = std::numeric_limits<std::uint64_t>::max()) {
  const std::lock_guard lock(stream.mutex);
  while (stream.done < until && !stream.work.empty()) {
    if (!locked_value(&Device::is_lost)) {
      stream.work.front()();
    }
    stream.work.pop_front();
    ++stream.done;
  }
}

std::uint64_t enqueue(cudaStream_t stream, std::function<void()> body) {
  FakeStream& to = *of(stream);
  std::uint64_t place = 0;
  {
    const std::lock_guard lock(to.mutex);
    to.work.push_back(std::move(body));
    place = ++to.given;
  }
  if (!locked_value(&Device::is_late)) {
    work_off(to);
  }
  return place;
}

bool has_happened(const FakeEvent& event) {
  const std::lock_guard lock(event.stream->mutex);
  return event.stream->done >= event.place;
}

}  // namespace

namespace pumice::test {

void restore_fake_cuda() {
  const std::lock_guard lock(device.mutex);
  device.memory = kWithoutEnd;
  device.failing_call = -1;
  device.call_failed = false;
  device.context = cudaSuccess;
  device.is_lost = false;
  device.is_late = false;
  device.unready_queries = 0;
  device.locks = 0;
  last_error = cudaSuccess;
}

void set_fake_cuda_memory(std::size_t bytes) {
  const std::lock_guard lock(device.mutex);
  device.memory = bytes > kWithoutEnd - device.taken ? kWithoutEnd : device.taken + bytes;
}

void set_fake_cuda_context(cudaError_t state) {
  const std::lock_guard lock(device.mutex);
  device.context = state;
}

std::size_t fake_cuda_allocated_bytes() { return locked_value(&Device::taken); }

int fake_cuda_device() { return current_device; }

void use_fake_cuda_device(int device) { current_device = device; }

std::int64_t fake_cuda_locks() { return locked_value(&Device::locks); }

std::size_t fake_cuda_locked_bytes() {
  const std::lock_guard lock(device.mutex);
  std::size_t sum = 0;
  for (const auto& [memory, bytes] : device.locked) {
    sum += bytes;
  }
  return sum;
}

void make_fake_cuda_late(int unready_queries) {
  const std::lock_guard lock(device.mutex);
  device.is_late = true;
  device.unready_queries = unready_queries;
}

void fail_fake_cuda_call(std::int64_t n) {
  const std::lock_guard lock(device.mutex);
  device.failing_call = n;
  device.call_failed = false;
}

bool fake_cuda_call_failed() { return locked_value(&Device::call_failed); }

void lose_fake_cuda() {
  const std::lock_guard lock(device.mutex);
  device.is_lost = true;
}

cudaError_t next_fake_cuda_call() {
  const std::lock_guard lock(device.mutex);
  if (device.is_lost) {
    return failed(cudaErrorLaunchFailure);
  }
  if (device.failing_call >= 0 && device.failing_call-- == 0) {
    device.call_failed = true;
    return failed(cudaErrorInvalidValue);
  }
  return cudaSuccess;
}

cudaError_t launch_on_fake_cuda(cudaStream_t stream, std::function<void()> body) {
  if (last_error != cudaSuccess) {
    return last_error;
  }
  const cudaError_t error = next_fake_cuda_call();
  if (error == cudaSuccess) {
    enqueue(stream, std::move(body));
  }
  return error;
}

bool is_in_one_block(const void* memory, std::size_t bytes) {
  const std::lock_guard lock(device.mutex);
  auto block = device.allocated.upper_bound(memory);
  if (block == device.allocated.begin()) {
    return false;
  }
  --block;
  const auto* const begin = static_cast<const std::byte*>(block->first);
  return static_cast<const std::byte*>(memory) + bytes <= begin + block->second;
}

}  // namespace pumice::test

using pumice::test::is_in_one_block;
using pumice::test::next_fake_cuda_call;

extern "C" {

cudaError_t cudaSetDevice(int device) {
  current_device = device;
  return next_fake_cuda_call();
}

// Of the driver; a context is the number of its device.
CUresult fakeCtxGetCurrent(CUcontext* context) {
  *context = reinterpret_cast<CUcontext>(static_cast<std::intptr_t>(current_device));
  return CUDA_SUCCESS;
}
CUresult fakeCtxSetCurrent(CUcontext context) {
  current_device = static_cast<int>(reinterpret_cast<std::intptr_t>(context));
  return CUDA_SUCCESS;
}
cudaError_t cudaGetDriverEntryPointByVersion(const char* name, void** function, unsigned, unsigned long long,
                                             cudaDriverEntryPointQueryResult* found) {
  const bool is_get = std::string_view(name) == "cuCtxGetCurrent";
  *function = is_get ? reinterpret_cast<void*>(fakeCtxGetCurrent) : reinterpret_cast<void*>(fakeCtxSetCurrent);
  *found = cudaDriverEntryPointSuccess;
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *free = *total = std::size_t{1} << 36;
  return next_fake_cuda_call();
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  if (const cudaError_t error = next_fake_cuda_call(); error != cudaSuccess) {
    return error;
  }
  const std::lock_guard lock(device.mutex);
  constexpr std::size_t kAlignment = 256;
  if (bytes > device.memory - std::min(device.taken, device.memory) ||
      ::posix_memalign(memory, kAlignment, bytes) != 0) {
    return failed(cudaErrorMemoryAllocation);
  }
  std::memset(*memory, '7', bytes);
  device.taken += bytes;
  device.allocated[*memory] = bytes;
  return cudaSuccess;
}

cudaError_t cudaFree(void* memory) {
  const std::lock_guard lock(device.mutex);
  if (memory != nullptr) {
    device.taken -= device.allocated[memory];
    device.allocated.erase(memory);
    std::free(memory);
  }
  return device.is_lost ? failed(cudaErrorLaunchFailure) : cudaSuccess;
}

cudaError_t cudaHostRegister(void* memory, std::size_t bytes, unsigned) {
  if (const cudaError_t error = next_fake_cuda_call(); error != cudaSuccess) {
    return error;
  }
  const std::lock_guard lock(device.mutex);
  device.locked[memory] = bytes;
  ++device.locks;
  return cudaSuccess;
}

cudaError_t cudaHostUnregister(void* memory) {
  const std::lock_guard lock(device.mutex);
  device.locked.erase(memory);
  return device.is_lost ? failed(cudaErrorLaunchFailure) : cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  if (const cudaError_t error = next_fake_cuda_call(); error != cudaSuccess) {
    return error;
  }
  if (!is_in_one_block(kind == cudaMemcpyHostToDevice ? to : from, bytes)) {
    return failed(cudaErrorInvalidValue);
  }
  enqueue(stream, [=] { std::memcpy(to, from, bytes); });
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  if (const cudaError_t error = next_fake_cuda_call(); error != cudaSuccess) {
    return error;
  }
  if (!is_in_one_block(to, bytes)) {
    return failed(cudaErrorInvalidValue);
  }
  enqueue(stream, [=] { std::memset(to, value, bytes); });
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  const cudaError_t error = next_fake_cuda_call();
  *stream = error == cudaSuccess ? reinterpret_cast<cudaStream_t>(new FakeStream) : nullptr;
  return error;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete of(stream);
  return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t) {
  const std::lock_guard lock(device.mutex);
  return failed(device.is_lost ? cudaErrorLaunchFailure : device.context);
}

/// What it still had to do is done, whatever this says.
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  work_off(*of(stream));
  return next_fake_cuda_call();
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  const cudaError_t error = next_fake_cuda_call();
  *event = error == cudaSuccess ? reinterpret_cast<cudaEvent_t>(new FakeEvent) : nullptr;
  return error;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete of(event);
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (const cudaError_t error = next_fake_cuda_call(); error != cudaSuccess) {
    return error;
  }
  *of(event) = {of(stream), enqueue(stream, [] {}), locked_value(&Device::unready_queries)};
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  FakeEvent& asked = *of(event);
  if (asked.stream != nullptr && !has_happened(asked)) {
    if (asked.unready_queries-- > 0) {
      return failed(cudaErrorNotReady);
    }
    work_off(*asked.stream, asked.place);
  }
  return next_fake_cuda_call();
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (of(event)->stream != nullptr) {
    work_off(*of(event)->stream, of(event)->place);
  }
  return next_fake_cuda_call();
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  for (const FakeEvent* event : {of(start), of(end)}) {
    if (event->stream == nullptr) {
      return failed(cudaErrorInvalidResourceHandle);
    }
    if (!has_happened(*event)) {
      return failed(cudaErrorNotReady);
    }
  }
  *milliseconds = 1;
  return next_fake_cuda_call();
}

cudaError_t cudaGetLastError() {
  if (locked_value(&Device::is_lost)) {
    return cudaErrorLaunchFailure;
  }
  return std::exchange(last_error, cudaSuccess);
}

const char* cudaGetErrorString(cudaError_t) { return "an error of the fake device"; }
const char* cudaGetErrorName(cudaError_t) { return "fake"; }
}
