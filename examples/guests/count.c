// A WASI command: counts lines, words and bytes of the files that its arguments name, "-" being the
// standard input. Exits with 1 when one of them cannot be read.

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void count(FILE *file, const char *name) {
    unsigned lines = 0, words = 0, bytes = 0;
    int in_word = 0, c;
    while ((c = getc(file)) != EOF) {
        bytes++;
        lines += c == '\n';
        words += !isspace(c) && !in_word;
        in_word = !isspace(c);
    }
    printf("%s: %u lines, %u words, %u bytes\n", name, lines, words, bytes);
}

int main(int argc, char **argv) {
    int code = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-") == 0) {
            count(stdin, "standard input");
            continue;
        }
        FILE *file = fopen(argv[i], "r");
        if (!file) {
            fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
            code = 1;
            continue;
        }
        count(file, argv[i]);
        fclose(file);
    }
    return code;
}
