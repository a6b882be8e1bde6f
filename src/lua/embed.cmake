# cw_embed_lua(OUT DIR): sets OUT to a generated C source with every Lua module below DIR (but
# DIR/_meta, which only editors read) and every file of DIR/curlew/template and of DIR/curlew/plugin/skeleton. See
# embed.h.
#
# A small program writes the source (string literals compile much faster than lists of numbers); it
# runs again when one of the files changes, and CMake looks for new files before each build.

add_executable(curlew_embed ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_files.c)
target_link_libraries(curlew_embed PRIVATE curlew_flags)

function(cw_embed_lua OUT DIR)
  file(GLOB_RECURSE files RELATIVE ${DIR} CONFIGURE_DEPENDS
       ${DIR}/*.lua ${DIR}/curlew/template/* ${DIR}/curlew/plugin/skeleton/*)
  list(FILTER files EXCLUDE REGEX "^_meta/|(^|/)README\\.md$|~$")
  list(REMOVE_DUPLICATES files)
  list(SORT files)
  list(TRANSFORM files PREPEND ${DIR}/ OUTPUT_VARIABLE paths)

  # The list itself is an input too: removing a file must write the table anew.
  set(list_file ${CMAKE_CURRENT_BINARY_DIR}/generated/embedded_files.list)
  string(JOIN "\n" lines ${files})
  file(CONFIGURE OUTPUT ${list_file} CONTENT "${lines}\n" @ONLY)

  set(source ${CMAKE_CURRENT_BINARY_DIR}/generated/embedded_files.c)
  add_custom_command(
    OUTPUT ${source}
    COMMAND curlew_embed ${source} ${DIR} ${list_file}
    DEPENDS curlew_embed ${list_file} ${paths}
    COMMENT "Embedding the Lua library"
    VERBATIM)
  set(${OUT} ${source} PARENT_SCOPE)
endfunction()
