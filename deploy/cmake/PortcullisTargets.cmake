# portcullis_library(NAME SOURCES ... PUBLIC ... PRIVATE ...): a static library under the project's options.
# Third-party headers come in as SYSTEM through their imported targets.
function(portcullis_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    if(ARG_SOURCES)
        add_library(${name} STATIC ${ARG_SOURCES})
        target_link_libraries(${name} PUBLIC portcullis_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE portcullis_options ${ARG_PUBLIC})
    endif()
endfunction()

# portcullis_test(NAME SOURCES ... LIBS ...): a GoogleTest program registered with CTest as one test.
function(portcullis_test name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LIBS} portcullis_options GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# portcullis_fuzzer(NAME SOURCES ... LIBS ...): a libFuzzer program; tests/fuzz/run.sh runs them all.
function(portcullis_fuzzer name)
    if(NOT PORTCULLIS_FUZZ)
        return()
    endif()
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LIBS} portcullis_options)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
