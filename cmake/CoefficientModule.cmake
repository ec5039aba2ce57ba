# coefficient_add_module(<name> HEADERS.. SOURCES.. [MODULES..] [PRIVATE_LIBS..] [BUILD_ONLY_LIBS..]
#                        [FIND "<find_dependency args>"..] [PC_REQUIRES_PRIVATE..])
# One static/shared library, one export set, one install component, one .pc file per module.
# BUILD_ONLY_LIBS are header-only libraries that our .cc files use: no consumer ever needs them.
function(coefficient_add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 M "" "" "HEADERS;SOURCES;MODULES;PRIVATE_LIBS;BUILD_ONLY_LIBS;FIND;PC_REQUIRES_PRIVATE")
  set(t coefficient_${name})
  list(TRANSFORM M_SOURCES PREPEND src/)
  list(TRANSFORM M_HEADERS PREPEND include/)
  add_library(${t} ${M_SOURCES})
  add_library(Coefficient::${name} ALIAS ${t})
  if(COEFFICIENT_UNITY_MODULES)
    coefficient_unity(${t})
  endif()

  set(gen "${PROJECT_BINARY_DIR}/generated/include")
  string(TOUPPER ${name} U)
  generate_export_header(${t} BASE_NAME COEFFICIENT_${U}
    EXPORT_FILE_NAME "${gen}/coefficient/${name}/export.h")
  set(generated "${gen}/coefficient/${name}/export.h")
  if(name STREQUAL "core")
    configure_file(cmake/version.h.in "${gen}/coefficient/version.h" @ONLY)
    list(APPEND generated "${gen}/coefficient/version.h")
  endif()
  if(NOT BUILD_SHARED_LIBS)
    target_compile_definitions(${t} PUBLIC COEFFICIENT_${U}_STATIC_DEFINE)
  endif()

  target_sources(${t} PUBLIC FILE_SET HEADERS
    BASE_DIRS "${PROJECT_SOURCE_DIR}/include" "${gen}"
    FILES ${M_HEADERS} ${generated})
  target_include_directories(${t} PRIVATE src)
  target_compile_features(${t} PUBLIC cxx_std_20)
  list(TRANSFORM M_MODULES PREPEND Coefficient:: OUTPUT_VARIABLE mods)
  target_link_libraries(${t} PUBLIC ${mods} PRIVATE ${M_PRIVATE_LIBS} $<BUILD_INTERFACE:coefficient_build_flags>)
  foreach(lib IN LISTS M_BUILD_ONLY_LIBS)
    target_include_directories(${t} SYSTEM PRIVATE
      $<BUILD_INTERFACE:$<TARGET_PROPERTY:${lib},INTERFACE_INCLUDE_DIRECTORIES>>)
  endforeach()
  set_target_properties(${t} PROPERTIES
    EXPORT_NAME ${name}
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    # A module finds those below it beside itself: the path of a host's program is not asked for them.
    INSTALL_RPATH "$<$<PLATFORM_ID:Linux>:\$ORIGIN>"
    VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
  set_property(GLOBAL APPEND PROPERTY COEFFICIENT_MODULES ${name})

  if(COEFFICIENT_INSTALL)
    set(dir "${CMAKE_INSTALL_LIBDIR}/cmake/Coefficient")
    install(TARGETS ${t} EXPORT Coefficient-${name}
      FILE_SET HEADERS
      RUNTIME COMPONENT ${name} LIBRARY COMPONENT ${name} NAMELINK_COMPONENT ${name}-dev ARCHIVE COMPONENT ${name}-dev)
    install(EXPORT Coefficient-${name} NAMESPACE Coefficient:: DESTINATION "${dir}"
      FILE Coefficient-${name}-targets.cmake COMPONENT ${name}-dev)
    # What find_package(Coefficient COMPONENTS <name>) must do first.
    set(deps "set(_coefficient_${name}_modules ${M_MODULES})\n")
    if(NOT BUILD_SHARED_LIBS)   # private deps reach the consumer's link line only from archives
      foreach(f IN LISTS M_FIND)
        string(APPEND deps "find_dependency(${f})\n")
      endforeach()
    endif()
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/Coefficient-${name}-deps.cmake" CONTENT "${deps}" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/Coefficient-${name}-deps.cmake" DESTINATION "${dir}" COMPONENT ${name}-dev)
    set(PC_NAME ${name})
    list(JOIN M_PC_REQUIRES_PRIVATE " " PC_PRIVATE)
    list(TRANSFORM M_MODULES PREPEND coefficient- OUTPUT_VARIABLE PC_REQ)
    list(JOIN PC_REQ " " PC_REQ)
    set(PC_DEFINES "")
    if(NOT BUILD_SHARED_LIBS)
      set(PC_DEFINES "-DCOEFFICIENT_${U}_STATIC_DEFINE")
    endif()
    file(RELATIVE_PATH PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    configure_file(cmake/module.pc.in "${PROJECT_BINARY_DIR}/coefficient-${name}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/coefficient-${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT ${name}-dev)
  endif()
endfunction()

# Coefficient::coefficient: everything of floors 0 and 1 by one name.
function(coefficient_add_umbrella)
  add_library(coefficient_coefficient INTERFACE)
  add_library(Coefficient::coefficient ALIAS coefficient_coefficient)
  list(TRANSFORM ARGN PREPEND Coefficient:: OUTPUT_VARIABLE mods)
  target_link_libraries(coefficient_coefficient INTERFACE ${mods})
  set_target_properties(coefficient_coefficient PROPERTIES EXPORT_NAME coefficient)
  set_property(GLOBAL APPEND PROPERTY COEFFICIENT_MODULES coefficient)
  if(COEFFICIENT_INSTALL)
    set(dir "${CMAKE_INSTALL_LIBDIR}/cmake/Coefficient")
    install(TARGETS coefficient_coefficient EXPORT Coefficient-coefficient)
    install(EXPORT Coefficient-coefficient NAMESPACE Coefficient:: DESTINATION "${dir}"
      FILE Coefficient-coefficient-targets.cmake COMPONENT core-dev)
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/Coefficient-coefficient-deps.cmake"
      CONTENT "set(_coefficient_coefficient_modules ${ARGN})\n" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/Coefficient-coefficient-deps.cmake"
      DESTINATION "${dir}" COMPONENT core-dev)
  endif()
endfunction()

function(coefficient_finish_package)
  if(NOT COEFFICIENT_INSTALL)
    return()
  endif()
  get_property(mods GLOBAL PROPERTY COEFFICIENT_MODULES)
  set(COEFFICIENT_ALL_MODULES "${mods}")
  set(dir "${CMAKE_INSTALL_LIBDIR}/cmake/Coefficient")
  configure_package_config_file(cmake/CoefficientConfig.cmake.in "${PROJECT_BINARY_DIR}/CoefficientConfig.cmake" INSTALL_DESTINATION "${dir}")
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/CoefficientConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/CoefficientConfig.cmake" "${PROJECT_BINARY_DIR}/CoefficientConfigVersion.cmake"
          "${PROJECT_SOURCE_DIR}/cmake/Findre2.cmake" "${PROJECT_SOURCE_DIR}/cmake/Findhiredis.cmake"
          DESTINATION "${dir}" COMPONENT core-dev)
endfunction()
