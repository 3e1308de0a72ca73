/* SPDX-License-Identifier: MIT */
/*
 * The verbs of `gatehouse`, one file each. A verb gets its own name as argv[0] and returns the exit status: 0 good, 1 found a
 * problem, 100 wrong use or settings, 111 system trouble.
 */
#ifndef GATEHOUSE_VERBS_H
#define GATEHOUSE_VERBS_H

int verb_check(int argc, char **argv);
int verb_explain(int argc, char **argv);
int verb_grants(int argc, char **argv);
int verb_keys(int argc, char **argv);
int verb_key(int argc, char **argv);
int verb_policy(int argc, char **argv);
int verb_token(int argc, char **argv);

#endif
