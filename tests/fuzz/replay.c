/* SPDX-License-Identifier: MIT */
/* Feeds the files that are named to the target it is linked with: the corpus as a test, without libFuzzer. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

#define INPUT_BYTES (1024 * 1024)

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "re");
		uint8_t *data = malloc(INPUT_BYTES);
		size_t size;

		if (file == NULL || data == NULL) {
			perror(argv[i]);
			return 111;
		}
		size = fread(data, 1, INPUT_BYTES, file);
		(void)fclose(file);
		data = realloc(data, size != 0 ? size : 1);
		(void)LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	return 0;
}
