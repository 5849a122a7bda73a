// A module of one function, to be opened by module_test.cpp.
#include "core/module.hpp"

PUMICE_DEFINE_MODULE_VERSION

extern "C" int pumice_test_absent();
extern "C" int pumice_twice(int x);

extern "C" int pumice_twice(int x) {
#ifdef NEEDS_ABSENT
  return x * pumice_test_absent();
#else
  return 2 * x;
#endif
}
