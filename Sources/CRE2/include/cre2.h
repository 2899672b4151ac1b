// RE2 for Swift: POSIX extended regular expressions over octets, matched in linear time.
#ifndef CRE2_H
#define CRE2_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled expression. Matching changes nothing that callers can see and may run on several threads at once.
typedef struct cre2_expression cre2_expression;

/// Why an expression was refused.
typedef struct {
    char text[96];     ///< What is wrong, in RE2's words; ends in NUL.
    int32_t position;  ///< Of the offending part, in octets from 0.
    int32_t length;    ///< Of the offending part; 0 when it is the whole.
} cre2_fault;

/// `ignores_case` when not 0; `memory` in octets bounds the program and the states cached while matching together. NULL
/// and a fault when the pattern is no expression or too large a one.
cre2_expression *_Nullable cre2_compile(const uint8_t *_Nonnull pattern, size_t length, int32_t ignores_case,
                                        int64_t memory, cre2_fault *_Nonnull fault);

/// As `cre2_compile`, for an expression whose groups are asked for.
cre2_expression *_Nullable cre2_compile_grouping(const uint8_t *_Nonnull pattern, size_t length, int32_t ignores_case,
                                                 int64_t memory, cre2_fault *_Nonnull fault);

/// 1 when it is found somewhere in the text. Then `bounds` has the begin and end of the match and of its groups, in
/// octets from 0, -1 for a group without a part in it; room for 2 * `groups` numbers, at most 10 groups.
int32_t cre2_find_groups(const cre2_expression *_Nonnull expression, const uint8_t *_Nonnull text, size_t length,
                         int32_t *_Nonnull bounds, int32_t groups);

/// How many instructions the compiled expression has.
int32_t cre2_size(const cre2_expression *_Nonnull expression);

/// 1 when it is found somewhere in the text, or is the whole of it when `whole` is not 0; else 0.
int32_t cre2_matches(const cre2_expression *_Nonnull expression, const uint8_t *_Nonnull text, size_t length,
                     int32_t whole);

void cre2_free(cre2_expression *_Nullable expression);

#ifdef __cplusplus
}
#endif
#endif
