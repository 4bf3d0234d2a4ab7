# Installed: libraries, headers, <torch/torch.h> and its kin, and package files for find_package(wick) and find_package(Torch).
include(CMakePackageConfigHelpers)

set(wick_package ${CMAKE_INSTALL_LIBDIR}/cmake/wick)
install(TARGETS ${wick_components} wick_all wick_torch EXPORT wick-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(WICK_HAS_BOARD)
  install(TARGETS wick_board EXPORT wick-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(DIRECTORY include/wick DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY compat/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wick-torch)
install(DIRECTORY share/wick/debugger DESTINATION ${CMAKE_INSTALL_DATADIR}/wick)
# gdb loads NAME-gdb.py beside a library by itself, where that is allowed (add-auto-load-safe-path).
get_target_property(wick_core_type wick_core TYPE)
if(wick_core_type STREQUAL SHARED_LIBRARY)
  install(CODE "file(WRITE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/libwick_core.so.${PROJECT_VERSION}-gdb.py\" \"gdb.execute('source \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/wick/debugger/gdb_wick.py')\\n\")")
endif()
install(EXPORT wick-targets NAMESPACE wick:: DESTINATION ${wick_package})

configure_package_config_file(cmake/wickConfig.cmake.in wickConfig.cmake INSTALL_DESTINATION ${wick_package})
write_basic_package_version_file(wickConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wickConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/wickConfigVersion.cmake
  cmake/dependencies.cmake DESTINATION ${wick_package})

set(wick_include ${CMAKE_INSTALL_INCLUDEDIR})
set(torch_package ${CMAKE_INSTALL_LIBDIR}/cmake/Torch)
configure_package_config_file(cmake/TorchConfig.cmake.in TorchConfig.cmake INSTALL_DESTINATION ${torch_package} PATH_VARS wick_include)
write_basic_package_version_file(TorchConfigVersion.cmake VERSION 2.13.0 COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/TorchConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/TorchConfigVersion.cmake DESTINATION ${torch_package})
