/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include <curl/curl.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "url.h"

#define HEADER_BYTES 16384 /* of a header that we send */
#define CONNECT_MS 3000
#define IDLE_SECONDS 10 /* a kept connection older than this is not used again */

/* One fetch at work: where its body goes, and whom it was not let connect to. */
struct transfer {
	const struct fetch_options *options;
	struct buf *body;
	size_t before; /* bytes that were in `body` */
	bool too_large;
	bool refused;
	struct address refused_address;
};

static size_t receive(char *bytes, size_t one, size_t n, void *context)
{
	struct transfer *transfer = context;

	(void)one; /* always 1 */
	if (n > transfer->options->limit - (transfer->body->n - transfer->before)) {
		transfer->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_add(transfer->body, (struct str){ bytes, n });
	return transfer->body->failed ? CURL_WRITEFUNC_ERROR : n;
}

static bool may_connect(const struct fetch_options *options, const struct address *address)
{
	for (size_t i = 0; i < options->n_allowed; i++) {
		if (network_has(&options->allowed[i], address))
			return true;
	}
	return address_is_public(address);
}

/* libcurl connects to the very address that it shows here: a name can't change its mind in between. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *peer)
{
	struct transfer *transfer = context;
	struct address address;

	(void)purpose; /* there is one only */
	if (!address_of_peer(&peer->addr, &address))
		return CURL_SOCKET_BAD;
	if (may_connect(transfer->options, &address))
		return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
	transfer->refused = true;
	transfer->refused_address = address;
	return CURL_SOCKET_BAD;
}

/*
 * libcurl brings GnuTLS along, for protocols that no fetch of ours speaks. By this it is told not to make itself ready when it is
 * loaded (GNUTLS_SKIP_GLOBAL_INIT of gnutls.h), which would take 100 kB of each process. Who uses it calls gnutls_global_init.
 */
// NOLINTNEXTLINE(bugprone-reserved-identifier): its name, not ours
__attribute__((visibility("default"))) int _gnutls_global_init_skip(void);

int _gnutls_global_init_skip(void)
{
	return 1;
}

/* The handle of this process for those whom the settings name: it keeps connections and addresses for a while. */
static CURL *kept;

/* As good as new. A child does not inherit the kept one: two processes can't share one TLS connection. */
static CURL *take_handle(bool is_public)
{
	static pid_t owner;
	static bool begun;

	/* Without CURLOPT_NOSIGNAL libcurl would see to SIGPIPE around every write. */
	if (!begun && (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || signal(SIGPIPE, SIG_IGN) == SIG_ERR))
		return NULL;
	begun = true;
	/* Strangers choose those hosts: no kept connection leads there, and none of the others is lost by them. */
	if (is_public)
		return curl_easy_init();
	if (owner != getpid() || kept == NULL) {
		owner = getpid();
		kept = curl_easy_init();
	}
	return kept;
}

/*
 * What was only for this exchange must not be pointed to any longer. After a failure libcurl's own state is not to be relied upon:
 * when a name was not known it keeps its buffer, and takes no other size for it ever after.
 */
static void give_back(CURL *handle, bool failed)
{
	if (!failed && handle == kept) {
		curl_easy_reset(handle);
		return;
	}
	if (handle == kept)
		kept = NULL;
	curl_easy_cleanup(handle);
}

/*
 * The folder in which the system has its authorities under the hashes of their names; NULL: none. From there one is read when it
 * is needed, while a file of all of them takes a megabyte of each process.
 */
static const char *hashed_authorities(void)
{
	static const char *directory;
	static bool looked;
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
	const struct dirent *entry;
	DIR *listing;

	if (looked)
		return directory;
	looked = true;
	listing = info->age >= CURLVERSION_SEVENTH && info->capath != NULL ? opendir(info->capath) : NULL;
	while (listing != NULL && directory == NULL && (entry = readdir(listing)) != NULL) {
		if (str_ends(str_from(entry->d_name), STR(".0")))
			directory = info->capath;
	}
	if (listing != NULL)
		(void)closedir(listing);
	return directory;
}

/* A private authority takes the place of the system's. */
static bool set_authorities(CURL *handle, const char *ca_file)
{
	const char *directory = hashed_authorities();

	if (ca_file[0] != '\0')
		return curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file) == CURLE_OK &&
			curl_easy_setopt(handle, CURLOPT_CAPATH, NULL) == CURLE_OK;
	return directory == NULL ||
		(curl_easy_setopt(handle, CURLOPT_CAINFO, NULL) == CURLE_OK &&
			curl_easy_setopt(handle, CURLOPT_CAPATH, directory) == CURLE_OK);
}

/*
 * What every fetch forbids (BCP 240 4.11, httpoxy): redirects, other protocols, and whatever the
 * environment suggests.
 */
static bool set_bounds(CURL *handle, const struct url *url, const struct fetch_options *options)
{
	auto_free char *proxy = str_copy(options->proxy);
	auto_free char *scheme = str_copy(url->scheme);
	auto_free char *ca_file = str_copy(options->ca_file);
	long connect_ms = options->timeout_ms < CONNECT_MS ? options->timeout_ms : CONNECT_MS;
	bool good = curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, scheme) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_PROXY, proxy) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_NOPROXY, "") == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		/* A name server that is silent must not hold us beyond the time limit. */
		curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
		/* A mended ca_file must count at once. */
		curl_easy_setopt(handle, CURLOPT_CA_CACHE_TIMEOUT, 0L) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS) == CURLE_OK &&
		/* Memory that would be kept: what goes to and fro is short, one thing at a time, and connections live longer than
		 * they are worth resuming. */
		curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 16384L) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 4096L) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, options->timeout_ms) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)options->limit) == CURLE_OK;

	return good && set_authorities(handle, ca_file);
}

/* A proxy would do the connecting. */
static bool set_public_only(CURL *handle, struct transfer *transfer)
{
	return curl_easy_setopt(handle, CURLOPT_PROXY, "") == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
		curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK;
}

/* The seconds of one directive of a Cache-Control header (RFC 9111 5.2.2), -1 when it says none. */
static int64_t seconds_of(struct str directive)
{
	static const struct str name = { "max-age=", 8 };
	uint64_t seconds;

	if (str_eq_nocase(directive, STR("no-store")) || str_eq_nocase(directive, STR("no-cache")))
		return 0;
	if (str_eq_nocase(str_first(directive, name.n), name) && str_number(str_skip(directive, name.n), INT32_MAX, &seconds))
		return (int64_t)seconds;
	return -1;
}

/* The least that any directive says, -1 when none does. */
static int64_t max_age_of(CURL *handle)
{
	struct curl_header *header;
	int64_t least = -1;

	for (size_t i = 0; curl_easy_header(handle, "Cache-Control", i, CURLH_HEADER, -1, &header) == CURLHE_OK; i++) {
		struct str rest = str_from(header->value), directive;

		while (str_cut(&rest, ',', &directive)) {
			int64_t seconds = seconds_of(str_trim(directive));

			if (seconds >= 0 && (least < 0 || seconds < least))
				least = seconds;
		}
	}
	return least;
}

/* application/json or application/<something>+json (RFC 6839 3.1), whatever parameters follow. */
static bool is_json_type(const char *type)
{
	struct str rest = str_from(type), essence;

	if (!str_cut(&rest, ';', &essence))
		return false;
	essence = str_trim(essence);
	if (str_eq_nocase(essence, STR("application/json")))
		return true;
	return str_eq_nocase(str_first(essence, 12), STR("application/")) && essence.n > 17 &&
		str_eq_nocase(str_skip(essence, essence.n - 5), STR("+json"));
}

static void explain(CURLcode code, const char *detail, const struct fetch_options *options, const struct transfer *transfer,
	struct fetch_result *result)
{
	char *reason = result->reason;
	size_t n = sizeof(result->reason);

	if (transfer->too_large || code == CURLE_FILESIZE_EXCEEDED) {
		result->too_large = true;
		(void)snprintf(reason, n, "answer is larger than %zu bytes", options->limit);
		return;
	}
	if (transfer->refused && code == CURLE_COULDNT_CONNECT) {
		auto_buf address = BUF(64);

		address_add(&transfer->refused_address, &address);
		(void)snprintf(reason, n, "its address %s is not of the public internet", address.p);
		return;
	}
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		(void)snprintf(reason, n, "host name is not known");
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		(void)snprintf(reason, n, "host name of outbound_proxy is not known");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		(void)snprintf(reason, n, "no whole answer within %ld ms", options->timeout_ms);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		(void)snprintf(
			reason, n, "certificate is not trusted (set ca_file if the authority is a private one): %.80s", detail);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		(void)snprintf(reason, n, "ca_file can't be read or holds no certificate");
		break;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
		(void)snprintf(reason, n, "connection was closed before the whole answer came");
		break;
	case CURLE_OK: /* of all answers only redirects end here */
		(void)snprintf(reason, n, "redirected to another place (not followed)");
		break;
	default:
		(void)snprintf(reason, n, "%.150s", detail[0] != '\0' ? detail : curl_easy_strerror(code));
	}
}

static bool is_port(const struct fetch_options *options, uint16_t port)
{
	for (size_t i = 0; i < options->n_ports; i++) {
		if (options->port[i] == port)
			return true;
	}
	return port == 443;
}

/* Where it may go at all. */
static bool parse_target(const char *url, const struct fetch_options *options, struct url *parsed, struct fetch_result *result)
{
	if (!url_parse(str_from(url), parsed) || parsed->has_fragment)
		(void)snprintf(result->reason, sizeof(result->reason), "not a URL that can be fetched");
	else if (!str_is(parsed->scheme, "https") && !(options->loopback_http && url_is_loopback(parsed)))
		(void)snprintf(result->reason, sizeof(result->reason), "not https (http is for loopback with dev on)");
	else if (options->public_only && !is_port(options, parsed->port))
		(void)snprintf(result->reason, sizeof(result->reason), "port %u is not 443", parsed->port);
	else if (options->timeout_ms <= 0)
		(void)snprintf(result->reason, sizeof(result->reason), "no time is left to ask");
	else
		return true;
	return false;
}

static void free_headers(struct curl_slist **headers)
{
	curl_slist_free_all(*headers);
}

/* False when there is no memory for it. */
static bool add_header(struct curl_slist **headers, const char *name, struct str value)
{
	auto_buf line = BUF(HEADER_BYTES);
	struct curl_slist *more;

	buf_print(&line, "%s: ", name);
	buf_add(&line, value);
	more = line.failed || !str_is_printable(buf_str(&line)) ? NULL : curl_slist_append(*headers, line.p);
	if (line.p != NULL)
		explicit_bzero(line.p, line.n);
	if (more == NULL)
		return false;
	*headers = more;
	return true;
}

/* libcurl keeps no copy of the body; the caller's outlives the exchange. */
static bool set_question(CURL *handle, const struct fetch_options *options, struct curl_slist **headers)
{
	bool good = add_header(headers, "Accept", STR("application/json"));

	if (options->authorization.n != 0)
		good = good && add_header(headers, "Authorization", options->authorization);
	if (options->post.n != 0)
		good = good && add_header(headers, "Content-Type", str_from(options->post_type)) &&
			add_header(headers, "Expect", STR_NONE) &&
			curl_easy_setopt(handle, CURLOPT_POSTFIELDS, options->post.p) == CURLE_OK &&
			curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)options->post.n) == CURLE_OK;
	return good && curl_easy_setopt(handle, CURLOPT_HTTPHEADER, *headers) == CURLE_OK;
}

bool fetch(const char *url, const struct fetch_options *options, struct buf *body, struct fetch_result *result)
{
	__attribute__((cleanup(free_headers))) struct curl_slist *headers = NULL;
	struct transfer transfer = { .options = options, .body = body, .before = body->n };
	char detail[CURL_ERROR_SIZE] = "";
	const char *type = NULL;
	struct url parsed;
	CURLcode code;
	CURL *curl;
	long status = 0;

	*result = (struct fetch_result){ .max_age = -1 };
	if (!parse_target(url, options, &parsed, result))
		return false;
	curl = take_handle(options->public_only);
	if (curl == NULL || !set_bounds(curl, &parsed, options) || (options->public_only && !set_public_only(curl, &transfer)) ||
		!set_question(curl, options, &headers) || curl_easy_setopt(curl, CURLOPT_URL, url) != CURLE_OK ||
		curl_easy_setopt(curl, CURLOPT_USERAGENT, "gatehouse") != CURLE_OK ||
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) != CURLE_OK ||
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer) != CURLE_OK ||
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail) != CURLE_OK) {
		(void)snprintf(result->reason, sizeof(result->reason), "libcurl can't be set up for this");
		give_back(curl, true);
		return false;
	}
	code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	result->status = (int)status;
	if (code != CURLE_OK || (status >= 300 && status < 400)) {
		explain(code, detail, options, &transfer, result);
		body->n = transfer.before;
	} else {
		result->max_age = max_age_of(curl);
		result->is_json = curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && is_json_type(type);
	}
	give_back(curl, code != CURLE_OK);
	return result->reason[0] == '\0';
}
