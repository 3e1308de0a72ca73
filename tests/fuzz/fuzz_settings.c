/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "settings.h"

static void check(const struct settings *settings)
{
	must(settings->n_issuers != 0 && settings->n_resources != 0);
	for (size_t i = 0; i < settings->n_resources; i++) {
		const struct resource *resource = &settings->resource[i];

		/* Nobody gets in by omission. */
		must(resource->n_issuers != 0 && resource->allow.n != 0 && resource->identifier.n != 0);
		for (size_t k = 0; k < resource->publish_scopes.n; k++)
			must(!str_is(resource->publish_scopes.word[k], "offline_access"));
		must(settings->dev || str_starts(resource->identifier, STR("https://")));
	}
	for (size_t i = 0; i < settings->n_issuers; i++)
		must(settings->issuer[i].preset != NULL && settings->issuer[i].skew >= 0 && settings->issuer[i].skew <= 120);
	must((settings->server == SERVER_FACADE || settings->server == SERVER_BROKER) == (settings->public_issuer.n != 0));
	must((settings->server == SERVER_BROKER) == (settings->broker.login != NULL && settings->broker.own != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	static char path[64];
	char *environment[] = { NULL };
	auto_buf errors = BUF(65536);
	auto_buf notes = BUF(65536);
	struct settings *settings;

	if (file < 0) {
		file = memfd_create("settings", 0);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
		must(file >= 0);
	}
	must(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size && fchmod(file, 0600) == 0);
	settings = settings_read(path, environment, &errors, &notes);
	/* Either good settings, or at least one line that says what is wrong. */
	must((settings == NULL) == (errors.n != 0));
	if (settings != NULL)
		check(settings);
	settings_free(settings);
	return 0;
}
