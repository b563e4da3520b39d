#include "lib/schema/spelling.h"

#include <limits.h>
#include <string.h>

#define WORD_MAX 63

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned d = a < b ? a : b;

    return d < c ? d : c;
}

// Optimal string alignment, three rows at a time.
unsigned spelling_distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    size_t a_n = strlen(a), b_n = strlen(b);

    if (a_n > WORD_MAX || b_n > WORD_MAX)
        return UINT_MAX;
    for (size_t j = 0; j <= b_n; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_n; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_n; j++) {
            row[j] = least(row[j - 1] + 1, above[j] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && above2[j - 2] + 1 < row[j])
                row[j] = above2[j - 2] + 1;
        }
    }
    return rows[a_n % 3][b_n];
}

int spelling_is_near(const char *a, const char *b)
{
    size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

    return n > 0 && spelling_distance(a, b) <= (n < 4 ? 1u : n < 8 ? 2u : 3u);
}
