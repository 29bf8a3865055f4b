# All presets but dev compile several files of a target as one, which takes a third of the time. A target
# whose files use one name for different things says APART. The dev preset compiles every file alone, so
# that each is known to include what it uses.
function(portcullis_unity target apart)
    if(PORTCULLIS_UNITY AND NOT apart)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    endif()
endfunction()

# portcullis_library(NAME [APART] SOURCES ... PUBLIC ... PRIVATE ...): a static library under the
# project's options. Third-party headers come in as SYSTEM through their imported targets.
function(portcullis_library name)
    cmake_parse_arguments(ARG "APART" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    if(ARG_SOURCES)
        add_library(${name} STATIC ${ARG_SOURCES})
        portcullis_unity(${name} ${ARG_APART})
        target_link_libraries(${name} PUBLIC portcullis_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE portcullis_options ${ARG_PUBLIC})
    endif()
endfunction()

# portcullis_test(NAME [APART] SOURCES ... LIBS ...): a GoogleTest program registered with CTest as one test.
function(portcullis_test name)
    cmake_parse_arguments(ARG "APART" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    portcullis_unity(${name} ${ARG_APART})
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
