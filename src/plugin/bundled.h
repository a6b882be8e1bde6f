/* Where the plugins lie that come with curlew. */
#ifndef CW_PLUGIN_BUNDLED_H
#define CW_PLUGIN_BUNDLED_H

/* The folder share/curlew/plugins of this installation (or build), for the caller to free; NULL when there
 * is none. */
char *cw_plugin_bundled_dir(void);

#endif
