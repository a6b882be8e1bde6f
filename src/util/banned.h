/* Calls that are too easy to get wrong: using one is a compile error. Included by util/alloc.h,
 * so every file of the core sees it. */
#ifndef CW_UTIL_BANNED_H
#define CW_UTIL_BANNED_H

/* System headers that mention the names must come before the poison. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok
#pragma GCC poison gmtime localtime asctime ctime
#pragma GCC poison atoi atol atoll

#endif
