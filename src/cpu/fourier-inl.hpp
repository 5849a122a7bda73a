// Fourier transforms of several signals at once, one in each lane of a vector. Included once a Highway target.
// Only + - and x are used, never fused, so every target and every number of lanes gives the same bits.
#if defined(PUMICE_CPU_FOURIER_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PUMICE_CPU_FOURIER_INL_HPP
#undef PUMICE_CPU_FOURIER_INL_HPP
#else
#define PUMICE_CPU_FOURIER_INL_HPP
#endif

#include <cstdint>
#include <utility>

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
  return {hn::Sub(hn::Mul(a.re, re), hn::Mul(a.im, im)), hn::Add(hn::Mul(a.re, im), hn::Mul(a.im, re))};
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

/// One radix-4 step of Stockham's algorithm: `length` is what is left to transform, `stride` what was done.
template <class D, class T = hn::TFromD<D>>
void radix4_step(D d, std::int64_t length, std::int64_t stride, const T* twiddles, const T* HWY_RESTRICT x,
                 T* HWY_RESTRICT y) {
  const std::int64_t quarter = length / 4;
  for (std::int64_t p = 0; p < quarter; ++p) {
    const T* w = twiddles + 6 * p;
    for (std::int64_t q = 0; q < stride; ++q) {
      const auto a = load(d, x, q + stride * p);
      const auto b = load(d, x, q + stride * (p + quarter));
      const auto c = load(d, x, q + stride * (p + 2 * quarter));
      const auto e = load(d, x, q + stride * (p + 3 * quarter));
      const Complex<D> even_sum = a + c;
      const Complex<D> even_difference = a - c;
      const Complex<D> odd_sum = b + e;
      const Complex<D> odd_difference = b - e;
      // -i times the difference is (im, -re): added and subtracted without multiplying.
      const Complex<D> plus{hn::Add(even_difference.re, odd_difference.im),
                            hn::Sub(even_difference.im, odd_difference.re)};
      const Complex<D> minus{hn::Sub(even_difference.re, odd_difference.im),
                             hn::Add(even_difference.im, odd_difference.re)};
      store(d, even_sum + odd_sum, y, q + stride * (4 * p));
      store(d, rotate(d, plus, w), y, q + stride * (4 * p + 1));
      store(d, rotate(d, even_sum - odd_sum, w + 2), y, q + stride * (4 * p + 2));
      store(d, rotate(d, minus, w + 4), y, q + stride * (4 * p + 3));
    }
  }
}

/// Forward transform of n (a power of two) complex vectors at x; returns where the result lies, x or y.
template <class D, class T = hn::TFromD<D>>
T* transform(D d, std::int64_t n, const T* twiddles, T* x, T* y) {
  std::int64_t length = n;
  std::int64_t stride = 1;
  for (; length >= 4; length /= 4, stride *= 4) {
    radix4_step(d, length, stride, twiddles, x, y);
    twiddles += 6 * (length / 4);
    std::swap(x, y);
  }
  if (length == 2) {
    for (std::int64_t q = 0; q < stride; ++q) {
      const auto a = load(d, x, q);
      const auto b = load(d, x, q + stride);
      store(d, a + b, y, q);
      store(d, a - b, y, q + stride);
    }
    std::swap(x, y);
  }
  return x;
}

}  // namespace HWY_NAMESPACE
}  // namespace pumice::cpu
HWY_AFTER_NAMESPACE();

#endif
