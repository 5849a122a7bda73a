# Installs the build into an empty prefix, then uses what is there as a stranger would: runs the program, and
# configures, builds and runs the example against the package. Both have to make the same table.
file(REMOVE_RECURSE ${WORK})
set(prefix ${WORK}/prefix)
set(data ${WORK}/data)

function(run expected)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0 OR NOT output MATCHES "${expected}")
    message(FATAL_ERROR "expected `${expected}` and exit code 0 of: ${ARGN}\n(exit code ${status})\n${output}")
  endif()
endfunction()

run("" ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run("${VERSION}" ${prefix}/${BINDIR}/pumice --version)

file(WRITE ${data}/1.csv "a,b\n1,0.5\n2,0.25\n4,0.125\n")
file(WRITE ${data}/2.csv "a,b\n-1,5\n-2,5\n-6,5\n")
run("" ${prefix}/${BINDIR}/pumice extract ${data} -o ${WORK}/program.csv --features basic --device cpu)

run("" ${CMAKE_COMMAND} -G "${GENERATOR}" -S ${SOURCE}/examples/embed -B ${WORK}/embed -DCMAKE_PREFIX_PATH=${prefix}
    -DCMAKE_CXX_COMPILER=${COMPILER})
run("" ${CMAKE_COMMAND} --build ${WORK}/embed)
run("2 rows, 16 columns" ${WORK}/embed/embed ${data} ${WORK}/embedded.csv)

file(READ ${WORK}/program.csv by_program)
file(READ ${WORK}/embedded.csv by_example)
if(NOT by_program STREQUAL by_example)
  message(FATAL_ERROR "the program and the example made different tables:\n${by_program}\n${by_example}")
endif()
# mean of 1 2 4, and the variance of a constant channel
if(NOT by_program MATCHES "segment_id,a__maximum" OR NOT by_program MATCHES "2\\.333333333333333")
  message(FATAL_ERROR "not the table that was expected:\n${by_program}")
endif()

# The installed module of Arrow writes a table, and reads it again: as the labels of another, and to compare.
if(ARROW)
  run("" ${prefix}/${BINDIR}/pumice extract ${data} -o ${WORK}/program.parquet --features basic --device cpu)
  run("" ${prefix}/${BINDIR}/pumice compare ${WORK}/program.parquet ${WORK}/program.csv)
endif()
