/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "log.h"

#define TEXT_BYTES 64  /* of an address or a digest */
#define DIGEST_SHOWN 8 /* bytes: enough to find a token's lines again, no use to anybody else */
#define FILE_MODE 0640

struct audit {
	const struct settings *settings;
	int file; /* -1: standard error */
	struct file_version opened;
	int64_t looked;
	struct log_record record;
	struct buf text; /* for one value at a time */
};

bool audit_check(const struct settings *settings, struct buf *why)
{
	struct str path = settings->audit_log, folder = path;

	if (path.n == 0 || access(path.p, W_OK) == 0)
		return true;
	if (errno != ENOENT) {
		buf_print(why, "audit_log %s can't be written: %s\n", path.p, strerror(errno));
		return false;
	}
	while (folder.n > 1 && folder.p[folder.n - 1] != '/')
		folder.n--;
	auto_free char *name = str_copy(folder);
	if (access(name, W_OK | X_OK) == 0)
		return true;
	buf_print(why, "audit_log %s can't be made: %s: %s\n", path.p, name, strerror(errno));
	return false;
}

/* Without the size: it grows. */
static struct file_version identity_of(const char *path)
{
	struct file_version version = file_version_of(path);

	return (struct file_version){ .device = version.device, .inode = version.inode };
}

static void open_file(struct audit *audit)
{
	const char *path = audit->settings->audit_log.p;

	if (audit->file >= 0)
		(void)close(audit->file);
	/* O_NONBLOCK: a pipe that nobody reads must not keep us waiting. */
	audit->file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, FILE_MODE);
	if (audit->file < 0)
		log_event(LOG_ERROR, "audit_log_failed", "%s can't be opened (%s): decisions go to standard error", path,
			strerror(errno));
	audit->opened = identity_of(path);
}

struct audit *audit_new(const struct settings *settings)
{
	static const enum log_form forms[] = {
		[AUDIT_AS_LOG] = LOG_FORM_SAME, [AUDIT_JSON] = LOG_FORM_JSON, [AUDIT_TEXT] = LOG_FORM_TEXT
	};
	struct audit *audit = memory_new(sizeof(*audit));

	*audit = (struct audit){ .settings = settings, .file = -1, .looked = -1, .text = BUF(TEXT_BYTES) };
	audit->record.form = forms[settings->audit_format];
	return audit;
}

void audit_free(struct audit *audit)
{
	if (audit == NULL)
		return;
	if (audit->file >= 0)
		(void)close(audit->file);
	buf_free(&audit->record.line);
	buf_free(&audit->text);
	free(audit);
}

/* logrotate and its kin rename or remove the file. */
static void look(struct audit *audit, int64_t now)
{
	struct file_version found;

	if (audit->looked == now || audit->settings->audit_log.n == 0)
		return;
	audit->looked = now;
	found = identity_of(audit->settings->audit_log.p);
	if (audit->file < 0 || !file_version_eq(&found, &audit->opened))
		open_file(audit);
}

static void field(struct audit *audit, const char *name, struct str value)
{
	if (!words_have(&audit->settings->audit_omit, str_from(name)))
		log_record_text(&audit->record, name, value);
}

static void add_person(struct audit *audit, const struct principal *principal)
{
	field(audit, "issuer", principal->issuer->identifier);
	field(audit, "subject", principal->subject);
	if (!str_eq(principal->user, principal->subject))
		field(audit, "user", principal->user);
	field(audit, "client", principal->client);
}

static void add_digest(struct audit *audit, const unsigned char *digest)
{
	buf_clear(&audit->text);
	buf_add_hex(&audit->text, digest, DIGEST_SHOWN);
	field(audit, "token", buf_str(&audit->text));
}

static void add_address(struct audit *audit, const struct address *client)
{
	buf_clear(&audit->text);
	address_add(client, &audit->text);
	field(audit, "address", buf_str(&audit->text));
}

void audit_write(struct audit *audit, const struct http *http, const struct decision *decision)
{
	const struct outcome_row *row = outcome_row(decision->outcome);
	struct log_record *record = &audit->record;

	look(audit, decision->now);
	record->file = audit->file;
	log_record_begin(record, "decision");
	field(audit, "request_id", http->value[GATEHOUSE_REQUEST_ID]);
	log_record_text(record, "decision", decision->outcome == OUTCOME_ALLOW ? STR("allow") : STR("deny"));
	log_record_text(record, "reason", str_from(row->name));
	log_record_number(record, "status", row->status);
	if (decision->resource != NULL)
		log_record_text(record, "resource", decision->resource->identifier);
	if (decision->principal != NULL)
		add_person(audit, decision->principal);
	if (decision->digest != NULL)
		add_digest(audit, decision->digest);
	log_record_text(record, "method", decision->method);
	field(audit, "path", decision->path);
	log_record_text(record, "mcp_version", http->value[HTTP_MCP_PROTOCOL_VERSION]);
	log_record_text(record, "mcp_method", http->value[HTTP_MCP_METHOD]);
	field(audit, "mcp_name", decision->called.n != 0 ? decision->called : http->value[HTTP_MCP_NAME]);
	field(audit, "origin", http->value[HTTP_ORIGIN]);
	if (decision->client != NULL)
		add_address(audit, decision->client);
	if (decision->asked != 0)
		log_record_number(record, "asked_provider", (int64_t)decision->asked);
	log_record_end(record);
}
