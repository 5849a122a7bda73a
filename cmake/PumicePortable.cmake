# Programs that are carried to another machine take the distribution's libraries along: in a folder beside them, under the
# names that the loader looks for, and looked for there first. cuFFT stays the other machine's own.
list(APPEND CMAKE_BUILD_RPATH $ORIGIN $ORIGIN/carried)
foreach(name fmt hwy hwy_contrib zstd z)
  find_library(PUMICE_CARRIED_${name} ${name} REQUIRED)
  execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${PUMICE_CARRIED_${name}} OUTPUT_VARIABLE headers ERROR_QUIET)
  # An archive has no such name: it is inside our libraries already.
  if(headers MATCHES "SONAME +([^ \n]+)")
    file(REAL_PATH ${PUMICE_CARRIED_${name}} library)
    configure_file(${library} ${CMAKE_BINARY_DIR}/carried/${CMAKE_MATCH_1} COPYONLY)
  endif()
endforeach()

# Which commit it is cannot be asked of git over there.
find_package(Git QUIET)
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${PROJECT_SOURCE_DIR} rev-parse --short HEAD
                  OUTPUT_VARIABLE commit RESULT_VARIABLE result ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(result EQUAL 0)
    file(WRITE ${CMAKE_BINARY_DIR}/commit ${commit}\n)
  endif()
endif()
