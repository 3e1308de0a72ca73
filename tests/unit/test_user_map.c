/* SPDX-License-Identifier: MIT */
/* Local names for people: by subject, else by verified e-mail address, of that issuer alone. */
#include "unit.h"

#include <string.h>

#include "user_map.h"

#define A "https://a.example"
#define B "https://b.example"

static const struct issuer issuer_a = { .identifier = { A, sizeof(A) - 1 } };
static const struct issuer issuer_b = { .identifier = { B, sizeof(B) - 1 } };

static struct principal person(const char *subject, const char *email)
{
	return (struct principal){ .issuer = &issuer_a, .subject = str_from(subject), .email = str_from(email), .email_verified = true };
}

static void finds(const char *text, const struct principal *principal, const char *name)
{
	auto_buf faults = BUF(4096);
	struct user_map *map = user_map_read(str_from(text), NULL, &faults);

	assert_str(buf_str(&faults), "");
	assert_non_null(map);
	assert_str(user_map_find(map, principal), name);
	user_map_free(map);
}

static void faulty(const char *text, const char *expected)
{
	auto_buf faults = BUF(8192);

	assert_null(user_map_read(str_from(text), NULL, &faults));
	assert_str(buf_str(&faults), expected);
}

static void test_CL_08_a_subject_has_its_name_at_its_issuer_only(void **state)
{
	struct principal alice = person("alice", "");

	(void)state;
	finds("subject alice from " A " is al", &alice, "al");
	finds("# people\nsubject bob from " A " is bob\n\nsubject alice from " A " is 'al ice'", &alice, "al ice");
	finds("subject Alice from " A " is al", &alice, "");
	finds("subject alice from " A "/ is al", &alice, "");
	finds("subject alice from " B " is other", &alice, "");
	finds("subject alice from " B " is other\nsubject alice from " A " is al", &alice, "al");
	alice.issuer = &issuer_b;
	finds("subject alice from " B " is other\nsubject alice from " A " is al", &alice, "other");
	finds("", &alice, "");
}

static void test_CL_16_an_address_counts_in_any_case_and_only_when_it_is_verified(void **state)
{
	struct principal bob = person("b", "Bob@EXAMPLE.com");

	(void)state;
	finds("email bob@example.COM from " A " is bob", &bob, "bob");
	finds("email bob@example.com from " B " is bob", &bob, "");
	finds("email bob@example.co from " A " is bob", &bob, "");
	finds("subject Bob@EXAMPLE.com from " A " is bob", &bob, "");
	bob.email_verified = false;
	finds("email bob@example.com from " A " is bob", &bob, "");
	bob = person("bob@example.com", "");
	finds("email bob@example.com from " A " is bob", &bob, "");
}

static void test_the_subject_wins_over_the_address(void **state)
{
	const struct principal carol = person("c", "carol@example.com");

	(void)state;
	finds("email carol@example.com from " A " is by-address\nsubject c from " A " is by-subject", &carol, "by-subject");
	finds("email carol@example.com from " A " is by-address\nsubject c from " B " is by-subject", &carol, "by-address");
}

static void test_only_ascii_letters_have_two_cases(void **state)
{
	const struct principal upper = person("u", "\xc3\x84@example.com"), sign = person("s", "[@example.com");

	(void)state;
	finds("email \xc3\xa4@example.com from " A " is x", &upper, "");
	finds("email \xc3\x84@Example.com from " A " is x", &upper, "x");
	finds("email {@example.com from " A " is x", &sign, "");
}

static void test_faults_have_their_line(void **state)
{
	static const char form[] = "2: found subject, expected VALUE from ISSUER is NAME after it\n", empty[] = "1: found subject, expected a value and a name of at most 255 bytes\n";

	(void)state;
	faulty("\nsubject alice is al\n", form);
	faulty("\nsubject alice from " A " is\n", form);
	faulty("\nsubject alice from " A " is al ice\n", form);
	faulty("\nsubject alice From " A " is al\n", form);
	faulty("user alice from " A " is al", "1: found user, expected subject or email\n");
	faulty("subject '' from " A " is al", empty);
	faulty("subject alice from " A " is ''", empty);
	faulty("subject alice from '' is al", "1: found subject, expected an issuer of the settings after from\n");
	faulty("email alice from " A " is al", "1: found email, expected an e-mail address\n");
	faulty("subject \"alice from " A " is al", "1: found a quote that does not end, expected 64 words at most, in UTF-8, whose quotes end\n");
	/* Not even the good lines are in force. */
	faulty("subject alice from " A " is al\nx\ny\n", "2: found x, expected subject or email\n3: found y, expected subject or email\n");
}

static void test_each_person_has_one_name(void **state)
{
	const struct principal alice = person("alice", "");

	(void)state;
	faulty("subject alice from " A " is al\nsubject bob from " A " is al\nsubject alice from " A " is other\n", "3: found alice, expected each person once\n");
	faulty("email a@b.example from " A " is a\nemail A@B.example from " A " is a\n", "2: found A@B.example, expected each person once\n");
	finds("subject alice from " A " is al\nemail alice@x from " A " is al\nsubject alice from " B " is al\nsubject Alice from " A " is al\n", &alice, "al");
}

static void test_issuers_are_those_of_the_settings(void **state)
{
	struct issuer issuers[] = { issuer_a };
	const struct settings settings = { .issuer = issuers, .n_issuers = 1 };
	auto_buf faults = BUF(4096);
	struct user_map *map = user_map_read(STR("subject a from " A " is a\nsubject key:k from api_keys is k\n"), &settings, &faults);

	(void)state;
	assert_non_null(map);
	user_map_free(map);
	assert_null(user_map_read(STR("subject a from " A " is a\nsubject b from " B " is b\n"), &settings, &faults));
	assert_str(buf_str(&faults), "2: found subject, expected an issuer of the settings after from\n");
}

/* Is a line taken whose value and name have so many bytes? */
static bool is_taken(const char *kind, unsigned value, unsigned name)
{
	auto_buf text = BUF(4096);
	auto_buf faults = BUF(4096);
	struct user_map *map;

	buf_add_text(&text, kind);
	buf_add_text(&text, " @");
	for (unsigned i = 1; i < value; i++)
		buf_add_byte(&text, 'v');
	buf_add_text(&text, " from " A " is ");
	for (unsigned i = 0; i < name; i++)
		buf_add_byte(&text, 'n');
	map = user_map_read(buf_str(&text), NULL, &faults);
	assert_int_equal(map == NULL, faults.n != 0);
	user_map_free(map);
	return faults.n == 0;
}

static void test_bounds_of_a_line(void **state)
{
	(void)state;
	assert_true(is_taken("subject", 1000, 255));
	assert_false(is_taken("subject", 1000, 256));
	assert_true(is_taken("email", 320, 1));
	assert_false(is_taken("email", 321, 1));
}

static void test_bounds_of_a_file(void **state)
{
	auto_buf text = BUF(USER_MAP_BYTES);
	auto_buf faults = BUF(4096);
	struct user_map *map;

	(void)state;
	for (unsigned i = 0; i < USER_MAP_MOST; i++)
		buf_print(&text, "subject s%u from " A " is n%u\n", i, i);
	map = user_map_read(buf_str(&text), NULL, &faults);
	assert_non_null(map);
	for (unsigned i = 0; i < USER_MAP_MOST; i++) {
		char subject[16];

		(void)snprintf(subject, sizeof(subject), "s%u", i);

		const struct principal one = person(subject, "");
		struct str name = user_map_find(map, &one);

		assert_int_equal(name.n, strlen(subject));
		assert_str(str_skip(name, 1), subject + 1);
	}
	user_map_free(map);
	buf_add_text(&text, "subject more from " A " is more\n");
	assert_null(user_map_read(buf_str(&text), NULL, &faults));
	assert_str(buf_str(&faults), "65537: found subject, expected 65536 lines at most\n");
}

/* A broker's provider and we speak of the same people. */
static void test_PO_02_of_a_broker_both_names_mean_the_same_people(void **state)
{
	struct issuer issuers[] = { issuer_a, issuer_b };
	const struct settings settings = { .issuer = issuers, .n_issuers = 2, .broker = { .login = &issuers[0], .own = &issuers[1] } };
	auto_buf faults = BUF(256);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct principal alice = person("alice", "");
		struct user_map *map = user_map_read(
			i / 2 == 0 ? STR("subject alice from " A " is al") : STR("subject alice from " B " is al"), &settings, &faults);

		assert_non_null(map);
		alice.issuer = &issuers[i % 2];
		assert_str(user_map_find(map, &alice), "al");
		user_map_free(map);
	}
	assert_null(user_map_read(STR("subject alice from " A " is al\nsubject alice from " B " is el\n"), &settings, &faults));
	assert_str(buf_str(&faults), "2: found alice, expected each person once\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_CL_08_a_subject_has_its_name_at_its_issuer_only),
		cmocka_unit_test(test_CL_16_an_address_counts_in_any_case_and_only_when_it_is_verified),
		cmocka_unit_test(test_the_subject_wins_over_the_address),
		cmocka_unit_test(test_only_ascii_letters_have_two_cases),
		cmocka_unit_test(test_faults_have_their_line),
		cmocka_unit_test(test_each_person_has_one_name),
		cmocka_unit_test(test_issuers_are_those_of_the_settings),
		cmocka_unit_test(test_bounds_of_a_line),
		cmocka_unit_test(test_bounds_of_a_file),
		cmocka_unit_test(test_PO_02_of_a_broker_both_names_mean_the_same_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
