/* The folders of revision files: what lies in them, and how a new file is named. Reading a file's
 * metadata is the script side's work (script.h). */
#ifndef CW_GRAPH_SCRIPT_DIR_H
#define CW_GRAPH_SCRIPT_DIR_H

#include <stdint.h>
#include <time.h>

#include "util/err.h"
#include "util/vec.h"

/* Appends the revision files of the folders, absolute, in the folders' order and by name within one
 * (files before the contents of sub-folders). Only regular files with the extension (".lua") count,
 * and neither `.#...` (an editor's lock) nor `__init__...`. A file that is reached twice counts
 * once; a folder that does not exist is empty. Errors: CW_ERR_IO. */
int cw_script_dir_list(struct strvec *out, const struct strvec *locations, bool recursive,
                       const char *extension, struct cw_err *err);

/* Whether folders are walked: asked for, or implied by a file_template that puts files into
 * sub-folders. */
bool cw_script_dir_recursive(bool recursive, const char *file_template);

/* A moment as the project's time zone shows it. */
struct cw_when {
  int64_t epoch;
  struct tm tm; /* tm_gmtoff and tm_isdst set; tm_zone is not */
  bool zoned;   /* a zone was configured: create dates show their offset */
};
/* `timezone` is a name of the time zone database ("Europe/Vienna", "utc": tried in capitals when
 * unknown) or NULL for local time. Errors: CW_ERR_CONFIG for an unknown zone. Not for use while
 * other threads run: the C library takes zones from the environment, which is changed and restored.
 */
int cw_when_at(struct cw_when *out, int64_t epoch, const char *timezone, struct cw_err *err);
int cw_when_now(struct cw_when *out, const char *timezone, struct cw_err *err);
/* "2026-11-20 10:30:00", with "+01:00" when a zone was configured: for "Create Date:". The caller
 * frees. */
char *cw_when_format(const struct cw_when *when);

/* The words of a message in lower case, joined by "_", cut at a word's end (and then ending in "_")
 * when longer than `max` letters. Letters of every script are kept. The caller frees. */
char *cw_script_slug(const char *message, size_t max);

/* The file's path below its folder, from a template with %(rev) %(slug) %(epoch) %(year) %(month)
 * %(day) %(hour) %(minute) %(second); "%%" is "%", and Alembic's "%(rev)s" and "%(month).2d" are
 * taken too. Numbers of a date have their usual width. Errors: CW_ERR_CONFIG. The caller frees
 * *out. */
int cw_script_file_name(char **out, const char *file_template, const char *rev_id,
                        const char *message, size_t slug_max, const struct cw_when *when,
                        const char *extension, struct cw_err *err);

#endif
