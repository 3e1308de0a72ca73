/* SPDX-License-Identifier: MIT */
#include "page_parts.h"

#define RETRY "Go back to the program that sent you here and connect again."

static const struct {
	int status;
	const char *title, *happened, *remedy;
} problems[PROBLEM_COUNT] = {
	[PROBLEM_REQUEST] = { 400, "This request can't be understood",
		"The program that sent you here left something out of its request, or put something in twice.",
		"Update that program and connect again. If that does not help, tell its makers." },
	[PROBLEM_CLIENT_UNKNOWN] = { 400, "This program is not known here",
		"The program that sent you here has not been registered.",
		"Remove the connection in that program and add it anew, so that it registers itself." },
	[PROBLEM_CLIENT_DOCUMENT] = { 400, "This program can't be checked",
		"The program names a document on the web that says who it is. The document can't be had, or it is wrong.",
		"Try again later. If it goes on, tell the program's makers." },
	[PROBLEM_CLIENT_REFUSED] = { 403, "This program may not connect",
		"The program that sent you here is not among those that may ask.",
		"If you need it, ask those who run this service to admit it." },
	[PROBLEM_REDIRECT_URI] = { 400, "This program asks for a wrong way back",
		"You would be sent to an address that is not one of the program's own, so you were kept here.",
		"If you followed a link to get here, close this page: somebody may want to get at your access. Otherwise remove "
		"the connection in your program and add it anew." },
	[PROBLEM_EXPIRED] = { 400, "This page is too old", "Too much time has passed, or this step was done before.", RETRY },
	[PROBLEM_BROWSER] = { 400, "This was begun elsewhere",
		"This step belongs to another browser, or your browser keeps no cookies for this site.",
		"Do all steps in one browser, with cookies allowed for this site. " RETRY },
	[PROBLEM_FORM] = { 403, "Your answer was not accepted", "It can't be told that the answer came from our own page.", RETRY },
	[PROBLEM_LOGIN] = { 403, "You were not signed in", "The sign-in was stopped or refused.",
		"Try again, perhaps with another account. If you should be let in, ask those who run this service." },
	[PROBLEM_PROVIDER] = { 502, "Signing in does not work at present",
		"The service where you sign in did not answer as it should.",
		"Try again in a few minutes. If it goes on, tell those who run this service." },
	[PROBLEM_TOO_MANY] = { 429, "Too many attempts", "There have been too many attempts within a short time.",
		"Wait a few minutes and try again." },
	[PROBLEM_UNAVAILABLE] = { 503, "This does not work at present",
		"Something that is needed here can't be reached. It is not your doing, and not that of your program.",
		"Try again in a few minutes. If it goes on, tell those who run this service." },
	[PROBLEM_INTERNAL] = { 500, "Something went wrong here", "It is not your doing, and not that of your program.",
		"Try again in a few minutes. If it goes on, tell those who run this service." },
};

int page_problem_status(enum page_problem problem)
{
	return problems[problem].status;
}

void page_error(struct page *page, enum page_problem problem, struct str id, struct str about)
{
	struct buf *html = &page->html;

	page_policy_begin(page, "'none'");
	page_begin(page, problems[problem].title, STR_NONE);
	buf_print(html, "<h1>%s</h1>\n", problems[problem].title);
	page_paragraph(html, problems[problem].happened);
	page_paragraph(html, problems[problem].remedy);
	buf_add_text(html, "<dl>\n");
	if (about.n != 0)
		page_row(html, "It is about", about, TEXT_CHARACTERS);
	buf_add_text(html, "<div><dt>Event number</dt><dd>");
	page_foreign(html, id, TEXT_CHARACTERS);
	buf_add_text(html, "<span class=\"soft\">, to name when you ask for help</span></dd></div>\n</dl>\n");
	page_end(page);
}

void page_signed_out(struct page *page, struct str again)
{
	struct buf *html = &page->html;

	page_policy_begin(page, "'none'");
	page_begin(page, "Signed out", STR_NONE);
	buf_add_text(html, "<h1>You are signed out</h1>\n");
	page_paragraph(html,
		"Programs that you have allowed keep their access. You may still be signed in at the service where you "
		"gave your password; on a shared computer, sign out there too.");
	if (again.n != 0) {
		buf_add_text(html, "<p class=\"choice\"><a class=\"button\" href=\"");
		page_text(html, again, WHOLE);
		buf_add_text(html, "\">Sign in again</a></p>\n");
	}
	page_end(page);
}
