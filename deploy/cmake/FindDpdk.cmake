# Dpdk::Dpdk from pkg-config: headers as SYSTEM, since DPDK's inline functions warn under ours.
pkg_check_modules(Libdpdk QUIET libdpdk>=22.11)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Dpdk REQUIRED_VARS Libdpdk_INCLUDE_DIRS Libdpdk_LIBRARIES
    VERSION_VAR Libdpdk_VERSION)
if(Dpdk_FOUND AND NOT TARGET Dpdk::Dpdk)
    add_library(Dpdk::Dpdk INTERFACE IMPORTED)
    target_include_directories(Dpdk::Dpdk SYSTEM INTERFACE ${Libdpdk_INCLUDE_DIRS})
    # -include rte_config.h and the instruction set that DPDK's inline functions need.
    string(REPLACE "-include;" "SHELL:-include " dpdk_flags "${Libdpdk_CFLAGS_OTHER}")
    target_compile_options(Dpdk::Dpdk INTERFACE ${dpdk_flags})
    target_link_directories(Dpdk::Dpdk INTERFACE ${Libdpdk_LIBRARY_DIRS})
    target_link_libraries(Dpdk::Dpdk INTERFACE ${Libdpdk_LINK_LIBRARIES})
    target_link_options(Dpdk::Dpdk INTERFACE -Wl,--as-needed)
endif()
