/* SPDX-License-Identifier: MIT */
/* The rights of the service, for verbs that root calls. */
#ifndef GATEHOUSE_RIGHTS_H
#define GATEHOUSE_RIGHTS_H

/*
 * For settings_read_as. As root, become the owner of the state directory, as whom the programs run: what they can't read is not
 * good, and a file that root left there would be as good as absent for them, who trust only their own. Ends the verb (111) when
 * that fails. borrow_rights: until return_rights, for a verb that then writes root's own files.
 */
void become_owner(const char *directory);
void borrow_rights(const char *directory);
void return_rights(void);

#endif
