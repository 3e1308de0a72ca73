/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "key_store.h"
#include "lines.h"

#define COLUMNS 7
#define DAY 86400
#define SOON ((int64_t)14 * DAY)
#define NEVER INT64_MAX

struct row {
	struct buf cell[COLUMNS];
};

static void free_row(struct row *row)
{
	for (size_t i = 0; i < COLUMNS; i++)
		buf_free(&row->cell[i]);
}
#define auto_row __attribute__((cleanup(free_row))) struct row

static void add_list(const struct words *list, struct buf *cell)
{
	for (size_t i = 0; i < list->n; i++) {
		buf_add_text(cell, i != 0 ? "," : "");
		buf_add(cell, list->word[i]);
	}
}

static void add_state(const struct api_key *key, int64_t now, struct buf *cell)
{
	int64_t left = key->principal->expires - now;

	if (key->disabled)
		buf_add_text(cell, "disabled");
	else if (left <= 0)
		buf_add_text(cell, "expired");
	else if (left < DAY)
		buf_add_text(cell, "expires today");
	else if (left < SOON)
		buf_print(cell, "expires in %d day%s", (int)(left / DAY), left < (int64_t)2 * DAY ? "" : "s");
	else
		buf_add_text(cell, "good");
}

/* `key` NULL: the headings. */
static void fill(struct row *row, const struct api_key *key, int64_t now)
{
	static const char *const headings[COLUMNS] = { "ID", "OWNER", "SCOPES", "GROUPS", "CREATED", "EXPIRES", "STATE" };

	for (size_t i = 0; i < COLUMNS; i++) {
		row->cell[i] = BUF(LINE_BYTES_MOST * 2);
		if (key == NULL)
			buf_add_text(&row->cell[i], headings[i]);
	}
	if (key == NULL)
		return;
	buf_add(&row->cell[0], key->principal->id);
	buf_add(&row->cell[1], key->principal->name);
	add_list(&key->principal->scopes, &row->cell[2]);
	add_list(&key->principal->groups, &row->cell[3]);
	if (key->created != 0)
		line_add_time(key->created, &row->cell[4]);
	if (key->principal->expires == NEVER)
		buf_add_text(&row->cell[5], "never");
	else
		line_add_time(key->principal->expires, &row->cell[5]);
	add_state(key, now, &row->cell[6]);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (row->cell[i].n == 0)
			buf_add_byte(&row->cell[i], '-');
	}
}

/* In characters, not bytes. */
static size_t width_of(const struct buf *cell)
{
	size_t width = 0;

	for (size_t i = 0; i < cell->n; i++)
		width += ((unsigned char)cell->p[i] & 0xc0) != 0x80;
	return width;
}

static void print_row(const struct row *row, const size_t width[COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t blanks = i + 1 < COLUMNS ? width[i] - width_of(&row->cell[i]) + 2 : 0;

		printf("%.*s%*s", STR_ARGS(buf_str(&row->cell[i])), (int)blanks, "");
	}
	putchar('\n');
}

static const struct api_key *key_at(const struct key_store *store, size_t i)
{
	return i == 0 ? NULL : &store->keys->key[i - 1];
}

void key_list(const struct key_store *store, int64_t now)
{
	size_t width[COLUMNS] = { 0 };

	for (size_t i = 0; i <= store->keys->n; i++) {
		auto_row row;

		fill(&row, key_at(store, i), now);
		for (size_t k = 0; k < COLUMNS; k++)
			width[k] = width[k] > width_of(&row.cell[k]) ? width[k] : width_of(&row.cell[k]);
	}
	for (size_t i = 0; i <= store->keys->n; i++) {
		auto_row row;

		fill(&row, key_at(store, i), now);
		print_row(&row, width);
	}
}
