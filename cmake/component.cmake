# Relative relocations: one word for up to 63 of them. glibc reads them from 2.36 on.
include(CheckLinkerFlag)
include(CheckCXXSourceCompiles)
check_linker_flag(CXX -Wl,-z,pack-relative-relocs WICK_LINKER_PACKS)
check_cxx_source_compiles("#include <features.h>
#if !defined(__GLIBC__) || !__GLIBC_PREREQ(2, 36)
#error
#endif
int main() {}" WICK_LIBC_READS_PACKED)
mark_as_advanced(WICK_LINKER_PACKS WICK_LIBC_READS_PACKED)

# wick_component(name DIRS folders of src... LINK arguments of target_link_libraries...): one library, `wick::name`.
# Sources are C++20, public headers C++17; no compile flag reaches consumers.
function(wick_component name)
  cmake_parse_arguments(A "" "" "DIRS;LINK" ${ARGN})
  set(sources)
  foreach(dir ${A_DIRS})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${dir}/*.cpp)
    list(FILTER found EXCLUDE REGEX "/dist/engine_")  # plugins
    if(NOT WICK_HAS_LOG)
      list(FILTER found EXCLUDE REGEX "/tensorboard.cpp")
    endif()
    list(APPEND sources ${found})
  endforeach()
  set(target wick_${name})
  add_library(${target} ${sources})
  add_library(wick::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name} VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    POSITION_INDEPENDENT_CODE ON INSTALL_RPATH "$ORIGIN")
  target_compile_features(${target} PUBLIC cxx_std_17)
  target_compile_options(${target} PRIVATE -std=c++20 -Wall -Wextra -fno-math-errno -fno-trapping-math -fno-semantic-interposition
    -ffunction-sections -fdata-sections)
  if(NOT name STREQUAL core)  # the loops are in core
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os> -fvisibility-inlines-hidden)
  endif()
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}> PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} ${A_LINK})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL SHARED_LIBRARY)
    set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.map)
    target_link_options(${target} PRIVATE -Wl,-Bsymbolic-functions -Wl,--gc-sections -Wl,--version-script=${exports} $<$<CONFIG:Release>:-s>)
    if(WICK_LINKER_PACKS AND WICK_LIBC_READS_PACKED)
      target_link_options(${target} PRIVATE -Wl,-z,pack-relative-relocs)
    endif()
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${exports})
  endif()
  set(wick_components ${wick_components} ${target} PARENT_SCOPE)
endfunction()
