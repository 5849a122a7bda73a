#include <algorithm>
#include <tuple>
#include <utility>

#include "batch.hpp"
#include "stages/derive.hpp"
#include "stages/welch.hpp"

namespace pumice::cuda {

namespace {

template <class T>
[[nodiscard]] T* list_at(std::byte* upload, std::size_t offset) {
  return reinterpret_cast<T*>(upload + offset);
}

}  // namespace

std::size_t list_bytes(std::size_t tasks, std::size_t spectra, std::size_t blocks, std::size_t derivations) {
  return align_up(tasks * sizeof(SignalTask)) + align_up(spectra * sizeof(SpectrumTask)) +
         align_up(blocks * sizeof(FftBlock)) + align_up(derivations * sizeof(DeriveTask)) +
         2 * align_up(tasks * sizeof(std::int64_t)) + align_up(tasks * sizeof(std::int32_t)) +
         align_up(spectra * sizeof(std::int32_t));
}

const BatchLists& Batch::finish(std::byte* upload, const DeviceAreas& areas) {
  place_lists();
  write_tasks(upload, areas);
  write_spectra(upload, areas);
  write_blocks(upload);
  write_derivations(upload, areas);
  return lists_;
}

void Batch::place_lists() {
  std::vector<TransformGroup> transforms = std::move(lists_.transforms);
  transforms.clear();
  lists_ = {};
  lists_.transforms = std::move(transforms);

  std::size_t end = room_.upload_bytes;
  const auto reserve = [&](std::size_t count, std::size_t size) {
    const std::size_t offset = end;
    end += align_up(count * size);
    return offset;
  };
  lists_.tasks = reserve(tasks_.size(), sizeof(SignalTask));
  lists_.spectra = reserve(spectra_.size(), sizeof(SpectrumTask));
  lists_.blocks = reserve(blocks_.size(), sizeof(FftBlock));
  lists_.derivations = reserve(derived_.size(), sizeof(DeriveTask));
  lists_.sort_begins = reserve(tasks_.size(), sizeof(std::int64_t));
  lists_.sort_ends = reserve(tasks_.size(), sizeof(std::int64_t));
  lists_.sort_tasks = reserve(tasks_.size(), sizeof(std::int32_t));
  lists_.spectrum_order = reserve(spectra_.size(), sizeof(std::int32_t));
  lists_.upload_bytes = end;
  lists_.task_count = static_cast<int>(tasks_.size());
  lists_.spectrum_count = static_cast<int>(spectra_.size());
  lists_.derivation_count = static_cast<int>(derived_.size());
  lists_.sorted_samples = static_cast<std::int64_t>(room_.sorted_samples);
}

ColumnView Batch::resolve(const Place& place, const DeviceAreas& areas) {
  if (place.area == Place::Area::kNone) {
    return {nullptr, place.type, 0};
  }
  if (place.area == Place::Area::kGiven) {
    return {place.given, place.type, place.n};
  }
  const std::byte* base = place.area == Place::Area::kUpload ? areas.upload : areas.derived;
  return {base + place.offset, place.type, place.n};
}

void Batch::write_tasks(std::byte* upload, const DeviceAreas& areas) {
  auto* const to = list_at<SignalTask>(upload, lists_.tasks);
  auto* const begins = list_at<std::int64_t>(upload, lists_.sort_begins);
  auto* const ends = list_at<std::int64_t>(upload, lists_.sort_ends);
  auto* const sorts = list_at<std::int32_t>(upload, lists_.sort_tasks);
  for (std::size_t t = 0; t < tasks_.size(); ++t) {
    const Task& from = tasks_[t];
    SignalTask task;
    task.intake = from.intake;
    task.valid = resolve(from.valid, areas);
    task.time_axis = resolve(from.time_axis, areas);
    task.feature_valid = resolve(from.feature_valid, areas);
    task.feature_time_axis = resolve(from.feature_time_axis, areas);
    task.base = from.base;
    task.range = from.range;
    task.counts = from.range > 0 ? areas.counters + from.counters : nullptr;
    if (from.is_sorted) {
      task.unsorted = areas.unsorted + from.sorted_samples;
      task.sorted = areas.sorted + from.sorted_samples;
      begins[lists_.sort_count] = static_cast<std::int64_t>(from.sorted_samples);
      ends[lists_.sort_count] = static_cast<std::int64_t>(from.sorted_samples) + from.valid.n;
      sorts[lists_.sort_count] = static_cast<std::int32_t>(t);
      ++lists_.sort_count;
      lists_.longest_sort = std::max(lists_.longest_sort, from.valid.n);
    }
    task.results = areas.results + static_cast<std::size_t>(from.segment) * static_cast<std::size_t>(plan_->n_values);
    task.needs = plan_->signals[static_cast<std::size_t>(from.signal)].needs;
    task.signal = from.signal;
    task.first_spectrum = from.first_spectrum;
    to[t] = task;
    lists_.widest_count = std::max(lists_.widest_count, from.range);
    lists_.has_type[static_cast<int>(feature_type(task))] = true;
  }
}

void Batch::write_spectra(std::byte* upload, const DeviceAreas& areas) {
  auto* const order = list_at<std::int32_t>(upload, lists_.spectrum_order);
  std::int32_t ordered = 0;
  for (std::size_t s = 0; s < spectra_.size(); ++s) {
    if (spectra_[s].blocks > 0) {
      order[ordered++] = static_cast<std::int32_t>(s);
    }
  }
  const auto key = [&](std::int32_t s) {
    const Spectrum& spectrum = spectra_[static_cast<std::size_t>(s)];
    return std::tuple(spectrum.length, spectrum.taper, s);
  };
  std::sort(order, order + ordered, [&](std::int32_t a, std::int32_t b) { return key(a) < key(b); });

  auto* const to = list_at<SpectrumTask>(upload, lists_.spectra);
  for (std::size_t s = 0; s < spectra_.size(); ++s) {
    const Spectrum& from = spectra_[s];
    SpectrumTask spectrum;
    spectrum.task = from.task;
    spectrum.step = from.step;
    spectrum.psd.sample_rate = plan_->sample_rate;
    // Without a block there is no spectrum, and nothing was ever written where it would lie.
    if (from.blocks > 0) {
      spectrum.p = areas.spectra + from.values;
      spectrum.psd.bins = from.length / 2 + 1;
      spectrum.psd.df = plan_->sample_rate / from.length;
    }
    to[s] = spectrum;
  }
  std::int64_t block = 0;
  for (std::int32_t place = 0; place < ordered; ++place) {
    const Spectrum& from = spectra_[static_cast<std::size_t>(order[place])];
    auto& groups = lists_.transforms;
    if (groups.empty() || groups.back().length != from.length || groups.back().taper != from.taper) {
      groups.push_back({.length = from.length, .taper = from.taper, .first_spectrum = place, .first_block = block});
    }
    TransformGroup& group = groups.back();
    SpectrumTask& spectrum = to[order[place]];
    spectrum.first_block = group.blocks;
    spectrum.blocks = static_cast<std::int64_t>(from.blocks);
    spectrum.psd.p = spectrum.p;
    spectrum.psd.blocks = spectrum.blocks;
    ++group.spectra;
    group.blocks += spectrum.blocks;
    block += spectrum.blocks;
    lists_.longest_spectrum = std::max(lists_.longest_spectrum, spectrum.psd.bins);
  }
}

void Batch::write_blocks(std::byte* upload) {
  const auto* const order = list_at<const std::int32_t>(upload, lists_.spectrum_order);
  auto* to = list_at<FftBlock>(upload, lists_.blocks);
  for (const TransformGroup& group : lists_.transforms) {
    for (std::int32_t place = group.first_spectrum; place < group.first_spectrum + group.spectra; ++place) {
      const Spectrum& spectrum = spectra_[static_cast<std::size_t>(order[place])];
      for (std::size_t b = 0; b < spectrum.blocks; ++b) {
        *to++ = {order[place], blocks_[spectrum.first_block + b]};
      }
    }
  }
}

void Batch::write_derivations(std::byte* upload, const DeviceAreas& areas) {
  auto* const to = list_at<DeriveTask>(upload, lists_.derivations);
  for (std::size_t d = 0; d < derived_.size(); ++d) {
    const Derived& from = derived_[d];
    to[d] = {resolve(from.from, areas), resolve(from.to, areas), from.derivation};
    lists_.longest_derivation = std::max(lists_.longest_derivation, from.to.n);
  }
}

}  // namespace pumice::cuda
