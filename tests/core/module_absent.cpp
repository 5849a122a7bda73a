// A library that is not where the loader looks when module_test.cpp opens the module that needs it.
extern "C" int pumice_test_absent();
extern "C" int pumice_test_absent() { return 0; }
