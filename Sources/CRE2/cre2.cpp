#include "include/cre2.h"

#include <re2/re2.h>

#include <cstring>
#include <new>

struct cre2_expression {
    RE2 compiled;
    cre2_expression(const re2::StringPiece &pattern, const RE2::Options &options) : compiled(pattern, options) {}
};

static cre2_expression *compile(const uint8_t *pattern, size_t length, int32_t ignores_case, int64_t memory,
                                bool groups, cre2_fault *fault) {
    const re2::StringPiece text(reinterpret_cast<const char *>(pattern), length);
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_posix_syntax(true);
    // Not of POSIX, but widely written: \d \s \w and \b.
    options.set_perl_classes(true);
    options.set_word_boundary(true);
    options.set_never_capture(!groups);
    options.set_case_sensitive(ignores_case == 0);
    options.set_log_errors(false);
    options.set_max_mem(memory);
    auto *expression = new (std::nothrow) cre2_expression(text, options);
    std::memset(fault, 0, sizeof *fault);
    if (expression == nullptr) {
        std::strncpy(fault->text, "no memory", sizeof fault->text - 1);
        return nullptr;
    }
    if (expression->compiled.ok()) return expression;
    // RE2 says which part is wrong by its text: the place is where that text begins.
    const std::string &part = expression->compiled.error_arg();
    std::string words = expression->compiled.error();
    const std::string tail = ": " + part;
    if (!part.empty() && words.size() > tail.size() &&
        words.compare(words.size() - tail.size(), tail.size(), tail) == 0) {
        words.resize(words.size() - tail.size());
    }
    std::strncpy(fault->text, words.c_str(), sizeof fault->text - 1);
    const size_t place = text.find(part);
    if (!part.empty() && part.size() < length && place != re2::StringPiece::npos) {
        fault->position = static_cast<int32_t>(place);
        fault->length = static_cast<int32_t>(part.size());
    }
    delete expression;
    return nullptr;
}

extern "C" cre2_expression *cre2_compile(const uint8_t *pattern, size_t length, int32_t ignores_case,
                                         int64_t memory, cre2_fault *fault) {
    return compile(pattern, length, ignores_case, memory, false, fault);
}

extern "C" cre2_expression *cre2_compile_grouping(const uint8_t *pattern, size_t length, int32_t ignores_case,
                                                  int64_t memory, cre2_fault *fault) {
    return compile(pattern, length, ignores_case, memory, true, fault);
}

extern "C" int32_t cre2_find_groups(const cre2_expression *expression, const uint8_t *text, size_t length,
                                    int32_t *bounds, int32_t groups) {
    const re2::StringPiece input(reinterpret_cast<const char *>(text), length);
    re2::StringPiece found[10];
    const int wanted = groups < 10 ? groups : 10;
    const int present = expression->compiled.NumberOfCapturingGroups() + 1;
    const int asked = wanted < present ? wanted : present;
    if (!expression->compiled.Match(input, 0, length, RE2::UNANCHORED, found, asked)) return 0;
    for (int group = 0; group < wanted; group++) {
        const bool has_part = group < asked && found[group].data() != nullptr;
        const int32_t begin = has_part ? static_cast<int32_t>(found[group].data() - input.data()) : -1;
        bounds[2 * group] = begin;
        bounds[2 * group + 1] = has_part ? begin + static_cast<int32_t>(found[group].size()) : -1;
    }
    return 1;
}

extern "C" int32_t cre2_size(const cre2_expression *expression) { return expression->compiled.ProgramSize(); }

extern "C" int32_t cre2_matches(const cre2_expression *expression, const uint8_t *text, size_t length,
                                int32_t whole) {
    const re2::StringPiece input(reinterpret_cast<const char *>(text), length);
    const RE2::Anchor anchor = whole != 0 ? RE2::ANCHOR_BOTH : RE2::UNANCHORED;
    return expression->compiled.Match(input, 0, length, anchor, nullptr, 0) ? 1 : 0;
}

extern "C" void cre2_free(cre2_expression *expression) { delete expression; }
