/* SPDX-License-Identifier: MIT */
/* Who and what is refused from now on: by which lines, until when, and what broken lines leave in force. */
#include "unit.h"

#include <string.h>

#include "deny_list.h"

#define NOW ((int64_t)1795219200) /* 2026-11-21 */
#define DIGITS "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define A "https://a.example"
#define B "https://b.example"

static const struct issuer issuer_a = { .identifier = { A, sizeof(A) - 1 } };
static const struct issuer issuer_b = { .identifier = { B, sizeof(B) - 1 } };

/* What DIGITS says. */
static const unsigned char digest[32] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13,
	0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f };

static struct principal alice(void)
{
	return (struct principal){ .issuer = &issuer_a, .subject = STR("alice"), .client = STR("app"), .id = STR("id-1"), .grant = STR("grant-1") };
}

/* new */
static struct deny_list *list_of(const char *text)
{
	auto_buf faults = BUF(4096);
	struct deny_list *list = deny_list_read(str_from(text), NULL, &faults);

	assert_str(buf_str(&faults), "");
	return list;
}

static enum outcome judge_at(const char *text, const struct principal *principal, int64_t now)
{
	struct deny_list *list = list_of(text);
	enum outcome outcome = deny_list_judge(list, principal, digest, now);

	deny_list_free(list);
	return outcome;
}

static enum outcome judge(const char *text)
{
	const struct principal principal = alice();

	return judge_at(text, &principal, NOW);
}

static void test_DC_01_each_kind_of_line_matches_exactly(void **state)
{
	static const struct {
		const char *line, *other;
		enum outcome outcome;
	} rows[] = {
		{ "subject alice", "subject Alice", OUTCOME_DENIED },
		{ "client app", "client ap", OUTCOME_DENIED },
		{ "jti id-1", "jti id-", OUTCOME_REVOKED },
		{ "grant grant-1", "grant 'grant-1 '", OUTCOME_REVOKED },
		{ "token sha256:" DIGITS, "token sha256:ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", OUTCOME_REVOKED },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_int_equal(judge(rows[i].line), rows[i].outcome);
		assert_int_equal(judge(rows[i].other), OUTCOME_ALLOW);
	}
	/* One kind is not another. */
	assert_int_equal(judge("subject app\nclient alice\njti grant-1\ngrant id-1"), OUTCOME_ALLOW);
	assert_int_equal(judge(""), OUTCOME_ALLOW);
}

static void test_DC_01_a_refused_person_is_told_before_a_revoked_credential(void **state)
{
	(void)state;
	assert_int_equal(judge("jti id-1\nsubject alice"), OUTCOME_DENIED);
}

static void test_DC_01_what_a_credential_does_not_say_matches_nothing(void **state)
{
	const struct principal bare = { .issuer = &issuer_a, .subject = STR("alice") };

	(void)state;
	assert_int_equal(judge_at("client app\njti id-1\ngrant grant-1", &bare, NOW), OUTCOME_ALLOW);
	assert_int_equal(judge_at("subject alice", &bare, NOW), OUTCOME_DENIED);
}

static void test_DC_01_PO_02_a_line_may_be_for_one_issuer(void **state)
{
	struct principal other = alice();

	(void)state;
	other.issuer = &issuer_b;
	assert_int_equal(judge("subject alice from " A), OUTCOME_DENIED);
	assert_int_equal(judge("subject alice from " B), OUTCOME_ALLOW);
	assert_int_equal(judge_at("subject alice from " B, &other, NOW), OUTCOME_DENIED);
	/* Lines about one value stand side by side. */
	assert_int_equal(judge_at("subject alice from " A "\nsubject alice from " B, &other, NOW), OUTCOME_DENIED);
	assert_int_equal(judge_at("subject alice", &other, NOW), OUTCOME_DENIED);
}

static void test_DC_01_a_line_ends_with_its_time(void **state)
{
	const struct principal principal = alice();

	(void)state;
	assert_int_equal(judge_at("subject alice until 2026-11-21T00:00:01Z", &principal, NOW), OUTCOME_DENIED);
	assert_int_equal(judge_at("subject alice until 2026-11-21T00:00:01Z", &principal, NOW + 1), OUTCOME_ALLOW);
	assert_int_equal(judge_at("subject alice until 2026-11-21 from " A, &principal, NOW - 1), OUTCOME_DENIED);
	assert_int_equal(judge_at("subject alice until 2026-11-21\nsubject alice", &principal, NOW), OUTCOME_DENIED);
	assert_int_equal(judge_at("token sha256:" DIGITS " until 2026-11-22", &principal, NOW), OUTCOME_REVOKED);
	assert_int_equal(judge_at("subject alice", &principal, INT64_MAX - 1), OUTCOME_DENIED);
}

static void faulty(const char *line, const char *expected)
{
	const struct principal principal = alice();
	auto_buf text = BUF(2 * 4096);
	auto_buf faults = BUF(4096);
	struct deny_list *list;

	buf_add_text(&text, "# first\n");
	buf_add_text(&text, line);
	buf_add_text(&text, "\nclient app\n");
	list = deny_list_read(buf_str(&text), NULL, &faults);
	assert_str(buf_str(&faults), expected);
	/* The line that follows counts all the same. */
	assert_int_equal(deny_list_size(list), 1);
	assert_int_equal(deny_list_judge(list, &principal, digest, NOW), OUTCOME_DENIED);
	deny_list_free(list);
}

static void test_DC_01_faults_have_their_line_and_the_good_lines_count(void **state)
{
	static const char after[] = "2: found subject, expected from ISSUER or until TIME after the value\n";

	(void)state;
	faulty("user alice", "2: found user, expected subject, client, jti, grant or token\n");
	faulty("Subject alice", "2: found Subject, expected subject, client, jti, grant or token\n");
	faulty("subject", "2: found subject, expected a value after it\n");
	faulty("subject ''", "2: found subject, expected a value after it\n");
	faulty("subject alice bob", after);
	faulty("subject alice from", after);
	faulty("subject alice for ever", after);
	faulty("subject alice from " A " from " B, after);
	faulty("subject alice from ''", "2: found subject, expected an issuer of the settings after from\n");
	faulty("subject alice until tomorrow", "2: found subject, expected a time such as 2026-11-21 or 2026-11-21T08:00:00Z after until\n");
	faulty("token sha256:" DIGITS " from " A, "2: found token, expected from ISSUER or until TIME after the value\n");
	faulty("subject 'alice", "2: found a quote that does not end, expected 64 words at most, in UTF-8, whose quotes end\n");
	faulty("subject \xff", "2: found bytes that are not UTF-8, expected 64 words at most, in UTF-8, whose quotes end\n");
}

static void test_DC_02_a_token_in_the_wrong_place_is_not_shown(void **state)
{
	(void)state;
	faulty("token eyJhbGciOiJFUzI1NiJ9.e30.x", "2: found token, expected sha256: and 64 digits after token, never the token itself\n");
	faulty("ghk_0123456789abcdef0123456789abcdef", "2: found ghk_01234567, expected subject, client, jti, grant or token\n");
}

static void test_DC_01_issuers_are_those_of_the_settings(void **state)
{
	struct issuer issuers[] = { issuer_a };
	const struct settings settings = { .issuer = issuers, .n_issuers = 1 };
	auto_buf faults = BUF(4096);
	struct deny_list *list =
		deny_list_read(STR("subject a from " A "\nsubject b from api_keys\nsubject c from " A "/\nsubject d from " B "\nsubject e\n"), &settings, &faults);

	(void)state;
	assert_int_equal(deny_list_size(list), 3);
	assert_str(buf_str(&faults), "3: found subject, expected an issuer of the settings after from\n4: found subject, expected an issuer of the settings after from\n");
	deny_list_free(list);
}

static void test_whether_a_line_is_about_a_token(void **state)
{
	struct deny_list *without = list_of("subject token\njti x\n"), *with = list_of("subject x\ntoken sha256:" DIGITS "\n");

	(void)state;
	assert_false(deny_list_names_tokens(without));
	assert_true(deny_list_names_tokens(with));
	deny_list_free(without);
	deny_list_free(with);
	deny_list_free(NULL);
}

static void test_bounds(void **state)
{
	auto_buf text = BUF(DENY_LIST_BYTES);
	auto_buf faults = BUF(4096);
	struct principal principal = alice();
	struct deny_list *list;

	(void)state;
	for (unsigned i = 0; i < DENY_LIST_MOST; i++)
		buf_print(&text, i % 2 == 0 ? "subject s%u\n" : "token sha256:%064x\n", i);
	buf_add_text(&text, "subject alice\n");
	assert_false(text.failed);
	list = deny_list_read(buf_str(&text), NULL, &faults);
	assert_int_equal(deny_list_size(list), DENY_LIST_MOST);
	assert_str(buf_str(&faults), "65537: found subject, expected 65536 lines at most\n");
	assert_int_equal(deny_list_judge(list, &principal, digest, NOW), OUTCOME_ALLOW);
	for (unsigned i = 0; i < DENY_LIST_MOST; i++) {
		unsigned char one[32] = { 0 };
		char subject[16];

		one[29] = (unsigned char)(i >> 16);
		one[30] = (unsigned char)(i >> 8);
		one[31] = (unsigned char)i;
		(void)snprintf(subject, sizeof(subject), "s%u", i);
		principal.subject = str_from(subject);
		assert_int_equal(deny_list_judge(list, &principal, one, NOW), i % 2 == 0 ? OUTCOME_DENIED : OUTCOME_REVOKED);
	}
	deny_list_free(list);
}

/* A broker's provider and we speak of the same people. */
static void test_PO_02_of_a_broker_both_names_mean_the_same_people(void **state)
{
	struct issuer issuers[] = { issuer_a, issuer_b };
	const struct settings settings = { .issuer = issuers, .n_issuers = 2, .broker = { .login = &issuers[0], .own = &issuers[1] } };
	const char *names[] = { A, B };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct principal principal = alice();
		auto_buf line = BUF(256), faults = BUF(256);
		struct deny_list *list;

		principal.issuer = &issuers[i % 2];
		buf_print(&line, "subject alice from %s\n", names[i / 2]);
		list = deny_list_read(buf_str(&line), &settings, &faults);
		assert_str(buf_str(&faults), "");
		assert_int_equal(deny_list_judge(list, &principal, digest, NOW), OUTCOME_DENIED);
		deny_list_free(list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_DC_01_each_kind_of_line_matches_exactly),
		cmocka_unit_test(test_DC_01_a_refused_person_is_told_before_a_revoked_credential),
		cmocka_unit_test(test_DC_01_what_a_credential_does_not_say_matches_nothing),
		cmocka_unit_test(test_DC_01_PO_02_a_line_may_be_for_one_issuer),
		cmocka_unit_test(test_DC_01_a_line_ends_with_its_time),
		cmocka_unit_test(test_DC_01_faults_have_their_line_and_the_good_lines_count),
		cmocka_unit_test(test_DC_02_a_token_in_the_wrong_place_is_not_shown),
		cmocka_unit_test(test_DC_01_issuers_are_those_of_the_settings),
		cmocka_unit_test(test_whether_a_line_is_about_a_token),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_PO_02_of_a_broker_both_names_mean_the_same_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
