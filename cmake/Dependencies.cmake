# Finds the libraries. A database driver whose client library is missing is left out (option AUTO),
# is an error (ON), or is not looked for (OFF); each outcome is printed and goes to curlew_config.h.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(LIBMD REQUIRED IMPORTED_TARGET libmd)

find_path(UTHASH_INCLUDE_DIR uthash.h)
if(NOT UTHASH_INCLUDE_DIR)
  message(FATAL_ERROR "uthash.h is missing: install uthash-dev")
endif()

# Sets CURLEW_HAVE_<NAME> to 1 or 0 for the driver, whose client library pkg-config calls MODULE.
function(cw_find_driver NAME PREFIX MODULE PACKAGE)
  set(CURLEW_WITH_${NAME} AUTO CACHE STRING "The ${MODULE} driver: AUTO, ON or OFF")
  set_property(CACHE CURLEW_WITH_${NAME} PROPERTY STRINGS AUTO ON OFF)
  set(have 0)
  if(CURLEW_WITH_${NAME} STREQUAL "AUTO" OR CURLEW_WITH_${NAME})
    pkg_check_modules(${PREFIX} QUIET IMPORTED_TARGET GLOBAL ${MODULE})
    if(${PREFIX}_FOUND)
      set(have 1)
      message(STATUS "Driver ${NAME}: ${MODULE} ${${PREFIX}_VERSION}")
    elseif(CURLEW_WITH_${NAME} STREQUAL "AUTO")
      message(STATUS "Driver ${NAME}: left out, ${MODULE} is missing (install ${PACKAGE})")
    else()
      message(FATAL_ERROR "CURLEW_WITH_${NAME} is ON and ${MODULE} is missing: install ${PACKAGE}")
    endif()
  else()
    message(STATUS "Driver ${NAME}: left out by CURLEW_WITH_${NAME}")
  endif()
  set(CURLEW_HAVE_${NAME} ${have} PARENT_SCOPE)
  set(${PREFIX}_INCLUDE_DIRS "${${PREFIX}_INCLUDE_DIRS}" PARENT_SCOPE)
endfunction()

cw_find_driver(SQLITE SQLITE sqlite3 libsqlite3-dev)
cw_find_driver(POSTGRES LIBPQ libpq libpq-dev)
cw_find_driver(MYSQL LIBMARIADB libmariadb libmariadb-dev)

# The names that the drivers pass to dlopen.
set(CURLEW_LIBPQ_SONAME libpq.so.5 CACHE STRING "File name of PostgreSQL's client library")
set(CURLEW_LIBMARIADB_SONAME libmariadb.so.3 CACHE STRING "File name of MariaDB's client library")
