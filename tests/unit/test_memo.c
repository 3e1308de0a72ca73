/* SPDX-License-Identifier: MIT */
/* Whom a process remembers, and that it takes no more memory than it may. */
#include "unit.h"

#include "keys.h"
#include "memo.h"

#define BOUND 16384
#define PEOPLE 1000

static struct issuer issuer = { .identifier = { "https://a.example", 17 } };
static struct str scopes[] = { { "read", 4 }, { "write", 5 } }, groups[] = { { "staff", 5 } };
static const struct resource looks = { .sees_facts = true }, does_not = { 0 };

static struct principal alice(void)
{
	return (struct principal){ .issuer = &issuer, .subject = STR("alice"), .scopes = { scopes, 2 }, .groups = { groups, 1 } };
}

static struct memo_entry entry_of(const struct resource *resource, unsigned number)
{
	return (struct memo_entry){ .digest = { (unsigned char)(number >> 8), (unsigned char)number },
		.resource = resource,
		.until = 100,
		.outcome = OUTCOME_ALLOW };
}

/* How many of so many people are still known. */
static size_t known_of(const struct memo *memo, const struct resource *resource, unsigned people)
{
	size_t known = 0;

	for (unsigned i = 0; i < people; i++) {
		const struct memo_entry entry = entry_of(resource, i), *found = memo_find(memo, entry.digest, resource);

		if (found != NULL) {
			assert_str(found->principal->subject, "alice");
			known++;
		}
	}
	return known;
}

static void test_DC_01_what_is_remembered_is_a_copy_for_one_digest_and_one_resource(void **state)
{
	struct memo_entry entry = entry_of(&does_not, 1), other = entry;
	struct principal principal = alice();
	struct memo *memo = memo_new(BOUND);
	const struct principal *kept;

	(void)state;
	entry.generation = 7;
	other.digest[31] = 1;
	assert_null(memo_find(memo, entry.digest, &does_not));
	kept = memo_keep(memo, &entry, &principal);
	principal.subject = STR("mallory");
	assert_str(kept->subject, "alice");
	assert_str(kept->groups.word[0], "staff");
	assert_ptr_equal(memo_find(memo, entry.digest, &does_not)->principal, kept);
	assert_int_equal(memo_find(memo, entry.digest, &does_not)->generation, 7);
	assert_int_equal(memo_find(memo, entry.digest, &does_not)->until, 100);
	assert_null(memo_find(memo, other.digest, &does_not));
	assert_null(memo_find(memo, entry.digest, &looks));
	memo_free(memo);
}

static void test_IN_04_a_no_is_remembered_too_and_goes_like_others(void **state)
{
	const struct principal principal = alice();
	struct memo_entry no = entry_of(&does_not, PEOPLE);
	struct memo *memo = memo_new(BOUND);

	(void)state;
	no.outcome = OUTCOME_INACTIVE;
	assert_null(memo_keep(memo, &no, NULL));
	assert_int_equal(memo_find(memo, no.digest, &does_not)->outcome, OUTCOME_INACTIVE);
	assert_null(memo_find(memo, no.digest, &does_not)->principal);
	for (unsigned i = 0; i < PEOPLE; i++) {
		const struct memo_entry entry = entry_of(&does_not, i);

		(void)memo_keep(memo, &entry, &principal);
	}
	assert_null(memo_find(memo, no.digest, &does_not));
	memo_free(memo);
}

static void test_DC_01_a_new_one_takes_the_place_of_the_one_that_ends_first(void **state)
{
	const struct principal principal = alice();
	struct memo_entry entry[5];
	struct memo *memo = memo_new(BOUND);

	(void)state;
	/* The same first bytes, so the same set. */
	for (unsigned char i = 0; i < N_OF(entry); i++) {
		entry[i] = entry_of(&does_not, 7);
		entry[i].digest[5] = i;
		entry[i].until = i == 2 ? 50 : 100;
		(void)memo_keep(memo, &entry[i], &principal);
	}
	for (size_t i = 0; i < N_OF(entry); i++)
		assert_int_equal(memo_find(memo, entry[i].digest, &does_not) == NULL, i == 2);
	memo_free(memo);
}

static void test_DC_01_the_bound_holds_and_most_of_it_is_used(void **state)
{
	const struct principal principal = alice();
	struct memo *memo = memo_new(BOUND);
	size_t known;

	(void)state;
	for (unsigned i = 0; i < PEOPLE; i++) {
		const struct memo_entry entry = entry_of(&does_not, i);

		(void)memo_keep(memo, &entry, &principal);
		assert_non_null(memo_find(memo, entry.digest, &does_not));
	}
	known = known_of(memo, &does_not, PEOPLE);
	assert_in_range(known, BOUND / 1024, BOUND / (sizeof(struct memo_entry) + sizeof(struct principal)));
	memo_free(memo);
}

static void test_DC_01_one_that_is_larger_than_the_bound_is_kept_alone(void **state)
{
	const struct memo_entry first = entry_of(&does_not, 1), second = entry_of(&does_not, 2);
	const struct principal principal = alice();
	struct memo *memo = memo_new(1);

	(void)state;
	(void)memo_keep(memo, &first, &principal);
	assert_non_null(memo_find(memo, first.digest, &does_not));
	(void)memo_keep(memo, &second, &principal);
	assert_null(memo_find(memo, first.digest, &does_not));
	assert_non_null(memo_find(memo, second.digest, &does_not));
	memo_free(memo);
}

static void test_PO_03_the_memo_has_facts_where_a_condition_looks(void **state)
{
	const struct memo_entry first = entry_of(&looks, 1), second = entry_of(&does_not, 1);
	auto_json *claims = json_of("{\"sub\":\"alice\",\"department\":{\"name\":\"one\"}}");
	struct principal principal = alice();
	struct memo *memo = memo_new(BOUND);
	const struct principal *kept;

	(void)state;
	principal.claims = claims;
	kept = memo_keep(memo, &second, &principal);
	assert_null(kept->facts);
	kept = memo_keep(memo, &first, &principal);
	assert_null(kept->claims);
	/* Facts outlive the claims of which they were made. */
	json_decref(claims);
	claims = NULL;
	assert_str(json_text(json_object_get(json_object_get(kept->facts, "jwt"), "department"), "name"), "one");
	assert_ptr_equal(memo_find(memo, first.digest, &looks)->principal, kept);
	/* In its own place again, and once more when the memo ends: sanitizers see what is freed twice or never. */
	principal.claims = NULL;
	kept = memo_keep(memo, &first, &principal);
	assert_non_null(kept->facts);
	memo_free(memo);
}

static void test_PO_03_facts_count_in_the_bound_of_the_memo(void **state)
{
	const struct principal principal = alice();
	struct memo *plain = memo_new(BOUND), *with_facts = memo_new(BOUND);

	(void)state;
	for (unsigned i = 0; i < PEOPLE; i++) {
		const struct memo_entry entry = entry_of(&does_not, i), looking = entry_of(&looks, i);

		(void)memo_keep(plain, &entry, &principal);
		(void)memo_keep(with_facts, &looking, &principal);
	}
	assert_true(known_of(with_facts, &looks, PEOPLE) * 2 < known_of(plain, &does_not, PEOPLE));
	memo_free(plain);
	memo_free(with_facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_DC_01_what_is_remembered_is_a_copy_for_one_digest_and_one_resource),
		cmocka_unit_test(test_IN_04_a_no_is_remembered_too_and_goes_like_others),
		cmocka_unit_test(test_DC_01_a_new_one_takes_the_place_of_the_one_that_ends_first),
		cmocka_unit_test(test_DC_01_the_bound_holds_and_most_of_it_is_used),
		cmocka_unit_test(test_DC_01_one_that_is_larger_than_the_bound_is_kept_alone),
		cmocka_unit_test(test_PO_03_the_memo_has_facts_where_a_condition_looks),
		cmocka_unit_test(test_PO_03_facts_count_in_the_bound_of_the_memo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
