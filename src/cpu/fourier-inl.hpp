// Fourier transforms of several signals at once, one in each lane of a vector. Included once a Highway target.
// Every target that has fused multiply-add gives the same bits, whatever its number of lanes.
#if defined(PUMICE_CPU_FOURIER_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_CPU_FOURIER_INL_HPP
#undef PUMICE_CPU_FOURIER_INL_HPP
#else
#define PUMICE_CPU_FOURIER_INL_HPP
#endif

#include <cstdint>
#include <utility>

#include "cpu/fourier_plan.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace pumice::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Complex numbers, one a lane.
template <class D>
struct Complex {
  hn::Vec<D> re;
  hn::Vec<D> im;
};

template <class D>
HWY_INLINE Complex<D> operator+(Complex<D> a, Complex<D> b) {
  return {hn::Add(a.re, b.re), hn::Add(a.im, b.im)};
}
template <class D>
HWY_INLINE Complex<D> operator-(Complex<D> a, Complex<D> b) {
  return {hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)};
}
/// a times w[0] + i w[1], the same in every lane.
template <class D>
HWY_INLINE Complex<D> rotate(D d, Complex<D> a, const hn::TFromD<D>* w) {
  const auto re = hn::Set(d, w[0]);
  const auto im = hn::Set(d, w[1]);
  return {hn::MulSub(a.re, re, hn::Mul(a.im, im)), hn::MulAdd(a.re, im, hn::Mul(a.im, re))};
}

/// Element j of an array of complex vectors: [.., re of all lanes, im of all lanes, ..].
template <class D>
HWY_INLINE Complex<D> load(D d, const hn::TFromD<D>* x, std::int64_t j) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  return {hn::Load(d, x + 2 * j * lanes), hn::Load(d, x + (2 * j + 1) * lanes)};
}
template <class D>
HWY_INLINE void store(D d, Complex<D> value, hn::TFromD<D>* x, std::int64_t j) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Store(value.re, d, x + 2 * j * lanes);
  hn::Store(value.im, d, x + (2 * j + 1) * lanes);
}

/// The four sums of a radix-4 butterfly, before they are turned.
template <class D>
struct Butterfly {
  Complex<D> y[4];
};
/// Of elements i, i + quarter, .. of x, whose element i is x[i * step].
template <class D, class T = hn::TFromD<D>>
HWY_INLINE Butterfly<D> butterfly(D d, const T* HWY_RESTRICT x, std::int64_t i, std::int64_t quarter,
                                  std::int64_t step) {
  const auto a = load(d, x, i * step);
  const auto b = load(d, x, (i + quarter) * step);
  const auto c = load(d, x, (i + 2 * quarter) * step);
  const auto e = load(d, x, (i + 3 * quarter) * step);
  const Complex<D> even_sum = a + c;
  const Complex<D> even_difference = a - c;
  const Complex<D> odd_sum = b + e;
  const Complex<D> odd_difference = b - e;
  // -i times the difference is (im, -re): added and subtracted without multiplying.
  return {{even_sum + odd_sum,
           {hn::Add(even_difference.re, odd_difference.im), hn::Sub(even_difference.im, odd_difference.re)},
           even_sum - odd_sum,
           {hn::Sub(even_difference.re, odd_difference.im), hn::Add(even_difference.im, odd_difference.re)}}};
}

/// One radix-4 step of Stockham's algorithm but for the last: `length` is what is left to transform, `stride` what was
/// done. Element i of the input is x[i * step].
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void radix4_step(D d, std::int64_t length, std::int64_t stride, const T* HWY_RESTRICT twiddles,
                            const T* HWY_RESTRICT x, std::int64_t step, T* HWY_RESTRICT y) {
  const std::int64_t quarter = length / 4;
  for (std::int64_t p = 0; p < quarter; ++p) {
    const T* w = twiddles + 6 * p;
    for (std::int64_t q = 0; q < stride; ++q) {
      const Butterfly<D> of = butterfly(d, x, q + stride * p, stride * quarter, step);
      store(d, of.y[0], y, q + stride * (4 * p));
      store(d, rotate(d, of.y[1], w), y, q + stride * (4 * p + 1));
      store(d, rotate(d, of.y[2], w + 2), y, q + stride * (4 * p + 2));
      store(d, rotate(d, of.y[3], w + 4), y, q + stride * (4 * p + 3));
    }
  }
}

/// Forward transform of n (a power of two) complex vectors x[i * step]. Calls out(k, X_k) once for every k, when all of
/// x has been read if n > 4. a, b: [n] each.
template <class D, class Out, class T = hn::TFromD<D>>
HWY_INLINE void transform_side(D d, std::int64_t n, const T* twiddles, const T* x, std::int64_t step, T* a, T* b,
                               Out out) {
  std::int64_t length = n;
  std::int64_t stride = 1;
  for (; length > 4; length /= 4, stride *= 4) {
    radix4_step(d, length, stride, twiddles, x, step, a);
    twiddles += 6 * (length / 4);
    x = a;
    step = 1;
    std::swap(a, b);
  }
  if (length == 4) {
    for (std::int64_t q = 0; q < stride; ++q) {
      const Butterfly<D> of = butterfly(d, x, q, stride, step);
      for (std::int64_t k = 0; k < 4; ++k) {
        out(q + k * stride, of.y[k]);
      }
    }
  } else if (length == 2) {
    for (std::int64_t q = 0; q < stride; ++q) {
      const auto even = load(d, x, q * step);
      const auto odd = load(d, x, (q + stride) * step);
      out(q, even + odd);
      out(q + stride, even - odd);
    }
  } else {
    out(0, load(d, x, 0));
  }
}

/// Forward transform of the plan's length. x: element j at plan.place(j); it is overwritten. `side`: twice
/// plan.longest_side() complex vectors. Calls emit(i, k, X_k) once for every i, k = plan.frequency(i).
template <class D, class Emit, class T = hn::TFromD<D>>
HWY_INLINE void transform(D d, const FourierPlan& plan, T* x, T* side, Emit emit) {
  const FourierTables<T>& tables = plan.tables<T>();
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t columns = plan.column_length;
  const std::int64_t rows = plan.row_length;
  const std::int64_t step = plan.row_step();
  T* const other_side = side + 2 * plan.longest_side() * lanes;
  if (rows == 1) {
    transform_side(d, columns, tables.columns.data(), x, 1, side, other_side,
                   [&](std::int64_t k, Complex<D> value) HWY_ATTR { emit(k, k, value); });
    return;
  }
  for (std::int64_t row = 0; row < rows; ++row) {
    T* const column = x + 2 * row * lanes;
    const T* const w = tables.between.data() + 2 * row * columns;
    transform_side(d, columns, tables.columns.data(), column, step, side, other_side,
                   [=](std::int64_t c, Complex<D> value)
                       HWY_ATTR { store(d, rotate(d, value, w + 2 * c), column, c * step); });
  }
  for (std::int64_t c = 0; c < columns; ++c) {
    transform_side(d, rows, tables.rows.data(), x + 2 * c * step * lanes, 1, side, other_side,
                   [&](std::int64_t r, Complex<D> value) HWY_ATTR { emit(c * rows + r, c + columns * r, value); });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice::cpu
HWY_AFTER_NAMESPACE();

#endif
