# Installed: libraries, headers, <torch/torch.h> and its kin, and package files for find_package(wick) and find_package(Torch).
include(CMakePackageConfigHelpers)

foreach(component ${wick_components})
  list(APPEND wick_targets wick_${component})
endforeach()
install(TARGETS ${wick_targets} wick_all EXPORT wick-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/wick DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY compat/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wick-torch)
install(EXPORT wick-targets NAMESPACE wick:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/wick)

configure_package_config_file(cmake/wickConfig.cmake.in wickConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/wick)
write_basic_package_version_file(wickConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wickConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/wickConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/wick)
set(wick_include ${CMAKE_INSTALL_INCLUDEDIR})
configure_package_config_file(cmake/TorchConfig.cmake.in TorchConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Torch PATH_VARS wick_include)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/TorchConfig.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Torch)
