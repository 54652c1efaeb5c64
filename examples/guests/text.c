// A guest that passes strings and arrays as C does: by address. Who gets one that was allocated frees it.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))

// A greeting, allocated; null when there is no room.
EXPORT("greet") char *greet(const char *name) {
    static const char hello[] = "hello, ";
    size_t len = strlen(name);
    char *text = malloc(sizeof hello + len);
    if (text) {
        memcpy(text, hello, sizeof hello - 1);
        memcpy(text + sizeof hello - 1, name, len + 1);
    }
    return text;
}

static int compare(const void *a, const void *b) {
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

// Sorts numbers where they are.
EXPORT("sort") void sort(int32_t *numbers, size_t count) {
    qsort(numbers, count, sizeof *numbers, compare);
}

// The first prime numbers, allocated; null when there is no room.
EXPORT("primes") int32_t *primes(size_t count) {
    int32_t *found = calloc(count, sizeof *found);
    size_t len = 0;
    for (int32_t number = 2; found && len < count; number++) {
        size_t i = 0;
        while (i < len && number % found[i] != 0)
            i++;
        if (i == len)
            found[len++] = number;
    }
    return found;
}
