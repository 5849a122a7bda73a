# What a build holds and how it is compiled.
foreach(part CUDA ARROW PYTHON BINDINGS)
  set(PUMICE_${part} AUTO CACHE STRING "AUTO: where it is found; ON: required; OFF: left out")
  set_property(CACHE PUMICE_${part} PROPERTY STRINGS AUTO ON OFF)
  string(TOUPPER "${PUMICE_${part}}" wanted)
  if(NOT wanted MATCHES "^(AUTO|ON|OFF)$")
    message(FATAL_ERROR "PUMICE_${part} is `${PUMICE_${part}}`: say AUTO, ON or OFF")
  endif()
  set(PUMICE_${part} ${wanted})
endforeach()
option(BUILD_SHARED_LIBS "Build libpumice as a shared library" ON)
option(PUMICE_TESTS "Build the tests" ON)
option(PUMICE_BENCH "Build the benchmarks of single stages" OFF)
option(PUMICE_FUZZ "Build the fuzzer, which takes clang" OFF)
option(PUMICE_WERROR "Treat warnings as errors" OFF)
option(PUMICE_PORTABLE "Carry third-party libraries inside or beside the programs" OFF)
set(PUMICE_LIBRARIES "" CACHE PATH "A folder of headers and static libraries to use instead of installed packages")
set(PUMICE_SANITIZE "" CACHE STRING "Sanitizers, comma-separated: address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Kind of build" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Programs, libraries and modules lie side by side in the build folder, so that modules are found as when installed.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_INSTALL_RPATH $ORIGIN $ORIGIN/../${CMAKE_INSTALL_LIBDIR})

# Settings that every target of ours is compiled with.
add_library(pumice_settings INTERFACE)
target_compile_features(pumice_settings INTERFACE cxx_std_20)
# One multiplication and addition must round alike in every build, or the bits of the table change with it.
target_compile_options(pumice_settings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off -fno-math-errno -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                            -Wno-sign-conversion>)
target_compile_options(pumice_settings INTERFACE
  $<$<COMPILE_LANGUAGE:CUDA>:--fmad=false --expt-relaxed-constexpr -Xcompiler=-ffp-contract=off,-Wall,-Wextra>)
if(PUMICE_WERROR)
  target_compile_options(pumice_settings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>
                                                   $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>)
endif()
# Of files whose loops are written for the compiler to vectorise. Under sanitizers that takes minutes a file.
set(PUMICE_FOR_LOOPS "$<$<NOT:$<CONFIG:Debug>>:-O3>")
if(PUMICE_SANITIZE)
  set(PUMICE_FOR_LOOPS "")
  target_compile_options(pumice_settings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${PUMICE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all>)
  target_link_options(pumice_settings INTERFACE -fsanitize=${PUMICE_SANITIZE})
endif()
