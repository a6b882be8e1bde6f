/* The leading comment of a revision file: its title, its text, its "Create Date:". Pure text work. */
#ifndef CW_LUA_DOC_H
#define CW_LUA_DOC_H

#include <stddef.h>

struct cw_doc {
  char *title;   /* first line that says something; "" when there is none */
  char *text;    /* all lines without their dashes; "" when there is none */
  char *created; /* what follows "Create Date:", or NULL */
};

/* Reads the comment that the text begins with (lines of "--", or one "--[[ ... ]]"). Bytes that are no
 * UTF-8 become U+FFFD. Release with cw_doc_release. */
void cw_doc_read(struct cw_doc *doc, const char *text, size_t len);
void cw_doc_release(struct cw_doc *doc);

#endif
