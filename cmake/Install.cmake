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
install(FILES src/plugin/include/curlew/plugin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/curlew
  OPTIONAL)
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
