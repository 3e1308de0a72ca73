/* SPDX-License-Identifier: MIT */
/* Does a provider's live document say what its preset says of it? Pure. */
#ifndef GATEHOUSE_PRESET_FACTS_H
#define GATEHOUSE_PRESET_FACTS_H

#include "json.h"
#include "preset.h"

/* Appends a line for each fact that the document contradicts. */
void preset_facts_compare(const struct preset *preset, const json_t *document, struct buf *differences);

/* Does the member say that, as preset.h lists what may be expected? `value` NULL: it is absent. */
bool preset_fact_holds(const json_t *value, struct str expected) MUST_USE;

#endif
