/* SPDX-License-Identifier: MIT */
/*
 * What Redis does for each verb of the store, as one atomic step: the fields of the request are the arguments, always all of them
 * and in the same order; the answer is a word, then the entries that were found. For store_redis.c only.
 *
 *	PREFIX:entry:SPACE:KEY   a hash: version, until, owner, family, value
 *	PREFIX:until:SPACE       its keys, in the order in which they end: what has ended, how many there are
 *	PREFIX:spaces            the namespaces
 *	PREFIX:all, PREFIX:owner:OWNER, PREFIX:family:FAMILY    SPACE:KEY in alphabetical order
 *
 * A script that would add something writes that first, unless it has removed something: so Redis, when its memory is full, refuses
 * before anything is half done, and never refuses to remove.
 */
#ifndef GATEHOUSE_STORE_SCRIPTS_H
#define GATEHOUSE_STORE_SCRIPTS_H

/* clang-format off */
#define SCRIPT_HEAD \
	"local root = KEYS[1]\n" \
	"local now, space, most, key = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4]\n" \
	"local ends, version, fresh, owner, family, value = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]\n" \
	"local function name(kind, of) return root .. ':' .. kind .. ':' .. of end\n" \
	"local function id(space, key) return name('entry', space .. ':' .. key) end\n" \
	"local function lists(owner, family)\n" \
	"	local found = { root .. ':all' }\n" \
	"	if owner ~= '' then found[#found + 1] = name('owner', owner) end\n" \
	"	if family ~= '' then found[#found + 1] = name('family', family) end\n" \
	"	return found\n" \
	"end\n" \
	"local function find(space, key)\n" \
	"	local f = redis.call('HMGET', id(space, key), 'version', 'until', 'owner', 'family', 'value')\n" \
	"	if f[2] and tonumber(f[2]) > now then return { key, f[1], f[2], f[3], f[4], f[5] } end\n" \
	"end\n" \
	"local function forget(space, key)\n" \
	"	local f = redis.call('HMGET', id(space, key), 'owner', 'family')\n" \
	"	redis.call('DEL', id(space, key))\n" \
	"	redis.call('ZREM', name('until', space), key)\n" \
	"	for _, list in ipairs(lists(f[1] or '', f[2] or '')) do redis.call('ZREM', list, space .. ':' .. key) end\n" \
	"end\n"

static const char script_put[] = SCRIPT_HEAD
	"for _, any in ipairs(redis.call('SMEMBERS', root .. ':spaces')) do\n"
	"	local ended = redis.call('ZRANGEBYSCORE', name('until', any), '-inf', now, 'LIMIT', 0, 16)\n"
	"	for _, old in ipairs(ended) do forget(any, old) end\n"
	"end\n"
	"if find(space, key) then return { 'conflict' } end\n"
	"if redis.call('EXISTS', id(space, key)) == 1 then forget(space, key) end\n"
	"if redis.call('ZCARD', name('until', space)) >= most then return { 'full' } end\n"
	"redis.call('HSET', id(space, key), 'version', fresh, 'until', ends, 'owner', owner, 'family', family, 'value', value)\n"
	"redis.call('ZADD', name('until', space), ends, key)\n"
	"redis.call('SADD', root .. ':spaces', space)\n"
	"for _, list in ipairs(lists(owner, family)) do redis.call('ZADD', list, 0, space .. ':' .. key) end\n"
	"return { 'done' }\n";

static const char script_get[] = SCRIPT_HEAD
	"local entry = find(space, key)\n"
	"if not entry then return { 'absent' } end\n"
	"return { 'done', entry }\n";

static const char script_take[] = SCRIPT_HEAD
	"local entry = find(space, key)\n"
	"if not entry then return { 'absent' } end\n"
	"forget(space, key)\n"
	"return { 'done', entry }\n";

static const char script_replace[] = SCRIPT_HEAD
	"local entry = find(space, key)\n"
	"if not entry then return { 'absent' } end\n"
	"if entry[2] ~= version then return { 'conflict' } end\n"
	"redis.call('HSET', id(space, key), 'version', fresh, 'until', ends, 'value', value)\n"
	"redis.call('ZADD', name('until', space), ends, key)\n"
	"return { 'done' }\n";

static const char script_expire[] = SCRIPT_HEAD
	"if not find(space, key) then return { 'absent' } end\n"
	"if tonumber(ends) <= now then\n"
	"	forget(space, key)\n"
	"else\n"
	"	redis.call('HSET', id(space, key), 'until', ends)\n"
	"	redis.call('ZADD', name('until', space), ends, key)\n"
	"end\n"
	"return { 'done' }\n";

/* The names of a namespace are between "SPACE:" and "SPACE;". */
static const char script_list[] = SCRIPT_HEAD
	"local from, found = '(' .. space .. ':' .. key, { 'done' }\n"
	"local list = owner ~= '' and name('owner', owner) or root .. ':all'\n"
	"while true do\n"
	"	local part = redis.call('ZRANGEBYLEX', list, from, '(' .. space .. ';', 'LIMIT', 0, 64)\n"
	"	if #part == 0 then return found end\n"
	"	for _, member in ipairs(part) do\n"
	"		local entry = find(space, string.sub(member, #space + 2))\n"
	"		if entry then found[#found + 1] = entry end\n"
	"		if #found > " TEXT_OF(STORE_PAGE) " then return found end\n"
	"	end\n"
	"	from = '(' .. part[#part]\n"
	"end\n";

static const char script_remove[] = SCRIPT_HEAD
	"local list = owner ~= '' and name('owner', owner) or name('family', family)\n"
	"local members = redis.call('ZRANGE', list, 0, -1)\n"
	"for _, member in ipairs(members) do forget(string.match(member, '^([a-z]+):(.*)$')) end\n"
	"return { #members ~= 0 and 'done' or 'absent' }\n";
/* clang-format on */

#endif
