# Where everything goes on a Debian-like system. Completions (and the manual page) are what the
# program itself prints from its command table, so they are made when it is installed.
install(TARGETS curlew RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Where Lua's own package.cpath looks, whatever CMAKE_INSTALL_LIBDIR is.
install(TARGETS curlew_module LIBRARY DESTINATION lib/lua/5.4)
install(FILES src/lua/module/curlew.lua DESTINATION share/lua/5.4)
install(DIRECTORY lua/_meta/ DESTINATION ${CMAKE_INSTALL_DATADIR}/curlew/lua/_meta
  OPTIONAL FILES_MATCHING PATTERN "*.lua")
install(DIRECTORY lua/curlew/template/ DESTINATION ${CMAKE_INSTALL_DATADIR}/curlew/templates
  OPTIONAL PATTERN "*.lua" EXCLUDE)
# Plugins in C: the header, and what find_package(curlew) and pkg-config say of it. The prefix of an
# installation may differ from the configured one (cmake --install --prefix): the first looks from its
# own folder, in the second it is written when it is installed.
include(CMakePackageConfigHelpers)
set(CURLEW_PLUGIN_DIR ${CMAKE_INSTALL_DATADIR}/curlew/plugins)
set(CURLEW_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/curlew)
configure_package_config_file(cmake/package/curlewConfig.cmake.in generated/curlewConfig.cmake
  INSTALL_DESTINATION ${CURLEW_CMAKE_DIR} PATH_VARS CMAKE_INSTALL_INCLUDEDIR CURLEW_PLUGIN_DIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/generated/curlewConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES src/plugin/include/curlew/plugin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/curlew)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/generated/curlewConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/generated/curlewConfigVersion.cmake DESTINATION ${CURLEW_CMAKE_DIR})
install(CODE "
  set(PROJECT_VERSION \"${PROJECT_VERSION}\")
  set(CURLEW_PC_INCLUDEDIR \"\\\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}\")
  set(CURLEW_PC_PLUGINDIR \"\\\${prefix}/${CURLEW_PLUGIN_DIR}\")
  get_filename_component(CMAKE_INSTALL_PREFIX \"\${CMAKE_INSTALL_PREFIX}\" ABSOLUTE)
  set(curlew_pc \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig/curlew.pc\")
  configure_file(\"${CMAKE_CURRENT_SOURCE_DIR}/cmake/package/curlew.pc.in\"
    \"\$ENV{DESTDIR}\${curlew_pc}\" @ONLY)
  list(APPEND CMAKE_INSTALL_MANIFEST_FILES \"\${curlew_pc}\")")

# The plugins that come along. The build's own program finds them through the link.
install(DIRECTORY plugins/ DESTINATION ${CURLEW_PLUGIN_DIR}
  FILES_MATCHING PATTERN "*.lua" PATTERN "*_spec.lua" EXCLUDE)
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/share/curlew)
file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/plugins
  ${CMAKE_CURRENT_BINARY_DIR}/share/curlew/plugins SYMBOLIC)
install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)

set(CURLEW_BASH_COMPLETION_DIR ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
set(CURLEW_ZSH_COMPLETION_DIR ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
set(CURLEW_FISH_COMPLETION_DIR ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

if(NOT CMAKE_CROSSCOMPILING)
  configure_file(cmake/generated_docs.cmake.in generated/generated_docs.cmake.gen @ONLY)
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/generated_docs.cmake
       INPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/generated_docs.cmake.gen)
  install(SCRIPT ${CMAKE_CURRENT_BINARY_DIR}/generated/generated_docs.cmake)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/docs/curlew
          DESTINATION ${CURLEW_BASH_COMPLETION_DIR})
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/docs/_curlew
          DESTINATION ${CURLEW_ZSH_COMPLETION_DIR})
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/docs/curlew.fish
          DESTINATION ${CURLEW_FISH_COMPLETION_DIR})
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/docs/curlew.1
          DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
endif()
