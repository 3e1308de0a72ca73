/* SPDX-License-Identifier: MIT */
/* The files: settings that not everybody may write, secrets that not everybody may read either. */
#include "settings_parts.h"

#include <errno.h>
#include <string.h>

#include "file.h"

#define WHY_BYTES 8192 /* a path and some words */

bool draft_read_file(struct draft *draft, const char *path, struct buf *text, bool *absent)
{
	auto_buf why = BUF(WHY_BYTES);
	struct file_version version;
	bool good = file_read(path, FILE_PUBLIC, text, &version, &why);

	*absent = !good && (errno == ENOENT || errno == ENOTDIR);
	if (!good && !*absent)
		draft_error(
			draft, (struct place){ .name = path }, "found a file that can't be used (%s), expected settings", why.p);
	return good;
}

static bool is_text(struct str text, bool many_lines)
{
	for (size_t i = 0; i < text.n; i++) {
		if (((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f) &&
			!(many_lines && (text.p[i] == '\n' || text.p[i] == '\r')))
			return false;
	}
	return text.n != 0;
}

static struct str read_secret(struct draft *draft, struct str path, struct place named, bool many_lines)
{
	auto_secret text = BUF(SECRET_FILE_BYTES + 1); /* with the end of the line */
	auto_buf why = BUF(WHY_BYTES);
	struct file_version version;
	struct str secret;

	if (!file_read(path.p, FILE_SECRET, &text, &version, &why) && !text.failed) {
		draft_error(draft, named, "found %s, which can't be used (%s), expected a secret", path.p, why.p);
		return STR_NONE;
	}
	secret = buf_str(&text);
	if (str_ends(secret, STR("\n")))
		secret.n--;
	if (text.failed || secret.n > SECRET_FILE_BYTES || !is_text(secret, many_lines)) {
		draft_error(draft, named, "found no secret in %s, expected %s of 1 to %d bytes without control bytes", path.p,
			many_lines ? "text" : "one line", SECRET_FILE_BYTES);
		return STR_NONE;
	}
	return draft_text(draft, secret);
}

struct str draft_read_secret(struct draft *draft, struct str path, struct place named)
{
	return read_secret(draft, path, named, false);
}

struct str draft_read_secret_text(struct draft *draft, struct str path, struct place named)
{
	return read_secret(draft, path, named, true);
}
