# What `cmake --install` puts where.
install(TARGETS pumice_library pumice_program EXPORT pumiceTargets)
