# Compiler and linker flags, collected in the interface target curlew_flags that everything links.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckIPOSupported)
include(CheckLinkerFlag)
include(CheckPIESupported)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(curlew_flags INTERFACE)

# An empty value, so that a file which has its own "#define _GNU_SOURCE" does not redefine it.
target_compile_definitions(curlew_flags INTERFACE _GNU_SOURCE=)
target_compile_options(curlew_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wpointer-arith -Wformat=2 -Wvla -Wundef -Wwrite-strings -Wimplicit-fallthrough)
if(CURLEW_WERROR)
  target_compile_options(curlew_flags INTERFACE -Werror)
endif()

# Everything is position independent, and the program is a PIE.
check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(CURLEW_SANITIZE)
  set(sanitize -fsanitize=${CURLEW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(curlew_flags INTERFACE ${sanitize})
  target_link_options(curlew_flags INTERFACE ${sanitize})
endif()

if(CURLEW_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "CURLEW_FUZZ needs clang: use the preset `fuzz`, or set CMAKE_C_COMPILER")
  endif()
  target_compile_options(curlew_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(curlew_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(CURLEW_COVERAGE)
  target_compile_options(curlew_flags INTERFACE --coverage -fprofile-abs-path)
  target_link_options(curlew_flags INTERFACE --coverage)
endif()

if(CURLEW_HARDEN)
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
    string(MAKE_C_IDENTIFIER "CURLEW_HAS${flag}" known)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
      target_compile_options(curlew_flags INTERFACE ${flag})
    endif()
  endforeach()

  # Level 3 needs both a compiler and a C library that know it; the library warns when it does not.
  set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
  check_c_source_compiles("
    #include <string.h>
    #if !defined __USE_FORTIFY_LEVEL || __USE_FORTIFY_LEVEL < 3
    #error level 3 is not to be had
    #endif
    int main(void) { return 0; }" CURLEW_HAS_FORTIFY_3)
  unset(CMAKE_REQUIRED_FLAGS)
  target_compile_options(curlew_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$<IF:$<BOOL:${CURLEW_HAS_FORTIFY_3}>,3,2>)

  foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
    string(MAKE_C_IDENTIFIER "CURLEW_HAS${flag}" known)
    check_linker_flag(C ${flag} ${known})
    if(${known})
      target_link_options(curlew_flags INTERFACE ${flag})
    endif()
  endforeach()
endif()

if(CURLEW_LTO)
  check_ipo_supported(RESULT has_ipo OUTPUT why LANGUAGES C)
  if(has_ipo)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
    if(CMAKE_C_COMPILER_ID STREQUAL GNU)
      add_link_options(-flto=auto) # CMake's own flag links on one core, and gcc warns of it
    endif()
  else()
    message(WARNING "Optimising across files is not supported here: ${why}")
  endif()
endif()
