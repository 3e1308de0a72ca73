/* SPDX-License-Identifier: MIT */
/* What is kept in files, and keys from a file of the operator. */
#include "provider.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "provider_fixture.h"

/* Which files of the directory start so; their name in `name`. */
static bool find_file(const char *prefix, const char *suffix, char *name, size_t bytes)
{
	DIR *listing = opendir(folder);
	const struct dirent *entry;
	bool found = false;

	while ((entry = readdir(listing)) != NULL) {
		if (str_starts(str_from(entry->d_name), str_from(prefix)) &&
		    str_ends(str_from(entry->d_name), str_from(suffix))) {
			(void)snprintf(name, bytes, "%s", entry->d_name);
			found = true;
		}
	}
	(void)closedir(listing);
	return found;
}

static void test_files_have_the_promised_form(void **unused)
{
	auto_buf text = BUF(10000);
	char name[300];

	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	assert_true(find_file("provider-", ".json", name, sizeof(name)));
	assert_int_equal(strlen(name), strlen("provider-") + 16 + strlen(".json"));
	assert_true(find_file("keys-", ".json", name, sizeof(name)));
	assert_int_equal(strlen(name), strlen("keys-") + 16 + strlen(".json"));
	assert_true(state_read(&state, name, &text));

	auto_json *envelope = json_loadb(text.p, text.n, 0, NULL);

	assert_true(str_ends(json_text(envelope, "url"), STR("/jwks")));
	assert_int_equal(json_integer_value(json_object_get(envelope, "fetched")), NOW);
	assert_int_equal(json_integer_value(json_object_get(envelope, "lifetime")), 300);
	assert_true(json_is_array(json_object_get(json_object_get(envelope, "document"), "keys")));
}

static void test_JK_06_broken_files_are_as_good_as_absent(void **unused)
{
	static const char *const contents[] = {
		"",
		"{}",
		"[]",
		"{\"url\":\"x\",\"fetched\":1800000000,\"lifetime\":300,\"document\":{\"keys\":[]}"
		"}",
		"{\"url\":\"x\",\"fetched\":-1,\"lifetime\":300,\"document\":{\"keys\":[" KEY(
		    "one") "]}}",
		"{\"url\":\"x\",\"fetched\":\"y\",\"lifetime\":300,\"document\":{\"keys\":[" KEY(
		    "one") "]}}",
		"{\"url\":\"x\",\"fetched\":1800000000,\"lifetime\":300,\"document\":[" KEY(
		    "one") "]}",
	};
	int64_t now = NOW;
	char name[300];

	(void)unused;
	serve_well();
	assert_int_equal(ask("one", now), PROVIDER_READY);
	assert_true(find_file("keys-", ".json", name, sizeof(name)));
	for (size_t i = 0; i < N_OF(contents); i++) {
		now += 20;
		assert_true(state_replace(&state, name, str_from(contents[i])));
		/* Who has good keys in memory keeps them, who has none fetches. */
		assert_int_equal(ask("one", now), PROVIDER_READY);
		assert_int_equal(hits("/jwks"), i + 1);
		restart();
		assert_int_equal(ask("one", now), PROVIDER_READY);
		assert_int_equal(hits("/jwks"), i + 2);
	}
	/* So is a file that others may write. */
	assert_int_equal(fchmodat(state.directory, name, 0666, 0), 0);
	restart();
	assert_int_equal(ask("one", now + 20), PROVIDER_READY);
	assert_int_equal(hits("/jwks"), N_OF(contents) + 2);
}

static void test_clock_that_goes_back_makes_files_old_not_eternal(void **unused)
{
	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	restart();
	assert_int_equal(ask("one", NOW - 1000000), PROVIDER_READY);
	(void)generation_at(provider, NOW - 1000000);
	/* The stamp of the time to come counts as set now, so the question comes ten seconds later.
	 */
	assert_int_equal(ask("one", NOW - 1000000 + 10), PROVIDER_READY);
	(void)generation_at(provider, NOW - 1000000 + 10);
	assert_int_equal(hits("/jwks"), 2);
}

static void test_on_a_full_disk_memory_serves(void **unused)
{
	struct rlimit before, none;

	(void)unused;
	serve_well();
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	(void)serve_keys(JSON_TYPE, KEY("two"));
	/* No file of this process may grow any more: what it fetches can't be kept in a file. */
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(ask("two", NOW + 300), PROVIDER_READY);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	/* And the old file, which is still there, does not come back. */
	assert_int_equal(ask("two", NOW + 301), PROVIDER_READY);
	assert_int_equal(ask("one", NOW + 301), PROVIDER_NO_SUCH_KEY);
	restart();
	assert_int_equal(ask("one", NOW + 301), PROVIDER_READY);
}

static void write_keys_file(const char *path, const char *text, mode_t mode)
{
	char temporary[256];
	int descriptor;

	(void)snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(descriptor, mode), 0);
	(void)close(descriptor);
	assert_int_equal(rename(temporary, path), 0);
}

static void test_JK_01_keys_from_a_file_need_no_network(void **unused)
{
	auto_buf report = BUF(4096);
	char path[128];
	uint64_t generation;

	(void)unused;
	serve_well();
	(void)snprintf(path, sizeof(path), "%s/mine", folder);
	/* Keys from the time before the file was named must not come back. */
	assert_int_equal(ask("one", NOW), PROVIDER_READY);
	issuer.keys_file = str_from(path);
	restart();
	assert_int_equal(ask("one", NOW), PROVIDER_UNAVAILABLE);
	write_keys_file(path, "{\"keys\":[" KEY("mine") "]}", 0644);
	assert_int_equal(ask("mine", NOW + 1), PROVIDER_READY);
	assert_int_equal(ask("one", NOW + 1), PROVIDER_NO_SUCH_KEY);
	generation = generation_at(provider, NOW + 1);
	assert_true(generation_at(provider, NOW + 10000000) == generation);
	assert_int_equal(ask("mine", NOW + 10000000), PROVIDER_READY);

	write_keys_file(path, "{\"keys\":[" KEY("next") "," SECRET_KEY "]}", 0644);
	assert_int_equal(ask("next", NOW + 10000001), PROVIDER_READY);
	assert_int_equal(ask("mine", NOW + 10000001), PROVIDER_NO_SUCH_KEY);
	assert_true(generation_at(provider, NOW + 10000001) != generation);
	assert_true(provider_probe(provider, NOW, &report));
	assert_non_null(strstr(report.p, "1 can be used, 1 can't; ids: next"));
	assert_int_equal(hits("/jwks"), 1);
}

static void test_bad_keys_file_never_replaces_a_good_one(void **unused)
{
	static const struct {
		const char *text;
		mode_t mode;
	} files[] = {
		{ "{\"keys\":[]}", 0644 },
		{ "{\"keys\":[" SECRET_KEY "]}", 0644 },
		{ "{\"keys\":[" KEY("bad") "]", 0644 },
		{ "", 0644 },
		{ "{\"keys\":[" KEY("bad") "]}", 0646 },
		{ "{\"keys\":[" KEY("bad") "],\"keys\":[]}", 0644 },
	};
	char path[128];

	(void)unused;
	(void)snprintf(path, sizeof(path), "%s/mine", folder);
	issuer.keys_file = str_from(path);
	for (size_t i = 0; i < N_OF(files); i++) {
		auto_buf report = BUF(4096);

		write_keys_file(path, files[i].text, files[i].mode);
		restart();
		assert_int_equal(ask("bad", NOW), PROVIDER_UNAVAILABLE);
		assert_false(provider_probe(provider, NOW, &report));
		assert_non_null(strstr(report.p, path));
		write_keys_file(path, "{\"keys\":[" KEY("good") "]}", 0644);
		assert_int_equal(ask("good", NOW + 1), PROVIDER_READY);
		write_keys_file(path, files[i].text, files[i].mode);
		assert_int_equal(ask("good", NOW + 2), PROVIDER_READY);
		assert_int_equal(ask("bad", NOW + 2), PROVIDER_NO_SUCH_KEY);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ask("good", NOW + 3), PROVIDER_READY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_files_have_the_promised_form),
		TEST(test_JK_06_broken_files_are_as_good_as_absent),
		TEST(test_clock_that_goes_back_makes_files_old_not_eternal),
		TEST(test_on_a_full_disk_memory_serves),
		TEST(test_JK_01_keys_from_a_file_need_no_network),
		TEST(test_bad_keys_file_never_replaces_a_good_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
