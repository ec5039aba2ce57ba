# re2::re2. RE2's own package where it is installed (releases from 2023 on), else the library alone,
# since Debian 12 has no CMake package of it. Installed beside CoefficientConfig.cmake: an archive of
# ours needs RE2 on the consumer's link line.
include(FindPackageHandleStandardArgs)
if(NOT TARGET re2::re2)
  find_package(re2 CONFIG QUIET)
endif()
if(TARGET re2::re2)
  set(re2_FOUND TRUE)
  return()
endif()
find_path(re2_INCLUDE_DIR re2/re2.h)
find_library(re2_LIBRARY re2)
mark_as_advanced(re2_INCLUDE_DIR re2_LIBRARY)
find_package_handle_standard_args(re2 REQUIRED_VARS re2_LIBRARY re2_INCLUDE_DIR)
if(re2_FOUND)
  add_library(re2::re2 UNKNOWN IMPORTED)
  set_target_properties(re2::re2 PROPERTIES
    IMPORTED_LOCATION "${re2_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${re2_INCLUDE_DIR}")
endif()
