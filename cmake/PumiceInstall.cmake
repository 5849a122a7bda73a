# What `cmake --install` puts where, and the package that find_package(pumice) finds.
include(CMakePackageConfigHelpers)

set(PUMICE_MODULE_DIR ${CMAKE_INSTALL_LIBDIR}/pumice)
set(PUMICE_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/pumice)

install(TARGETS pumice_library EXPORT pumiceTargets
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS pumice_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Modules are opened by path and linked by nobody: they lie in a folder of their own, below the library.
foreach(module pumice_arrow pumice_cuda)
  if(TARGET ${module})
    # A module's own libraries may lie where no loader looks by itself: in the CUDA toolkit, or in the pyarrow wheel, which
    # is named here because CMake leaves folders inside the source tree out of the link path, and .venv is one.
    set_target_properties(${module} PROPERTIES INSTALL_RPATH "$ORIGIN;$ORIGIN/.." INSTALL_RPATH_USE_LINK_PATH ON)
    if(module STREQUAL pumice_arrow AND PUMICE_ARROW_LIBRARY_DIR)
      set_property(TARGET ${module} APPEND PROPERTY INSTALL_RPATH ${PUMICE_ARROW_LIBRARY_DIR})
    endif()
    if(module STREQUAL pumice_cuda AND SKBUILD)
      # In a wheel: beside the package NVIDIA's own wheels have cuFFT.
      set_property(TARGET ${module} APPEND PROPERTY INSTALL_RPATH $ORIGIN/../nvidia/cu13/lib $ORIGIN/../nvidia/cufft/lib)
    endif()
    install(TARGETS ${module} LIBRARY DESTINATION ${PUMICE_MODULE_DIR})
  endif()
endforeach()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/pumice DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT pumiceTargets NAMESPACE pumice:: DESTINATION ${PUMICE_PACKAGE_DIR})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/pumiceConfig.cmake.in ${CMAKE_BINARY_DIR}/pumiceConfig.cmake
                              INSTALL_DESTINATION ${PUMICE_PACKAGE_DIR})
# Before 1.0 a new minor version may change any interface.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/pumiceConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/pumiceConfig.cmake ${CMAKE_BINARY_DIR}/pumiceConfigVersion.cmake
        DESTINATION ${PUMICE_PACKAGE_DIR})
