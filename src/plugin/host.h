/* The table of functions that curlew offers to C plugins; see curlew/plugin.h. */
#ifndef CW_PLUGIN_HOST_H
#define CW_PLUGIN_HOST_H

#include "curlew/plugin.h"

extern const struct curlew_host_v1 cw_plugin_host;

#endif
