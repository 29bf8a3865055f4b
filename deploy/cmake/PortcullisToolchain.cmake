# Compiler, warnings, sanitizers and ccache, for every target of the project.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    # Paths below the checkout count as relative, so that a second checkout finds the first one's
    # objects.
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
                 ${CCACHE_PROGRAM})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# Line tables are enough for a backtrace, and halve the debug information.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)

add_library(portcullis_options INTERFACE)
target_include_directories(portcullis_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(portcullis_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast -Wnon-virtual-dtor>
    -fno-omit-frame-pointer -fstack-protector-strong)
# clang takes libstdc++'s std::stable_sort for a use of the deprecated buffer it is made with.
target_compile_options(portcullis_options INTERFACE
    $<$<CXX_COMPILER_ID:Clang>:-Wno-error=deprecated-declarations>)
# g++ 12 sees uninitialised members in moved-from std::variant and std::expected that are not there.
target_compile_options(portcullis_options INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
target_link_options(portcullis_options INTERFACE -Wl,-z,relro,-z,now)
target_compile_definitions(portcullis_options INTERFACE
    PORTCULLIS_VERSION="${PROJECT_VERSION}" BOOST_ASIO_NO_DEPRECATED)
if(PORTCULLIS_SANITIZE)
    # Optimising what the sanitizers add takes g++ longer than the tests then gain by it.
    target_compile_options(portcullis_options INTERFACE
        -fsanitize=${PORTCULLIS_SANITIZE} -fno-sanitize-recover=all -O0 -g1
        # g++ sees uninitialised reads in the instrumentation itself.
        $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_link_options(portcullis_options INTERFACE -fsanitize=${PORTCULLIS_SANITIZE})
endif()
if(PORTCULLIS_SANITIZE MATCHES "thread")
    # Asio's fences order what its own mutexes already order; ThreadSanitizer only says it ignores them.
    target_compile_options(portcullis_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
if(PORTCULLIS_FUZZ)
    target_compile_options(portcullis_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -O1)
    target_link_options(portcullis_options INTERFACE -fsanitize=address,undefined)
endif()
